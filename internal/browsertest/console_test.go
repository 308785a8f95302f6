package browsertest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/sqlite"
	"github.com/minitill/minitill/bridge/console/oidc"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

func TestConsole(t *testing.T) { run(t, "console.mjs", "CONSOLE="+openConsole(t)) }

// pocket is a wallet in which every payment is paid and every refund succeeds.
type pocket struct{ amount wallet.Money }

func (p *pocket) paid(ref wallet.Ref) wallet.Payment {
	return wallet.Payment{Ref: ref, Status: wallet.Paid, Amount: p.amount}
}

func (p *pocket) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	p.amount = req.Amount
	return p.paid(wallet.Ref{RequestID: req.RequestID, PaymentID: "W" + req.RequestID}), nil
}

func (p *pocket) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return p.paid(ref), nil
}

func (*pocket) Refund(_ context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "R" + req.RequestID}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
}

// hours are sums of a day on which the shop sells more by and by.
type hours struct{}

func (hours) Currencies(context.Context, string) ([]wallet.Currency, error) {
	return []wallet.Currency{"USD"}, nil
}

func (hours) Sums(_ context.Context, q console.SumsQuery) (list []console.Sum, err error) {
	for i, at := int64(0), q.From; at.Before(q.To); i, at = i+1, at.Add(time.Hour) {
		list = append(list, console.Sum{From: at, Wallet: "pocket", Created: 3 + i, Paid: 2 + i, Unpaid: i % 3, Taken: 45_000 + i*i*700, Refunded: i % 5 * 900, ToPaid: []console.Bucket{{AtMost: 30 * time.Second, N: 2 + i}}})
	}
	return list, nil
}

// till is a console with an operator and some of everything to look at.
type till struct {
	*testing.T
	store     *memstore.Store
	engine    *engine.Engine
	operators *operator.Service
}

// openConsole serves a console, and describes it as JSON.
func openConsole(t *testing.T) string {
	t.Helper()
	need(t)
	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	w := &till{T: t, store: memstore.New()}
	w.must(err)
	vitals := new(console.Vitals)
	w.engine, err = engine.New(engine.Config{
		Store: w.store, PublicURL: srv.URL, Sealer: sealer, Observer: vitals, Wallets: map[string]wallet.Wallet{"pocket": &pocket{}, "other": &pocket{}},
		Apps: []engine.App{{Name: "shop", Wallets: []string{"pocket"}, Approvals: engine.Approvals{
			Limits: map[wallet.Currency]refund.Limit{"USD": {Order: 100_000}},
		}}, {Name: "club", Wallets: []string{"other"}}},
	})
	w.must(err)
	w.operators = operator.New(operator.Config{Store: w.store, Sealer: sealer, CodeRoles: operator.Roles})
	identity := openIdentityProvider(t)
	x := w.openIndex()
	handler = console.New(console.Config{
		Engine: w.engine, Store: w.store, Operators: w.operators, PublicURL: srv.URL, Sums: hours{}, Index: x, Vitals: vitals, Sealer: sealer,
		Settings:     map[string][]console.Setting{"pocket": {{Name: "type", Value: "sandbox"}, {Name: "baseUrl", Value: "https://wallet.example"}, {Name: "key", Value: "set, hidden"}}},
		ProviderName: "Example ID", Provider: oidc.New(oidc.Config{
			Issuer: identity.URL, ClientID: "till", Redirect: srv.URL + console.Path + "oidc/callback",
			Rules: []oidc.Rule{{Group: "desk", Grant: operator.Grant{App: "shop", Role: operator.Support}}},
		}),
		Apps: []console.App{{Name: "shop", Title: "Kettle & Bean", Zone: time.FixedZone("Asia/Manila", 8*3600)}, {Name: "club", Title: "The club"}},
	})
	described, err := json.Marshal(w.fill(srv.URL))
	w.must(err)
	for more := true; more; {
		more, err = x.RunOnce(t.Context())
		w.must(err)
	}
	return string(described)
}

// openIndex returns an index of the store, in a file.
func (w *till) openIndex() *index.Index {
	w.Helper()
	db, err := sqlite.Open(w.Context(), filepath.Join(w.TempDir(), "console.db"))
	w.must(err)
	x := index.New(db, index.Config{Source: w.store, Apps: []string{"shop", "club"}})
	w.Cleanup(func() { _ = x.Close() })
	return x
}

func (w *till) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// fill makes an operator who is invited, orders, a dead delivery and a notification.
func (w *till) fill(url string) map[string]string {
	ctx := w.Context()
	_, err := w.store.AddEndpoint(ctx, store.Endpoint{ID: "whe_1", App: "shop", URL: "https://shop.example/hooks/minitill", CreatedAt: time.Now()}, nil)
	w.must(err)
	w.engine.EndpointsChanged()
	var grants []operator.Grant
	for _, role := range operator.Roles {
		grants = append(grants, operator.Grant{App: operator.AllApps, Role: role})
	}
	_, token, err := w.operators.Create(ctx, operator.NewID(), "ann", grants, "the test")
	w.must(err)
	_, plainToken, err := w.operators.Create(ctx, operator.NewID(), "cat", grants, "the test")
	w.must(err)
	first, second, third, fourth := w.order("R-1001", 1230), w.order("R-1002", 123_456_789), w.order("R-1003", 750_000), w.order("R-1004", 980)
	byBob := engine.WithPerson(ctx, bridge.Person{ID: "opr_bob", Name: "bob"})
	for _, id := range []bridge.OrderID{second.ID, third.ID} {
		_, err = w.engine.Refund(byBob, id, refund.Request{Amount: usd(500_000), Reason: "the machine was returned", Source: bridge.FromOperator}, nil)
		w.must(err)
	}
	w.flag(first.ID, bridge.LatePayment)
	w.flag(second.ID, bridge.AmountMismatch)
	w.flag(fourth.ID, bridge.ForeignRefund)
	w.must(w.store.KeepNotification(ctx, store.InboxItem{
		ID: "ntf_01KAGD3Z8Q9M5X7T2V4B6N8C0R", Wallet: "pocket", EventID: "e1", PaymentID: "W77", Body: []byte(`{"status":"PAID","token":"t"}`),
		Reason: "no order matches", ReceivedAt: time.Now(),
	}))
	return map[string]string{
		"url": url + console.Path, "token": token, "plainToken": plainToken, "first": string(first.ID), "second": string(second.ID), "fourth": string(fourth.ID),
		"waiting": second.ID.RefundID(1), "plainWaiting": third.ID.RefundID(1), "payment": first.ID.PaymentID(1), "walletPayment": first.Payments[0].WalletPaymentID, "delivery": w.refused(first.ID), "another": w.refused(second.ID),
	}
}

// refused returns the newest delivery of an order, which was given up.
func (w *till) refused(id bridge.OrderID) string {
	w.Helper()
	list, err := w.store.Deliveries(w.Context(), store.DeliveryQuery{App: "shop", Order: id, Limit: 1})
	w.must(err)
	w.must(w.store.FinishMessage(w.Context(), list[0].ID, list[0].Attempts, store.Delivery{
		Status: store.Dead, Note: "the endpoint answered 500", At: time.Now(), Took: 1480 * time.Millisecond, Answer: store.Answer{Status: 500, Body: answered},
	}))
	return list[0].ID
}

// answered is what the endpoint of a refused delivery has written.
const answered = "<!doctype html><title>Internal Server Error</title>\n<h1>500</h1>\n<p>no tenant for shop.example, trace 4bf92f3577b34da6a3ce929d0e0e4736: see https://status.shop.example/incidents/2031-01-02-a-very-long-address-without-a-break</p>"

func (w *till) order(reference string, minor int64) bridge.Order {
	w.Helper()
	made, err := w.engine.CreateOrder(w.Context(), engine.OrderRequest{
		App: "shop", Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "payer-7"},
		Price: &pricing.Price{Amount: usd(minor), Description: "2 × Flat white, Almond croissant", Reference: reference},
	}, nil)
	w.must(err)
	return made.Subject
}

func (w *till) flag(id bridge.OrderID, why bridge.Attention) {
	w.Helper()
	_, err := w.store.UpdateOrder(w.Context(), id, func(c *bridge.Change) error {
		c.RaiseOrderAttention(why, bridge.FromQuery, time.Now())
		return nil
	})
	w.must(err)
}
