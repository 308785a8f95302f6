package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheHealthCommandTellsWhetherTheServerIsReady(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // of no concern to a call on this machine
	r := startNode(t, t.TempDir())
	at := []string{"--listen", strings.TrimPrefix(r.base, "http://"), "--data", t.TempDir()}
	wantMatches(t, command(t, append([]string{"health"}, at...)...), `^ok, redis ok, store ok\n`)
	wantMatches(t, command(t, append([]string{"health", "--live"}, at...)...), `^ok\n`)
	r.end()
	wantMatches(t, refused(t, 1, append([]string{"health"}, at...)...), `connection refused`)
}

func TestTheHealthCommandFailsWhileTheServerIsNotReady(t *testing.T) {
	answers := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(answers[r.URL.Path]))
	}))
	defer server.Close()
	at := []string{"--listen", strings.TrimPrefix(server.URL, "http://")}
	answers["/readyz"] = `{"status":503,"code":"unavailable","detail":"The server is about to stop."}`
	wantMatches(t, refused(t, 1, append([]string{"health"}, at...)...), `The server is about to stop`)
	answers["/healthz"] = `{"status":"ok"}`
	wantMatches(t, command(t, append([]string{"health", "--live"}, at...)...), `^ok\n`)
	answers["/healthz"] = `<html>another program</html>`
	wantMatches(t, refused(t, 1, append([]string{"health", "--live"}, at...)...), `not that of Minitill`)
}

func TestTheHealthCommandCallsThisMachineWhereverTheServerListens(t *testing.T) {
	for listen, want := range map[string]string{
		"0.0.0.0:8080": "http://127.0.0.1:8080/readyz", ":8080": "http://127.0.0.1:8080/readyz",
		"[::]:8080": "http://127.0.0.1:8080/readyz", "10.1.2.3:80": "http://10.1.2.3:80/readyz", "[::1]:80": "http://[::1]:80/readyz",
	} {
		c := config{Listen: listen, PublicURL: "https://pay.example"}
		if got, err := c.healthURL(false); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", listen, got, err, want)
		}
	}
	wantMatches(t, refused(t, 1, "health", "--listen", "127.0.0.1:0"), `name the port`)
}

func TestAMistakeInTheConfigurationIsExitCodeOneOfTheHealthCommand(t *testing.T) {
	wantMatches(t, refused(t, 1, "health", "--config", "there-is-none.yaml"), `there-is-none.yaml`)
}
