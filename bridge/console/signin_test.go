package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/console/operator"
)

func TestAnInvitationLeadsToTheConsole(t *testing.T) {
	w := newWorld(t)
	_, token, err := w.operators.Create(t.Context(), operator.NewID(), "ann", []operator.Grant{{App: "shop", Role: operator.Viewer}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{w, ""}
	page := b.get("/console/join?token="+token).want(200, "Welcome", "Choose a password")
	_, rest, _ := strings.Cut(page.Body.String(), `name="sealed" value="`)
	sealed, _, _ := strings.Cut(rest, `"`)
	form := []string{"token", token, "sealed", sealed, "password", password, "again", password, "code", ""}
	b.post("/console/join", append(form[:6:6], "again", "another", "code", "")...).want(400, "is not the same password", "Welcome")
	b.post("/console/join", append(form[:4:4], "password", "short", "again", "short", "code", "")...).want(400, "at least 12 characters")
	b.post("/console/join", form...).want(200, "You are ready")
	b.post("/console/join", form...).want(403, "was used or has expired")
	b.get("/console/join?token="+token).want(403, "was used or has expired")
	b.post("/console/sign-in", "name", "ann", "password", "wrong horse battery").want(401, "is wrong")
	in := b.post("/console/sign-in", "name", "ann", "password", password, "next", "/console/orders?status=paid").want(303)
	if got := in.Header().Get("Location"); got != "/console/orders?status=paid" {
		t.Errorf("signing in leads to %q", got)
	}
	b.token = in.Result().Cookies()[0].Value
	b.get("/console/").want(200, "Overview", "ann")
	b.get("/console/sign-in").want(303)
	b.post("/console/sign-out").want(303)
	b.get("/console/").want(303)
}

func TestTheCookieIsForThisHostAndNoScript(t *testing.T) {
	for public, want := range map[string]http.Cookie{
		"https://pay.example/till": {Name: "__Host-minitill_console", Secure: true},
		"http://pay.example":       {Name: "__Host-minitill_console", Secure: true},
		"http://127.0.0.1:8080":    {Name: "minitill_console"},
		"http://localhost:8080":    {Name: "minitill_console"},
		"https://localhost":        {Name: "__Host-minitill_console", Secure: true},
	} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		w := &header{}
		cookieFor(u).set(w, "token")
		got, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != want.Name || got.Secure != want.Secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" {
			t.Errorf("%s: got %s", public, got)
		}
	}
}

// header is a response of which only the header counts.
type header struct{ h http.Header }

func (w *header) Header() http.Header {
	if w.h == nil {
		w.h = http.Header{}
	}
	return w.h
}
func (*header) Write(b []byte) (int, error) { return len(b), nil }
func (*header) WriteHeader(int)             {}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("ann", "viewer")
	for _, next := range []string{"https://evil.example/console/", "//evil.example/console/", "/other", "/console/../x\\y", "javascript:x", "/\\evil.example"} {
		if got := b.get("/console/sign-in?next=" + url.QueryEscape(next)).want(303).Header().Get("Location"); got != "/console/" {
			t.Errorf("%s: leads to %q", next, got)
		}
	}
}

func TestTheFirstLinkIsUsedByItsButtonOnly(t *testing.T) {
	w := newWorld(t)
	token, err := w.operators.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{w, ""}
	for range 2 { // a program that looks at links does not use it up
		b.get("/console/first?token="+token).want(200, "Open the console")
	}
	in := b.post("/console/first", "token", token).want(303)
	b.post("/console/first", "token", token).want(403)
	b.token = in.Result().Cookies()[0].Value
	b.get("/console/operators").want(200, "owner", "New operator")
}

func TestLinksCarryThePathOfThePublicURL(t *testing.T) {
	w := newWorld(t)
	w.console = New(Config{Engine: w.engine, Store: w.store, Operators: w.operators, PublicURL: "http://127.0.0.1:8080/till/", Now: w.clock.Now, Apps: []App{{Name: "shop"}}})
	b := w.signedIn("ann", "viewer")
	b.get("/console/orders").want(200).lacks(`href="/console`, `action="/console`)
	b.token = ""
	if got := b.get("/console/orders?status=paid").want(303).Header().Get("Location"); got != "/till/console/sign-in?next=%2Ftill%2Fconsole%2Forders%3Fstatus%3Dpaid" {
		t.Errorf("without a session it leads to %q", got)
	}
}

func TestPagesAreNotKeptAndLoadNothingFromElsewhere(t *testing.T) {
	w := newWorld(t)
	a := w.signedIn("ann", "viewer").get("/console/").want(200)
	policy := a.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got policy %q, cache control %q", policy, a.Header().Get("Cache-Control"))
	}
	for _, part := range []string{"src=\"http", "href=\"http", "<script>", " style="} {
		if strings.Contains(a.Body.String(), part) {
			t.Errorf("the page has %s", part)
		}
	}
	(&browser{w, ""}).get("/console/assets/htmx.min.js").want(200)
}
