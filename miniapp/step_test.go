package miniapp_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/miniapp"
)

func TestTheEnvelope(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	get := func(path, token string) map[string]any {
		a := w.send("GET", path, "", "Authorization", token, "Minitill-Envelope", "1")
		if a.Code == 200 && a.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("content type is %q", a.Header().Get("Content-Type"))
		}
		if a.Header().Get("X-Request-Id") == "" {
			t.Error("there is no request id")
		}
		return a.Want(200)
	}
	body := get("/orders/"+string(o.ID), w.session("ann"))
	if body["status"] != 200.0 || body["data"].(map[string]any)["order"] == nil || len(body) != 2 {
		t.Errorf("got %v", body)
	}
	body = get("/orders/"+string(o.ID), w.session("bob"))
	if body["status"] != 404.0 || body["problem"].(map[string]any)["code"] != "not_found" || len(body) != 2 {
		t.Errorf("got %v", body)
	}
	big := w.send("POST", "/sessions", `"`+strings.Repeat("x", 70_000)+`"`, "Minitill-Envelope", "1").Want(200)
	if big["status"] != 413.0 || big["problem"].(map[string]any)["code"] != "too_large" {
		t.Errorf("got %v", big)
	}
	if a := w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session("bob"), "Minitill-Envelope", "0"); a.Code != 404 {
		t.Errorf("got %d, want no envelope", a.Code)
	}
}

func TestCORS(t *testing.T) {
	preflight := func(w *world, origin string) answer {
		return w.send("OPTIONS", "/orders", "", "Origin", origin,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,idempotency-key,minitill-envelope")
	}
	listed := newWorld(t)
	a := preflight(listed, "https://shop.example")
	h := a.Header()
	if a.Code != 204 || h.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Get("Access-Control-Allow-Methods") != "GET, POST" {
		t.Errorf("got %d, %v", a.Code, h)
	}
	for _, name := range []string{
		"Authorization", "Content-Type", "Idempotency-Key", "Minitill-Envelope", "X-Request-Id",
		"Last-Event-ID", "Cache-Control", "X-Requested-With", "traceparent", "tracestate",
	} {
		if !strings.Contains(h.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s is not allowed", name)
		}
	}
	if vary := strings.Join(h.Values("Vary"), ", "); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Access-Control-Request-Headers") {
		t.Errorf("varies by %q", vary)
	}
	for _, origin := range []string{"https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null"} {
		denied := preflight(listed, origin)
		denied.Refused(403, "")
		if denied.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may read answers", origin)
		}
	}
	a = listed.send("GET", "/catalog?app=shop", "", "Origin", "https://shop.example")
	if h := a.Header(); h.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Get("Vary") != "Origin" ||
		!strings.Contains(h.Get("Access-Control-Expose-Headers"), "X-Request-Id") || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("got %v", h)
	}
	a = listed.send("GET", "/orders/ord_1", "", "Origin", "https://shop.example")
	if a.Code != 401 || a.Header().Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("a script cannot read the problem: %v", a.Header())
	}

	if detail, _ := preflight(listed, "http://localhost:5173").Want(403)["detail"].(string); !strings.Contains(detail, "apps.NAME.origins") {
		t.Errorf("the refusal names no setting: %q", detail)
	}
	open := newWorld(t, func(c *miniapp.Config) { c.Origins = []string{"*"} })
	a = preflight(open, "https://anyone.example")
	if a.Code != 204 || a.Header().Get("Access-Control-Allow-Origin") != "*" || a.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("got %d, %v", a.Code, a.Header())
	}
	local := newWorld(t, func(c *miniapp.Config) { c.Origins = []string{miniapp.LoopbackOrigins} })
	for origin, want := range map[string]string{
		"http://localhost:5173": "http://localhost:5173", "http://[::1]:3000": "http://[::1]:3000", "https://till.localhost": "https://till.localhost",
		"https://shop.example": "", "http://localhost.example": "", "http://127.0.0.1.example:80": "", "http://u@localhost": "", "http://localhost/": "",
		"file://localhost": "", "null": "", "loopback": "",
	} {
		if got := preflight(local, origin).Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: got %q, want %q", origin, got, want)
		}
	}
	closed := newWorld(t, func(c *miniapp.Config) { c.Origins = nil })
	preflight(closed, "https://shop.example").Refused(403, "")
}

func TestRequestIDs(t *testing.T) {
	w := newWorld(t)
	if got := w.send("GET", "/catalog?app=shop", "", "X-Request-Id", "abc-1").Header().Get("X-Request-Id"); got != "abc-1" {
		t.Errorf("got %q", got)
	}
	if got := w.send("GET", "/catalog?app=shop", "", "X-Request-Id", "a b").Header().Get("X-Request-Id"); !strings.HasPrefix(got, "req_") {
		t.Errorf("got %q", got)
	}
}

// FuzzHeaders: no Authorization or Idempotency-Key makes the server fail, and none
// that a test has not issued opens anything.
func FuzzHeaders(f *testing.F) {
	w := newWorld(f)
	session := w.session(ann)
	for _, seed := range [][2]string{{session, "k"}, {"Bearer a.b.c", ""}, {"bearer  ", "\x00"}, {"Bearer eyJhdWQiOiJvcmRlciJ9.eyJhdWQiOiJvcmRlciJ9.x", strings.Repeat("k", 300)}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, authorization, key string) {
		world := *w
		world.T = t
		world.engine.claims = map[string]bridge.Claim{}
		a := world.send("POST", "/orders", tea, "Authorization", authorization, "Idempotency-Key", key)
		switch a.Code {
		case 400, 401:
		case 201:
			if scheme, token, _ := strings.Cut(authorization, " "); !strings.EqualFold(scheme, "bearer") || "Bearer "+strings.TrimSpace(token) != session {
				t.Errorf("%q opened the till", authorization)
			}
		default:
			t.Errorf("got %d: %s", a.Code, a.Body)
		}
	})
}
