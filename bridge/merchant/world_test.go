package merchant_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/signing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the API over an engine that says what a test wants. The merchant shop has a
// key for everything; club is another merchant on the same server.
type world struct {
	*testing.T
	engine  *engine
	tokens  *signing.Tokens
	clock   *clock
	api     *merchant.API
	ended   *ended
	router  *gin.Engine
	handler http.Handler
	shop    string // the Authorization of a key with all scopes
	club    string
}

func newWorld(t testing.TB, options ...func(*merchant.Config)) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)}}
	w.T, _ = t.(*testing.T)
	tokens, err := signing.NewTokens(signing.TokensConfig{
		Issuer: "https://pay.example", Now: w.clock.Now,
		Keys: []signing.TokenKey{signing.GenerateTokenKey()}, ReceiptKeys: []signing.ReceiptKey{signing.GenerateReceiptKey()},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.tokens = tokens
	w.engine = newEngine(w.clock)
	w.shop, w.club = w.key("shop", bridge.Scopes...), w.key("club", bridge.Scopes...)
	gin.SetMode(gin.TestMode)
	w.router = gin.New()
	w.ended = &ended{}
	config := merchant.Config{
		Sessions: w.ended,
		Tokens:   tokens, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS, Now: w.clock.Now,
		PublicURL:  "https://pay.example/till/",
		Configured: map[bridge.EndpointKey]string{{App: "club", Endpoint: "webhook"}: "https://club.example/hook"},
	}
	for _, o := range options {
		o(&config)
	}
	w.api = merchant.New(w.engine, config)
	w.api.Mount(w.router.Group("/v1"))
	w.handler = problem.Identify(w.router)
	if w.T != nil { // fuzzing asks for the API alone
		w.handler = contract.Handler(w.T, w.handler)
	}
	return w
}

// key is the Authorization of a new key.
func (w *world) key(app string, scopes ...bridge.Scope) string {
	text, digest := merchant.NewKey()
	w.engine.keys[digest] = bridge.APIKey{ID: "key_" + app, Name: "till of " + app, App: app, Digest: digest, Scopes: scopes}
	return "Bearer " + text
}

// onlyHTTPS judges addresses in the words of an error, a fault and a field's fault.
func onlyHTTPS(url string) error {
	switch {
	case strings.Contains(url, "10.0.0.1"):
		return fault.New(fault.Invalid, "test", "must be public")
	case strings.Contains(url, "@"):
		return fault.InvalidField("test", "address", "must have no password")
	case !strings.HasPrefix(url, "https://"):
		return errors.New("must be https")
	}
	return nil
}

// sealer hides a text well enough to see that it was hidden.
type sealer struct{}

func (sealer) Seal(plain []byte, context string) string {
	return hex.EncodeToString([]byte(context)) + "." + hex.EncodeToString(plain)
}

func (sealer) Open(text, context string) ([]byte, error) {
	sealed, plain, _ := strings.Cut(text, ".")
	if sealed != hex.EncodeToString([]byte(context)) {
		return nil, errors.New("sealed for another context")
	}
	return hex.DecodeString(plain)
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// answer is a response as a test looks at it.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// send sends a request; headers are pairs, and an empty value leaves a header out.
func (w *world) send(method, path, body string, headers ...string) answer {
	w.Helper()
	r := httptest.NewRequest(method, "/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return answer{recorder, w.T}
}

// ask sends a request of the shop's, with a fresh idempotency key.
func (w *world) ask(method, path, body string, headers ...string) answer {
	w.Helper()
	return w.send(method, path, body, append([]string{"Authorization", w.shop, "Idempotency-Key", w.fresh()}, headers...)...)
}

// fresh is an idempotency key that nobody has used.
func (*world) fresh() string { return rand.Text() }

// in is the world of a subtest.
func (w *world) in(t *testing.T) *world {
	inner := *w
	inner.T = t
	return &inner
}

// want checks the status and returns the body.
func (a answer) want(status int) map[string]any {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("got %d, want %d: %s", a.Code, status, a.Body)
	}
	var body map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &body); err != nil {
		a.t.Fatalf("got %q: %v", a.Body, err)
	}
	if a.Header().Get("X-Request-Id") == "" || a.Header().Get("Cache-Control") != "no-store" {
		a.t.Errorf("headers are %v", a.Header())
	}
	return body
}

// refused checks the status and the member that is named.
func (a answer) refused(status int, field string) {
	a.t.Helper()
	body := a.want(status)
	if a.Header().Get("Content-Type") != problem.ContentType || body["requestId"] != a.Header().Get("X-Request-Id") {
		a.t.Errorf("not a problem: %v %v", a.Header(), body)
	}
	if !strings.HasPrefix(body["type"].(string), "https://pay.example/till/problems/") {
		a.t.Errorf("type is %v", body["type"])
	}
	if field == "" {
		return
	}
	list, _ := body["errors"].([]any)
	if len(list) == 0 || list[0].(map[string]any)["field"] != field {
		a.t.Errorf("errors are %v, want %s named", list, field)
	}
}

// at walks into JSON: names of members and indexes of entries.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}
