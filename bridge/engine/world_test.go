package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// world is an engine on SQLite beside a sandbox provider, with one clock for both.
// The two talk over real connections.
type world struct {
	*testing.T
	ctx      context.Context
	clock    *testclock.Clock
	store    countingStore
	provider *simulator.Provider
	engine   *engine.Engine
	server   *httptest.Server // of the provider
	till     *httptest.Server // takes notifications
	config   engine.Config
	another  opener // of the same store, for a second node

	mu    sync.Mutex
	calls map[string]int // at the provider, by path
}

// countingStore is a store that counts its commits.
type countingStore interface {
	storetest.Store
	Stats() sqlite.Stats
}

var testKey = signing.NewSecret("a key for tests, 0123456789 long")

const shelf = `{"currency": "USD", "items": [
	{"sku": "latte", "name": "Latte", "price": "4.50"},
	{"sku": "bun", "name": "Bun", "price": "2.25"},
	{"sku": "tea", "name": "Tea", "price": "3", "currency": "EUR"}]}`

type option func(*simulator.Config, *engine.Config)

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	w := &world{T: t, ctx: t.Context(), clock: testclock.New()}
	w.till = httptest.NewServer(http.HandlerFunc(w.takeNotification))
	t.Cleanup(w.till.Close)
	var handler http.Handler
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(w.server.Close)
	far := simulator.Config{PublicURL: w.server.URL, KeyID: "k1", Key: testKey, Now: w.clock.Now, OnRequest: w.count}
	w.config = engine.Config{
		PublicURL: w.till.URL, Now: w.clock.Now, CallTimeout: 10 * time.Second,
		Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox", "second"}, Guests: true, Pricer: mustCatalog(t), Endpoints: []string{"hook"}}},
	}
	for _, o := range options {
		o(&far, &w.config)
	}
	provider, err := simulator.New(far)
	if err != nil {
		t.Fatal(err)
	}
	w.provider, handler = provider, provider
	w.config.Wallets = map[string]wallet.Wallet{"sandbox": w.openWallet("sandbox"), "second": w.openWallet("second")}
	if w.config.Store == nil {
		w.config.Store = sqlitetest.Open(t)
	}
	w.store = w.config.Store.(countingStore)
	w.restart()
	return w
}

// restart is a new process over the same store.
func (w *world) restart() {
	w.Helper()
	engine, err := engine.New(w.config)
	if err != nil {
		w.Fatal(err)
	}
	w.engine = engine
}

func (w *world) openWallet(name string) wallet.Wallet {
	w.Helper()
	opened, err := sandbox.Config{BaseURL: w.server.URL, KeyID: "k1", Key: testKey}.Open(wallet.Env{Name: name, Now: w.clock.Now})
	if err != nil {
		w.Fatal(err)
	}
	return opened
}

func mustCatalog(t testing.TB) *pricing.Catalog {
	t.Helper()
	c, err := pricing.ReadCatalog(strings.NewReader(shelf))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) takeNotification(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	reply, err := w.engine.Notify(r.Context(), strings.TrimPrefix(r.URL.Path, "/notify/"), wallet.Delivery{
		Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: w.clock.Now(),
	})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		http.Error(rw, err.Error(), http.StatusNotFound)
		return
	}
	for name, values := range reply.Header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(reply.Status)
	_, _ = rw.Write(reply.Body)
}

// count notes a call that the provider took.
func (w *world) count(r simulator.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[string]int{}
	}
	w.calls[r.Path]++
}

// called is how often the provider took a call.
func (w *world) called(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[path]
}

// delivered lets the provider send what is due.
func (w *world) delivered() {
	w.Helper()
	w.provider.RunOnce(w.ctx)
}

// queryAfter lets the engine query what is due after d.
func (w *world) queryAfter(d time.Duration) int {
	w.Helper()
	w.clock.Advance(d)
	n, err := w.engine.RunOnce(w.ctx)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func oneLatte() engine.OrderRequest {
	return engine.OrderRequest{
		App: "shop", Wallet: "sandbox", Channel: wallet.MiniProgram, Source: bridge.FromClient,
		Payer: bridge.Payer{ID: "guest-1", Guest: true}, Items: []pricing.ItemRequest{{SKU: "latte", Quantity: 1}},
	}
}

// once is a key whose answers describe the order.
func once(key string) *idempotency.Once[bridge.Order] {
	return &idempotency.Once[bridge.Order]{
		Scope: "shop guest-1", Key: key, Digest: sha256.Sum256([]byte("one latte")),
		Render: func(o bridge.Order, err error) bridge.Answer {
			if err != nil {
				return bridge.Answer{Status: 402, Body: []byte("refused " + string(o.ID))}
			}
			return bridge.Answer{Status: 201, Body: []byte(string(o.ID) + " " + o.Action().PaymentURL)}
		},
	}
}

func (w *world) create() bridge.Order {
	w.Helper()
	outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	if err != nil {
		w.Fatal(err)
	}
	return outcome.Subject
}

func (w *world) order(id bridge.OrderID) bridge.Order {
	w.Helper()
	o, err := w.engine.Order(w.ctx, id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// pays lets the payer of an order's newest payment decide at the cashier.
func (w *world) pays(o bridge.Order, outcome string) {
	w.Helper()
	if err := w.provider.Settle(o.LastPayment().RequestID, outcome); err != nil {
		w.Fatal(err)
	}
}

// want checks an order against the store, and that its log replays to it.
func (w *world) want(id bridge.OrderID, status wallet.Status, paid int64, attention bridge.Attention) bridge.Order {
	w.Helper()
	o := w.order(id)
	if o.Status != status || o.Paid != paid || reasons(&o) != attention {
		w.Errorf("order is %s with %d paid, attention %q; want %s, %d, %q", o.Status, o.Paid, reasons(&o), status, paid, attention)
	}
	if !o.Final() && o.DueAt.IsZero() {
		w.Error("an order that is not final has nothing due")
	}
	history, err := w.engine.History(w.ctx, id)
	if err != nil {
		w.Fatal(err)
	}
	if got, want := asJSON(w.T, history.Replay()), asJSON(w.T, o); got != want {
		w.Errorf("the log replays to\n%s\nwant\n%s", got, want)
	}
	return o
}

// reasons are an order's open reasons for attention.
func reasons(o *bridge.Order) bridge.Attention {
	var list []string
	for _, why := range o.Attention() {
		list = append(list, string(why))
	}
	return bridge.Attention(strings.Join(list, " "))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
