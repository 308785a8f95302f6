package server_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/internal/tilltest"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// world is a server over an engine that answers as a test requires.
type world struct {
	*testing.T
	engine *testEngine
	tokens *signing.Tokens
	server *server.Server
}

func newWorld(t testing.TB, options ...func(*server.Config)) *world {
	t.Helper()
	tokens := tilltest.Tokens(t, "https://pay.example/till", nil)
	config := server.Config{
		Tokens: tokens, PublicURL: "https://pay.example/till", Version: "v1", Origins: []string{"https://shop.example"},
		SDK: fstest.MapFS{"dist/minitill.js": {Data: []byte("var Minitill")}, "dist/index.d.ts": {Data: []byte("export {}")}},
	}
	for _, o := range options {
		o(&config)
	}
	w := &world{tokens: tokens, engine: &testEngine{orders: map[bridge.OrderID]bridge.Order{}}}
	w.T, _ = t.(*testing.T)
	w.engine.app = engine.App{Name: "shop", Title: "Tea & Co", Wallets: []string{"sandbox"}, ReturnURL: "https://shop.example/thanks?from=till"}
	w.server = server.New(w.engine, config)
	return w
}

func (w *world) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	contract.Handler(w, w.server).ServeHTTP(recorder, r)
	if recorder.Header().Get("X-Request-Id") == "" {
		w.Errorf("%s %s: the response has no request id", method, path)
	}
	return recorder
}

// problem checks that an answer is a problem with this status.
func (w *world) problem(got *httptest.ResponseRecorder, status int, code string) {
	w.Helper()
	var d struct {
		Type, Code, RequestID string
		Status                int
	}
	if err := json.Unmarshal(got.Body.Bytes(), &d); err != nil {
		w.Fatalf("got %d %s: %v", got.Code, got.Body, err)
	}
	if got.Code != status || d.Status != status || d.Code != code || got.Header().Get("Content-Type") != "application/problem+json" ||
		d.RequestID != got.Header().Get("X-Request-Id") || d.Type != "https://pay.example/till/problems/"+code {
		w.Errorf("got %d %v %s, want %d %s", got.Code, got.Header(), got.Body, status, code)
	}
}

// engine is a engine.Engine without a store.
type testEngine struct {
	miniapp.Engine // nil: what a test does not expect panics
	app            engine.App
	orders         map[bridge.OrderID]bridge.Order
	delivery       wallet.Delivery
	walletName     string
	reply          wallet.Reply
	fail           error
	ready          func(ctx context.Context) error
	paid           []bridge.PayRequest
	hints          []engine.Hint
	waits          []time.Duration
	waiting        func() // what holds a long poll
	broken         error  // what reading any order ends with
	panics         bool   // that it ends so
}

func (e *testEngine) App(string) (*engine.App, error) { return &e.app, nil }

func (e *testEngine) Order(_ context.Context, id bridge.OrderID) (bridge.Order, error) {
	if e.panics {
		panic("the secret of the till")
	}
	if e.broken != nil {
		return bridge.Order{}, e.broken
	}
	if o, ok := e.orders[id]; ok {
		return o, nil
	}
	return bridge.Order{}, fault.New(fault.NotFound, "test", "There is no such order.")
}

func (e *testEngine) History(context.Context, bridge.OrderID) (history.History, error) {
	return history.History{}, nil
}

func (e *testEngine) Result(ctx context.Context, id bridge.OrderID, hint engine.Hint) (bridge.Order, error) {
	e.hints = append(e.hints, hint)
	return e.Order(ctx, id)
}

func (e *testEngine) Wait(ctx context.Context, id bridge.OrderID, _ int64, d time.Duration) (*bridge.Order, error) {
	e.waits = append(e.waits, d)
	if e.waiting != nil {
		e.waiting()
	}
	o, err := e.Order(ctx, id)
	return &o, err
}

func (e *testEngine) Pay(_ context.Context, id bridge.OrderID, req bridge.PayRequest, _ *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.paid = append(e.paid, req)
	o := e.orders[id]
	if e.fail != nil {
		return idempotency.Outcome[bridge.Order]{Subject: o}, e.fail
	}
	o.Payments = []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Pending, Action: &wallet.Action{Type: wallet.ActionQR, Content: "https://wallet.example/q"}}}
	o.Status = wallet.Pending
	e.orders[id] = o
	return idempotency.Outcome[bridge.Order]{Subject: o}, nil
}

func (e *testEngine) Notify(_ context.Context, walletName string, d wallet.Delivery) (wallet.Reply, error) {
	e.walletName, e.delivery = walletName, d
	return e.reply, e.fail
}

func (e *testEngine) Ready(ctx context.Context) error {
	if e.ready == nil {
		return nil
	}
	return e.ready(ctx)
}

func (e *testEngine) newOrder() bridge.Order {
	now := time.Now()
	id, err := bridge.NewOrderID(now, rand.Reader)
	if err != nil {
		panic(err)
	}
	o := bridge.Order{
		ID: id, App: "shop", Status: wallet.Created, Amount: wallet.Money{Minor: 1234, Currency: "USD"},
		Description: "Secret tea", Reference: "R-1", Items: []wallet.Item{{SKU: "tea", Name: "Secret tea", Quantity: 1}},
		Payer: bridge.Payer{ID: "payer-ann", Wallet: "sandbox"}, CreatedAt: now, ExpiresAt: now.Add(time.Hour), Sequence: 1,
	}
	e.orders[id] = o
	return o
}

func (e *testEngine) settle(o bridge.Order) bridge.Order {
	o.Status, o.Paid = wallet.Paid, 1234
	o.Payments = []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Paid, Paid: 1234, PaidAt: time.Now(), WalletPaymentID: "W-1"}}
	e.orders[o.ID] = o
	return o
}

var _ http.Handler = (*server.Server)(nil)
