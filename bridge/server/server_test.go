package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/signing"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode) // prints no routes
	goleak.VerifyTestMain(m)
}

func TestUnknownAddressesAreProblems(t *testing.T) {
	w := newWorld(t)
	w.problem(w.send("GET", "/nothing", ""), 404, "not_found")
	w.problem(w.send("GET", "/miniapp/v1/nothing", ""), 404, "not_found")
	w.problem(w.send("GET", "/miniapp/v1/sessions/", ""), 404, "not_found")
	w.problem(w.send("GET", "/sdk/other.js", ""), 404, "not_found")
	got := w.send("DELETE", "/miniapp/v1/sessions", "")
	w.problem(got, 405, "method_not_allowed")
	if got.Header().Get("Allow") != "POST" {
		t.Errorf("allows %q", got.Header().Get("Allow"))
	}
}

func TestTheEnvelopeIsAroundEverything(t *testing.T) {
	w := newWorld(t)
	big := `{"authCode":"` + strings.Repeat("x", 70_000) + `"}`
	for name, test := range map[string]struct{ method, path, body, want string }{
		"no such route":    {"GET", "/miniapp/v1/nothing", "", `{"status":404,"problem":{`},
		"no such method":   {"PUT", "/miniapp/v1/sessions", "", `{"status":405,"problem":{`},
		"too large a body": {"POST", "/miniapp/v1/sessions", big, `{"status":413,"problem":{`},
		"a panic":          {"POST", "/miniapp/v1/sessions", `{"wallet":"sandbox"}`, `{"status":500,"problem":{`},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.send(test.method, test.path, test.body, "Minitill-Envelope", "1", "Content-Type", "application/json")
			if got.Code != 200 || !strings.HasPrefix(got.Body.String(), test.want) {
				t.Errorf("got %d %s, want %s", got.Code, got.Body, test.want)
			}
		})
	}
	if got := w.send("GET", "/nothing", "", "Minitill-Envelope", "1"); got.Code != 404 {
		t.Errorf("only the client API has an envelope: got %d", got.Code)
	}
}

func TestAPanicRevealsNothingToTheCaller(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *server.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.engine.ready = func(context.Context) error { panic("the secret of the till") }
	got := w.send("GET", "/readyz", "")
	w.problem(got, 500, "internal")
	if body := got.Body.String(); strings.Contains(body, "secret") || strings.Contains(body, ".go") {
		t.Errorf("got %s", body)
	}
	if line := log.String(); !strings.Contains(line, "the secret of the till") || !strings.Contains(line, "server_test.go") ||
		strings.Count(line, "\n") != 1 || !strings.Contains(line, got.Header().Get("X-Request-Id")) {
		t.Errorf("the log has %s", line)
	}
	w.engine.ready = func(context.Context) error { panic(http.ErrAbortHandler) }
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("a handler cannot abort")
		}
	}()
	w.send("GET", "/readyz", "")
}

func TestHealth(t *testing.T) {
	w := newWorld(t)
	if got := w.send("GET", "/healthz", ""); got.Code != 200 || got.Body.String() != `{"status":"ok","version":"v1"}` {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	if got := w.send("GET", "/readyz", ""); got.Code != 200 {
		t.Errorf("got %d", got.Code)
	}
	w.engine.ready = func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the engine may take for ever")
		}
		return errors.New("the disk is full")
	}
	got := w.send("GET", "/readyz", "")
	w.problem(got, 503, "unavailable")
	if strings.Contains(got.Body.String(), "disk") {
		t.Errorf("got %s", got.Body)
	}
	w.engine.ready = nil
	w.server.Retire()
	w.problem(w.send("GET", "/readyz", ""), 503, "unavailable")
	if got := w.send("GET", "/healthz", ""); got.Code != 200 {
		t.Errorf("a server that is about to stop still lives: %d", got.Code)
	}
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/sdk/minitill.js": "var Minitill", "/sdk/minitill.d.ts": "export {}", "/.well-known/jwks.json": string(w.tokens.JWKS()),
	} {
		got := w.send("GET", path, "")
		h := got.Header()
		if got.Code != 200 || got.Body.String() != want || h.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.HasPrefix(h.Get("Cache-Control"), "public, max-age=") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %d %v %s", path, got.Code, h, got.Body)
		}
		if again := w.send("GET", path, "", "If-None-Match", h.Get("ETag")); again.Code != 304 || h.Get("ETag") == "" {
			t.Errorf("%s: got %d for the tag %q", path, again.Code, h.Get("ETag"))
		}
		if head := w.send("HEAD", path, ""); head.Code != 200 || head.Body.Len() > 0 {
			t.Errorf("%s: HEAD got %d", path, head.Code)
		}
	}
	if got := w.send("GET", "/assets/pages.css", ""); got.Code != 200 {
		t.Errorf("got %d", got.Code)
	}
}

func TestAForwardedAddressOfAnUntrustedCallerIsIgnored(t *testing.T) {
	var keys []string
	limit := limiterFunc(func(key string) { keys = append(keys, key) })
	w := newWorld(t, func(c *server.Config) { c.Limiter = limit })
	session := func() { w.send("POST", "/miniapp/v1/sessions", "{", "X-Forwarded-For", "203.0.113.9") }
	session()
	w = newWorld(t, func(c *server.Config) { c.Limiter, c.TrustedProxies = limit, []string{"192.0.2.0/24"} })
	session()
	w.send("POST", "/miniapp/v1/sessions", "{", "X-Forwarded-For", "2001:db8:1:2:3:4:5:6")
	if keys[0] != "session:192.0.2.1" || keys[1] != "session:203.0.113.9" || keys[2] != "session:2001:db8:1:2::/64" {
		t.Errorf("got %v", keys)
	}
}

func TestAServerNeedsKeys(t *testing.T) {
	for name, config := range map[string]server.Config{
		"no tokens": {}, "a public URL without a host": {Tokens: new(signing.Tokens), PublicURL: "/till"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it starts")
				}
			}()
			server.New(&testEngine{}, config)
		})
	}
}

func TestTheAccessLogHoldsNoTokens(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *server.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	w.send("GET", "/pay/the-token?key=the-token", "")
	if line := log.String(); strings.Contains(line, "the-token") || !strings.Contains(line, "route=/pay/:token") {
		t.Errorf("the log has %s", line)
	}
}

func BenchmarkHealth(b *testing.B) {
	tokens, err := signing.NewTokens(signing.TokensConfig{Issuer: "x", Keys: []signing.TokenKey{signing.GenerateTokenKey()}, ReceiptKeys: []signing.ReceiptKey{signing.GenerateReceiptKey()}})
	if err != nil {
		b.Fatal(err)
	}
	s := server.New(&testEngine{}, server.Config{Tokens: tokens})
	r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}
