package app

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is a browser that keeps cookies and shows redirects.
func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return &http.Client{Jar: jar}
}

// page is the text of a page, whose status must be the one given.
func page(t *testing.T, answer *http.Response, err error, status int) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Fatalf("got %d, %v, want %d: %s", answer.StatusCode, err, status, body)
	}
	return string(body)
}

func TestTheFirstStartLeadsIntoTheConsole(t *testing.T) {
	t.Setenv("INVOCATION_ID", "")
	t.Setenv("JOURNAL_STREAM", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	r := startNode(t, t.TempDir())
	link := regexp.MustCompile(`http://\S+/console/first\?token=\S+`).FindString(r.greeting)
	if link == "" {
		t.Fatalf("the greeting has no link: %s", r.greeting)
	}
	v := visitor(t)
	answer, err := v.Get(link)
	wantMatches(t, page(t, answer, err, 200), "Open the console")
	_, token, _ := strings.Cut(link, "token=")
	answer, err = v.PostForm(r.base+"/console/first", url.Values{"token": {token}})
	wantMatches(t, page(t, answer, err, 200), "Overview", "owner")
	answer, err = v.Get(r.base + "/console/wallets")
	wantMatches(t, page(t, answer, err, 200), regexp.QuoteMeta(r.base+"/notify/sandbox"))
}

func TestAServicePrintsNoLink(t *testing.T) {
	for name, set := range map[string]func(*testing.T) []string{
		"under a service manager": func(t *testing.T) []string { t.Setenv("INVOCATION_ID", "1"); return nil },
		"for other machines":      func(*testing.T) []string { return []string{"--listen", "0.0.0.0:0"} },
	} {
		t.Run(name, func(t *testing.T) {
			r := startWith(t, append(set(t), "--data", t.TempDir())...)
			if strings.Contains(r.greeting, "/console/first") {
				t.Errorf("the greeting has a link: %s", r.greeting)
			}
			answer, err := http.Get(r.base + "/console/sign-in")
			page(t, answer, err, 404)
		})
	}
}

func TestOperatorsAreManagedByCommand(t *testing.T) {
	data := t.TempDir()
	r := startNode(t, data)
	on := func(args ...string) []string { return append(append([]string{"operators"}, args...), "--data", data) }
	wantMatches(t, refused(t, 1, on("add", "ann", "--role", "root")...), "not viewer, support, finance or admin")
	wantMatches(t, refused(t, 1, on("add", "ann", "--role", "viewer", "--app", "nobody")...), "name an app")
	link := command(t, on("add", "Ann", "--role", "viewer")...)
	wantMatches(t, link, `^http://127\.0\.0\.1:8080/console/join\?token=\S+\n$`)
	wantMatches(t, refused(t, 1, on("add", "ann", "--role", "viewer")...), "of this name already")
	command(t, on("add", "boss", "--role", "admin", "--app", "*")...)
	wantMatches(t, command(t, on("list")...), `ann +viewer@demo +a link, until`, `boss +admin@\*`)
	wantMatches(t, refused(t, 1, on("disable", "boss")...), "last administrator")
	_, token, _ := strings.Cut(strings.TrimSpace(link), "token=")

	v := visitor(t)
	answer, err := v.Get(r.base + "/console/join?token=" + token)
	sealed := regexp.MustCompile(`name="sealed" value="([^"]*)"`).FindStringSubmatch(page(t, answer, err, 200))[1]
	const password = "correct horse battery"
	answer, err = v.PostForm(r.base+"/console/join", url.Values{"token": {token}, "sealed": {sealed}, "password": {password}, "again": {password}})
	page(t, answer, err, 200)
	enter := func(status int) {
		t.Helper()
		answer, err := v.PostForm(r.base+"/console/sign-in", url.Values{"name": {"ann"}, "password": {password}})
		page(t, answer, err, status)
	}
	enter(200)
	wantMatches(t, command(t, on("sessions", "ann")...), `ses_\S+ .*password +127\.0\.0\.1`)
	command(t, on("sessions", "ann", "--end")...)
	answer, err = v.Get(r.base + "/console/orders")
	wantMatches(t, page(t, answer, err, 200), "<h1>Sign in</h1>")
	enter(200)
	wantMatches(t, command(t, on("disable", "ann")...), "ann is disabled")
	answer, err = v.Get(r.base + "/console/orders")
	wantMatches(t, page(t, answer, err, 200), "<h1>Sign in</h1>")
	enter(401)
	wantMatches(t, command(t, on("reset", "ann")...), "/console/join")
	enter(401)
}
