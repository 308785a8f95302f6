package scripted_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const timeout = 10 * time.Second

// till is an engine with two wallets and one clock.
type till struct {
	*testing.T
	now         time.Time
	store       *faulty
	alpha, beta *account
	wallets     map[string]wallet.Wallet
	engine      *engine.Engine
}

// faulty is the memory store, of which a test lets single calls fail.
type faulty struct {
	storetest.Store
	failUpdate, failLookup error // of the next call; an update fails when it is decided
	beforeUpdate           func()
	freeKeys               int // how many reads of keys find nothing
}

func (s *faulty) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	if f := s.beforeUpdate; f != nil {
		s.beforeUpdate = nil
		f()
	}
	if err := s.failUpdate; err != nil {
		s.failUpdate = nil
		return s.Store.UpdateOrder(ctx, id, func(c *bridge.Change) error {
			_ = change(c)
			return err
		})
	}
	return s.Store.UpdateOrder(ctx, id, change)
}

func (s *faulty) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	if err := s.failLookup; err != nil {
		s.failLookup = nil
		return "", err
	}
	return s.Store.OrderByPaymentID(ctx, key)
}

func (s *faulty) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	if s.freeKeys > 0 {
		s.freeKeys--
		return bridge.Claim{}, fault.New(fault.NotFound, "test", "The key is free.")
	}
	return s.Store.HeldClaim(ctx, scope, key)
}

func newTill(t *testing.T) *till {
	t.Helper()
	w := &till{T: t, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), store: &faulty{Store: memstore.New()}, alpha: newAccount("alpha"), beta: newAccount("beta")}
	w.wallets = map[string]wallet.Wallet{"alpha": w.alpha, "beta": w.beta}
	w.restart()
	return w
}

// restart is a new process over the same store.
func (w *till) restart() {
	w.Helper()
	engine, err := engine.New(engine.Config{
		Store: w.store, Wallets: w.wallets, PublicURL: "https://till.test", CallTimeout: timeout,
		Now:  func() time.Time { return w.now },
		Apps: []engine.App{{Name: "shop", Wallets: []string{"alpha", "beta"}, Endpoints: []string{"hook"}}},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.engine = engine
}

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

func request() engine.OrderRequest {
	return engine.OrderRequest{App: "shop", Wallet: "alpha", Price: &pricing.Price{Amount: usd(1000), Description: "Tea"}, Source: bridge.FromMerchant}
}

// once is a key for a request of this content.
func once(key, content string) *idempotency.Once[bridge.Order] {
	return &idempotency.Once[bridge.Order]{Scope: "shop", Key: key, Digest: sha256.Sum256([]byte(content)), Render: func(o bridge.Order, err error) bridge.Answer {
		if err != nil {
			return bridge.Answer{Status: 402, Body: []byte(o.ID)}
		}
		return bridge.Answer{Status: 200, Body: []byte(o.ID)}
	}}
}

// create opens an order at alpha; the fault is the wallet's.
func (w *till) create() bridge.Order {
	w.Helper()
	outcome, _ := w.engine.CreateOrder(w.Context(), request(), nil)
	if outcome.Subject.ID == "" {
		w.Fatal("no order was created")
	}
	return outcome.Subject
}

// paid is an order that was paid at alpha.
func (w *till) paid() bridge.Order { return w.settled(request(), wallet.Paid) }

// held is an order whose money alpha holds.
func (w *till) held() bridge.Order {
	req, hold := request(), true
	req.Hold = &hold
	return w.settled(req, wallet.Authorized)
}

func (w *till) settled(req engine.OrderRequest, status wallet.Status) bridge.Order {
	w.Helper()
	outcome, err := w.engine.CreateOrder(w.Context(), req, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.alpha.set(outcome.Subject.Payments[0].RequestID, status)
	return w.refreshed(outcome.Subject.ID)
}

func (w *till) refreshed(id bridge.OrderID) bridge.Order {
	w.Helper()
	o, err := w.engine.Refresh(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

func (w *till) order(id bridge.OrderID) bridge.Order {
	w.Helper()
	o, err := w.engine.Order(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// queryAfter lets time pass and the engine query what is due.
func (w *till) queryAfter(d time.Duration) {
	w.Helper()
	w.now = w.now.Add(d)
	if _, err := w.engine.RunOnce(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// notifies delivers a notification from alpha and returns what alpha is answered.
func (w *till) notifies(confirm bool, events ...wallet.Event) error {
	w.Helper()
	w.alpha.mu.Lock()
	w.alpha.upcoming = wallet.Notification{Events: events, Confirm: confirm}
	w.alpha.mu.Unlock()
	if _, err := w.engine.Notify(w.Context(), "alpha", wallet.Delivery{Body: []byte("news")}); err != nil {
		w.Fatal(err)
	}
	w.alpha.mu.Lock()
	defer w.alpha.mu.Unlock()
	return w.alpha.replied[len(w.alpha.replied)-1]
}

// news is an event about an order's first payment, as if the wallet had it so.
func news(o *bridge.Order, status wallet.Status) wallet.Event {
	p := o.Payments[0]
	return wallet.Event{ID: string(o.ID) + string(status), Kind: wallet.PaymentEvent, Payment: wallet.Payment{
		Ref: wallet.Ref{RequestID: p.RequestID, PaymentID: p.WalletPaymentID}, Status: status, Amount: o.Amount,
	}}
}

// inbox is what is kept of alpha's news.
func (w *till) inbox() []store.InboxItem {
	w.Helper()
	items, err := w.store.InboxItems(w.Context(), store.InboxQuery{Wallets: []string{"alpha"}, Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	return items
}

// want checks an order.
func (w *till) want(id bridge.OrderID, status wallet.Status, paid int64, attention ...bridge.Attention) bridge.Order {
	w.Helper()
	o := w.order(id)
	if o.Status != status || o.Paid != paid || join(o.Attention()) != join(attention) {
		w.Errorf("the order is %s with %d paid, attention %q; want %s, %d, %q", o.Status, o.Paid, join(o.Attention()), status, paid, join(attention))
	}
	return o
}

func join(list []bridge.Attention) string {
	words := make([]string, len(list))
	for i, why := range list {
		words[i] = string(why)
	}
	return strings.Join(words, " ")
}
