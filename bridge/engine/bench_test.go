package engine_test

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// nullStore commits nothing and keeps the last order: what is left is the engine's
// own time.
type nullStore struct {
	engine.Store
	order bridge.Order
}

func (s *nullStore) CreateOrder(_ context.Context, c *bridge.Change) (bridge.Claim, error) {
	s.order = c.Order
	return *c.Claim, nil
}

func (s *nullStore) UpdateOrder(_ context.Context, _ bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	c := bridge.NewChange(s.order)
	err := change(c)
	return c.Order, err
}

// Endpoints are none.
func (*nullStore) HeldClaim(context.Context, string, string) (bridge.Claim, error) {
	return bridge.Claim{}, fault.NotFound
}

func (*nullStore) Restoration(context.Context) (store.Restoration, error) {
	return store.Restoration{}, nil
}

func (*nullStore) Endpoints(context.Context) ([]store.Endpoint, int64, error) { return nil, 0, nil }

// nullWallet opens every payment at once.
type nullWallet struct{ wallet.Querier }

func (nullWallet) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: "W1"}, Status: wallet.Pending, Amount: req.Amount,
		Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/cashier"},
	}, nil
}

func nullEngine(b *testing.B) (*engine.Engine, *nullStore) {
	b.Helper()
	catalog, err := pricing.ReadCatalog(strings.NewReader(shelf))
	if err != nil {
		b.Fatal(err)
	}
	store := &nullStore{}
	e, err := engine.New(engine.Config{
		Store: store, Wallets: map[string]wallet.Wallet{"sandbox": nullWallet{}}, PublicURL: "http://till.test",
		Apps: []engine.App{{Name: "shop", Wallets: []string{"sandbox"}, Pricer: catalog}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return e, store
}

// BenchmarkEngineCreate is both changes of a creation, without the store, the wallet
// and the rendering of the answer.
func BenchmarkEngineCreate(b *testing.B) {
	e, _ := nullEngine(b)
	ctx, req := context.Background(), oneLatte()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o := &idempotency.Once[bridge.Order]{
			Scope: "s", Key: strconv.Itoa(i), Digest: sha256.Sum256(nil),
			Render: func(bridge.Order, error) bridge.Answer { return bridge.Answer{Status: 201} },
		}
		if _, err := e.CreateOrder(ctx, req, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApply is the rule alone: a pending order becomes paid.
func BenchmarkApply(b *testing.B) {
	e, store := nullEngine(b)
	o := &idempotency.Once[bridge.Order]{Key: "k", Render: func(bridge.Order, error) bridge.Answer { return bridge.Answer{} }}
	outcome, err := e.CreateOrder(context.Background(), oneLatte(), o)
	if err != nil {
		b.Fatal(err)
	}
	store.order = outcome.Subject
	news := bridge.News{Source: bridge.FromNotification, Wallet: "sandbox", Payment: &wallet.Payment{
		Ref: outcome.Subject.Payments[0].Ref(), Status: wallet.Paid, Amount: outcome.Subject.Amount,
	}}
	b.ReportAllocs()
	for b.Loop() {
		c := bridge.NewChange(outcome.Subject)
		if err := c.Apply(news, outcome.Subject.CreatedAt); err != nil || len(c.Events) != 1 {
			b.Fatal(err)
		}
	}
}
