package miniapp_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/internal/tilltest"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the API over an engine whose answers a test sets.
type world struct {
	*testing.T
	engine  *testEngine
	tokens  *signing.Tokens
	clock   *clock
	config  miniapp.Config
	handler http.Handler
}

func newWorld(t testing.TB, options ...func(*miniapp.Config)) *world {
	t.Helper()
	w := &world{clock: testclock.New()}
	w.T, _ = t.(*testing.T)
	w.tokens = tilltest.Tokens(t, "https://pay.example", w.clock.Now)
	w.engine = newEngine(w.clock)
	w.config = miniapp.Config{Tokens: w.tokens, Now: w.clock.Now, Origins: []string{"https://shop.example"}}
	for _, o := range options {
		o(&w.config)
	}
	gin.SetMode(gin.TestMode)
	router := gin.New()
	api := miniapp.New(w.engine, w.config)
	api.Mount(router.Group("/miniapp/v1"))
	w.handler = problem.Identify(api.Wrap(router))
	if w.T != nil { // benchmarks measure the API alone
		w.handler = contract.Handler(w.T, w.handler)
	}
	return w
}

// The types of package tilltest that these tests use.
type (
	clock  = testclock.Clock
	answer = tilltest.Answer
)

// send sends a request; headers are pairs.
func (w *world) send(method, path, body string, headers ...string) answer {
	w.Helper()
	return tilltest.Send(w.T, w.handler, method, "/miniapp/v1"+path, body, headers...)
}

const ann, bob = "guest_ann", "guest_bob"

func (w *world) session(payer string) string {
	return w.token(signing.Session{App: "shop", Wallet: "sandbox", Payer: payer, Guest: strings.HasPrefix(payer, "guest_")})
}

func (w *world) token(s signing.Session) string {
	token, _, err := w.tokens.IssueSession(s)
	if err != nil {
		panic(err)
	}
	return "Bearer " + token
}

func (w *world) orderToken(o bridge.Order) string {
	token, _, err := w.tokens.IssueOrder(web.OrderClaims(&o))
	if err != nil {
		panic(err)
	}
	return "Bearer " + token
}

// engine is a engine.Engine without a store. It keeps keys as the real one does.
type testEngine struct {
	mu       sync.Mutex
	clock    *clock
	orders   map[bridge.OrderID]bridge.Order
	claims   map[string]bridge.Claim
	made     []engine.OrderRequest
	paid     []bridge.PayRequest
	scopes   []string
	hints    []engine.Hint
	signIns  []string
	canceled []bridge.OrderID
	reads    int
	action   *wallet.Action
	fail     error // of the next wallet call
	apps     map[string]*engine.App
	wait     func(ctx context.Context, o bridge.Order, d time.Duration) (bridge.Order, error)
	drained  bool
}

func newEngine(c *clock) *testEngine {
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"tea","name":"Tea","price":"3.00"}]}`))
	if err != nil {
		panic(err)
	}
	return &testEngine{
		clock: c, orders: map[bridge.OrderID]bridge.Order{}, claims: map[string]bridge.Claim{},
		action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/pay?a=1&b=2"},
		apps: map[string]*engine.App{
			"shop": {Name: "shop", Wallets: []string{"sandbox", "second"}, Guests: true, Pricer: catalog},
			"club": {Name: "club", Wallets: []string{"club-pay"}},
		},
	}
}

func (e *testEngine) App(name string) (*engine.App, error) {
	if name == "" {
		return nil, fault.InvalidField("test", "app", "is required")
	}
	if app := e.apps[name]; app != nil {
		return app, nil
	}
	return nil, fault.New(fault.NotFound, "test", "There is no such app.")
}

func (e *testEngine) AppOfWallet(name string) (*engine.App, string, error) {
	for _, app := range e.apps {
		for _, w := range app.Wallets {
			if w == name {
				return app, name, nil
			}
		}
	}
	if name == "" {
		return nil, "", fault.InvalidField("test", "wallet", "is required")
	}
	return nil, "", fault.New(fault.NotFound, "test", "There is no such wallet.")
}

func (e *testEngine) SignIn(_ context.Context, walletName, code string) (wallet.Payer, error) {
	e.signIns = append(e.signIns, walletName+" "+code)
	return wallet.Payer{ID: "payer of " + code}, e.fail
}

func (e *testEngine) CreateOrder(_ context.Context, req engine.OrderRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.made = append(e.made, req)
	return e.once(once, func() (bridge.Order, error) {
		o := e.newOrder(req.App, req.Payer)
		return o, e.fail
	})
}

func (e *testEngine) Pay(_ context.Context, id bridge.OrderID, req bridge.PayRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.paid = append(e.paid, req)
	return e.once(once, func() (bridge.Order, error) { return e.orders[id], e.fail })
}

func (e *testEngine) once(once *idempotency.Once[bridge.Order], f func() (bridge.Order, error)) (idempotency.Outcome[bridge.Order], error) {
	if once == nil {
		o, err := f()
		return idempotency.Outcome[bridge.Order]{Subject: o}, err
	}
	e.scopes = append(e.scopes, once.Scope)
	claim, taken := e.claims[once.Scope+" "+once.Key]
	switch {
	case taken && claim.Digest != once.Digest:
		return idempotency.Outcome[bridge.Order]{}, fault.New(fault.KeyReused, "test", "Used before.")
	case taken && claim.Answer == nil:
		return idempotency.Outcome[bridge.Order]{}, &fault.Error{Kind: fault.Conflict, RetryAfter: time.Second, Detail: "Still at work."}
	case taken:
		return idempotency.Outcome[bridge.Order]{Answer: claim.Answer, Replayed: true}, nil
	}
	o, err := f()
	claim = bridge.Claim{Digest: once.Digest}
	if err == nil || fault.KindOf(err) == fault.Declined {
		kept := once.Render(o, err)
		claim.Answer, err = &kept, nil
	}
	e.claims[once.Scope+" "+once.Key] = claim
	return idempotency.Outcome[bridge.Order]{Subject: o, Answer: claim.Answer}, err
}

func (e *testEngine) newOrder(app string, payer bridge.Payer) bridge.Order {
	now := e.clock.Now()
	id, err := bridge.NewOrderID(now, rand.Reader)
	if err != nil {
		panic(err)
	}
	o := bridge.Order{
		ID: id, App: app, Status: wallet.Pending, Amount: wallet.Money{Minor: 300, Currency: "USD"}, Payer: payer,
		Metadata: map[string]string{"secret": "of the merchant"}, CreatedAt: now, ExpiresAt: now.Add(time.Hour), Sequence: 2,
		Payments: []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Pending, RequestID: "secret", Action: e.action, CreatedAt: now}},
	}
	e.put(o)
	return o
}

func (e *testEngine) put(o bridge.Order) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.orders[o.ID] = o
}

// settle gives an order a final status.
func (e *testEngine) settle(o bridge.Order, status wallet.Status) bridge.Order {
	o.Status, o.Sequence = status, o.Sequence+1
	p := o.Payments[0]
	p.Status = status
	if status == wallet.Paid {
		o.Paid, p.Paid, p.PaidAt = 300, 300, e.clock.Now()
	}
	o.Payments = []bridge.Payment{p}
	e.put(o)
	return o
}

func (e *testEngine) Cancel(_ context.Context, id bridge.OrderID, _ bridge.Source) (bridge.Order, error) {
	e.canceled = append(e.canceled, id)
	return e.orders[id], e.fail
}

func (e *testEngine) Order(_ context.Context, id bridge.OrderID) (bridge.Order, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reads++
	if o, ok := e.orders[id]; ok {
		return o, nil
	}
	return bridge.Order{}, fault.New(fault.NotFound, "test", "No row in orders.")
}

func (e *testEngine) History(_ context.Context, id bridge.OrderID) (history.History, error) {
	o := e.orders[id]
	return history.History{Snapshot: &history.Snapshot{Order: o, Ended: o.CreatedAt.Add(time.Minute)}}, nil
}

func (e *testEngine) Result(ctx context.Context, id bridge.OrderID, hint engine.Hint) (bridge.Order, error) {
	e.hints = append(e.hints, hint)
	return e.Order(ctx, id)
}

func (e *testEngine) Draining() bool { return e.drained }

func (e *testEngine) Wait(ctx context.Context, id bridge.OrderID, seen int64, d time.Duration) (*bridge.Order, error) {
	o, err := e.Order(ctx, id)
	if err == nil && !o.Final() && (seen < 0 || o.Sequence == seen) {
		o, err = e.wait(ctx, o, d)
	}
	return &o, err
}
