package merchant_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/internal/tilltest"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the API over an engine that answers as a test requires. The merchant shop has a
// key for everything; club is another merchant on the same server.
type world struct {
	db *memstore.Store // of withEngine
	*testing.T
	engine  *testEngine
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
	w := &world{clock: testclock.New()}
	w.T, _ = t.(*testing.T)
	w.tokens = tilltest.Tokens(t, "https://pay.example", w.clock.Now)
	w.engine = newEngine(w.clock)
	w.shop, w.club = w.key("shop", store.Scopes...), w.key("club", store.Scopes...)
	gin.SetMode(gin.TestMode)
	w.router = gin.New()
	w.ended = &ended{}
	config := merchant.Config{
		Store: testStore{&w.engine.records, &w.engine.inbox, memstore.New()}, Sessions: w.ended,
		Tokens: w.tokens, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS, Now: w.clock.Now,
		PublicURL:  "https://pay.example/till/",
		Configured: map[store.EndpointKey]string{{App: "club", Endpoint: "webhook"}: "https://club.example/hook"},
	}
	for _, o := range options {
		o(&config)
	}
	w.api = merchant.New(w.engine, config)
	w.api.Mount(w.router.Group("/v1"))
	w.handler = problem.Identify(w.router)
	if w.T != nil { // fuzzing needs the API alone
		w.handler = contract.Handler(w.T, w.handler)
	}
	return w
}

// key is the Authorization of a new key.
func (w *world) key(app string, scopes ...store.Scope) string {
	text, digest := merchant.NewKey()
	w.engine.keys[digest] = store.APIKey{ID: "key_" + app, Name: "till of " + app, App: app, Digest: digest, Scopes: scopes, CreatedBy: "root"}
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

// What the world shares with other tests.
type (
	clock  = testclock.Clock
	answer = tilltest.Answer
)

var at = tilltest.At

// send sends a request; headers are pairs, and an empty value leaves a header out.
func (w *world) send(method, path, body string, headers ...string) answer {
	w.Helper()
	a := tilltest.Send(w.T, w.handler, method, "/v1"+path, body, headers...)
	a.Base = "https://pay.example/till"
	return a
}

// call sends a request of the shop's, with a fresh idempotency key.
func (w *world) call(method, path, body string, headers ...string) answer {
	w.Helper()
	return w.send(method, path, body, append([]string{"Authorization", w.shop, "Idempotency-Key", w.fresh()}, headers...)...)
}

// fresh is an idempotency key that was not used before.
func (*world) fresh() string { return rand.Text() }

// in is the world of a subtest.
func (w *world) in(t *testing.T) *world {
	inner := *w
	inner.T = t
	return &inner
}
