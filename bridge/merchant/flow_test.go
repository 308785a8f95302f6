package merchant_test

import (
	"context"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
	"github.com/minitill/minitill/wallet"
)

// purse is a wallet that executes every call.
type purse struct {
	status   wallet.Status
	loses    int // answers to refunds that get lost
	requests []string
}

func (p *purse) payment(ref wallet.Ref) wallet.Payment {
	return wallet.Payment{Ref: ref, Status: p.status, Amount: wallet.Money{Minor: 300, Currency: "USD"}}
}

func (p *purse) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	paid := p.payment(wallet.Ref{RequestID: req.RequestID, PaymentID: "W1"})
	paid.Action = &wallet.Action{Type: wallet.ActionRedirect, URL: "https://wallet.example/pay"}
	return paid, nil
}

func (p *purse) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return p.payment(ref), nil
}

func (p *purse) Refund(_ context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	p.requests = append(p.requests, req.RequestID)
	if p.loses > 0 {
		p.loses--
		return wallet.Refund{}, fault.New(fault.Unknown, "purse", "No answer.")
	}
	return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "R1"}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
}

// answering is a purse that has status queries of refunds, and executed none whose answer it
// lost.
type answering struct{ *purse }

func (answering) QueryRefund(context.Context, wallet.RefundRef) (wallet.Refund, error) {
	return wallet.Refund{}, fault.New(fault.NotFound, "purse", "There is no such refund.")
}

// withEngine is the world over a real engine and its store, with one wallet.
func (w *world) withEngine(p wallet.Wallet, options ...func(*engine.App)) *world {
	w.Helper()
	w.db = memstore.New()
	for _, key := range w.engine.keys {
		if err := w.db.AddAPIKey(w.Context(), key); err != nil {
			w.Fatal(err)
		}
	}
	app := engine.App{Name: "shop", Wallets: []string{"purse"}}
	for _, o := range options {
		o(&app)
	}
	engine, err := engine.New(engine.Config{
		Store: w.db, Wallets: map[string]wallet.Wallet{"purse": p}, PublicURL: "https://pay.example", Now: w.clock.Now,
		Apps: []engine.App{app},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.engine.real = engine
	router := gin.New()
	merchant.New(engine, merchant.Config{
		Store: w.db, Tokens: w.tokens, Sealer: sealer{}, CheckEndpointURL: onlyHTTPS, PublicURL: "https://pay.example/till", Now: w.clock.Now,
	}).Mount(router.Group("/v1"))
	w.handler = contract.Handler(w.T, problem.Identify(router))
	return w
}

func TestAMerchantSellsRefundsAndReadsItAll(t *testing.T) {
	p := &purse{status: wallet.Pending}
	w := newWorld(t).withEngine(p)
	body := w.call("POST", "/orders", with("wallet", `"purse"`)).Want(201)
	id := at(body, "order", "id").(string)
	if at(body, "action", "url") != "https://wallet.example/pay" || at(body, "order", "status") != "pending" {
		t.Errorf("got %v", body)
	}
	p.status = wallet.Paid
	if body := w.call("POST", "/orders/"+id+"/refresh", "").Want(200); body["status"] != "paid" {
		t.Errorf("got %v", body)
	}
	refund := w.call("POST", "/orders/"+id+"/refunds", `{"amount":{"currency":"USD","value":"100"}}`).Want(201)
	if refund["status"] != "succeeded" || at(refund, "amount", "value") != "100" {
		t.Errorf("got %v", refund)
	}
	w.call("POST", "/orders/"+id+"/refunds", `{"amount":{"currency":"USD","value":"201"}}`).Refused(400, "amount")
	w.call("POST", "/orders/"+id+"/refunds", `{"amount":{"currency":"EUR","value":"1"}}`).Refused(400, "amount.currency")
	w.call("POST", "/orders/"+id+"/capture", "").Refused(409, "")
	w.call("POST", "/orders/"+id+"/cancel", "").Refused(409, "")
	events := w.call("GET", "/orders/"+id+"/events", "").Want(200)
	var types []any
	for _, e := range events["events"].([]any) {
		types = append(types, at(e, "type"))
	}
	if got := asJSON(t, types); got != `["order.created","order.pending","order.paid","refund.pending","refund.succeeded"]` {
		t.Errorf("it happened: %s", got)
	}
	if body := w.call("GET", "/wallets", "").Want(200); at(body, "wallets", 0, "capabilities", "refund") != true || at(body, "wallets", 0, "capabilities", "void") != false {
		t.Errorf("got %v", body)
	}
}

// TestARefundWhoseAnswerWasLostIsOneRefund: a retry with the key gets the
// refund that was begun, and then its answer for good.
func TestARefundWhoseAnswerWasLostIsOneRefund(t *testing.T) {
	p := &purse{status: wallet.Paid, loses: 1}
	w := newWorld(t).withEngine(answering{p})
	id := at(w.call("POST", "/orders", with("wallet", `"purse"`)).Want(201), "order", "id").(string)
	refund := func() answer {
		return w.send("POST", "/orders/"+id+"/refunds", `{"reason":"cold"}`, "Authorization", w.shop, "Idempotency-Key", "k")
	}
	refund().Refused(504, "")
	refund().Refused(409, "")        // the wallet may still be at it
	w.clock.Advance(5 * time.Minute) // until the wallet's word that it has none is final
	first := refund()
	first.Want(201)
	if again := refund(); again.Body.String() != first.Body.String() {
		t.Errorf("the replay is %s, want %s", again.Body, first.Body)
	}
	order := w.call("GET", "/orders/"+id, "").Want(200)
	if len(order["refunds"].([]any)) != 1 || at(order, "refunded", "value") != "300" || len(p.requests) != 2 || p.requests[0] != p.requests[1] {
		t.Errorf("got %v; requested %v", order, p.requests)
	}
}
