package merchant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestResolvingAnOrder(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	path := "/orders/" + string(o.ID) + "/resolve"
	const body = `{"attention":"late_payment","note":"given back in cash","outcome":"refunded","amount":{"currency":"USD","value":"100"}}`
	first := w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", "k")
	if got := first.Want(200); got["id"] != string(o.ID) {
		t.Errorf("got %v", got)
	}
	want := resolution.Decision{
		Attention: bridge.LatePayment, Note: "given back in cash", By: "till of shop (key_shop)", Outcome: resolution.Refunded,
		Amount: wallet.Money{Minor: 100, Currency: "USD"}, Source: bridge.FromMerchant,
	}
	if len(w.engine.resolved) != 1 || w.engine.resolved[0] != want {
		t.Errorf("the engine was called with %+v", w.engine.resolved)
	}
	again := w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", "k")
	if again.Body.String() != first.Body.String() || len(w.engine.resolved) != 1 {
		t.Errorf("the replay is %s", again.Body)
	}
	w.send("POST", path, body, "Authorization", w.club, "Idempotency-Key", "k").Refused(404, "")
	w.engine.fail = fault.New(fault.Conflict, "test", "The order has no such attention.")
	w.call("POST", path, body).Refused(409, "")
}

func TestAnOutcomeNeedsTheScopeOfRefunds(t *testing.T) {
	w := newWorld(t)
	path := "/orders/" + string(w.engine.newOrder("shop").ID) + "/resolve"
	resolve := func(body string, scopes ...store.Scope) answer {
		return w.send("POST", path, body, "Authorization", w.key("shop", scopes...), "Idempotency-Key", w.fresh())
	}
	const clear, outcome = `{"attention":"foreign_refund","note":"known"}`, `{"attention":"payment_unresolved","note":"queried","outcome":"failed"}`
	resolve(clear, store.ScopeOrders).Want(200)
	resolve(clear, store.ScopeRefunds).Want(200)
	resolve(clear, store.ScopeRead, store.ScopeAdmin).Refused(403, "")
	resolve(outcome, store.ScopeOrders).Refused(403, "")
	resolve(outcome, store.ScopeRefunds).Want(200)
	if len(w.engine.resolved) != 3 {
		t.Errorf("the engine was called with %+v", w.engine.resolved)
	}
}

func TestTheBodyOfAResolution(t *testing.T) {
	w := newWorld(t)
	path := "/orders/" + string(w.engine.newOrder("shop").ID) + "/resolve"
	for name, test := range map[string]struct{ body, field string }{
		"no attention":               {`{"note":"x"}`, "attention"},
		"no note":                    {`{"attention":"late_payment"}`, "note"},
		"a note of two lines":        {`{"attention":"late_payment","note":"a\nb"}`, "note"},
		"an amount of nothing":       {`{"attention":"late_payment","note":"x","outcome":"refunded","amount":{"currency":"USD","value":"0"}}`, "amount"},
		"an amount and no outcome":   {`{"attention":"late_payment","note":"x","amount":{"currency":"USD","value":"1"}}`, "amount"},
		"who says so, by the caller": {`{"attention":"late_payment","note":"x","by":"me"}`, "by"},
	} {
		t.Run(name, func(t *testing.T) { w.in(t).call("POST", path, test.body).Refused(400, test.field) })
	}
}

// TestADoubtfulRefundIsFoundResolvedAndNotified goes through the real engine at a wallet that
// has no status query of refunds.
func TestADoubtfulRefundIsFoundResolvedAndNotified(t *testing.T) {
	p := &purse{status: wallet.Paid, loses: 1}
	w := newWorld(t).withEngine(p)
	id := at(w.call("POST", "/orders", with("wallet", `"purse"`)).Want(201), "order", "id").(string)
	w.call("POST", "/orders/"+id+"/refunds", "").Refused(504, "")
	w.clock.Advance(5 * time.Minute)
	if _, err := w.engine.real.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	order := w.call("GET", "/orders/"+id, "").Want(200)
	if got := asJSON(t, order["attention"]); got != `["refund_unconfirmed"]` || at(order, "payments", 0, "refundable", "value") != "0" {
		t.Fatalf("got %v", order)
	}
	if found := w.call("GET", "/orders?attention=refund_unconfirmed", "").Want(200); at(found, "orders", 0, "id") != id {
		t.Errorf("got %v", found)
	}
	path := "/orders/" + id + "/resolve"
	w.call("POST", path, `{"attention":"refund_unconfirmed","note":"x"}`).Refused(409, "") // it is still open
	w.call("POST", path, `{"attention":"refund_unconfirmed","note":"x","outcome":"voided"}`).Refused(400, "outcome")
	w.call("POST", path, `{"attention":"double_payment","note":"x"}`).Refused(409, "")
	w.call("POST", path, `{"attention":"rain","note":"x"}`).Refused(400, "attention")
	resolved := w.call("POST", path, `{"attention":"refund_unconfirmed","note":"not at the wallet's console","outcome":"failed"}`).Want(200)
	if asJSON(t, resolved["attention"]) != "[]" || at(resolved, "payments", 0, "refundable", "value") != "300" || at(resolved, "refunds", 0, "status") != "failed" {
		t.Errorf("got %v", resolved)
	}
	events := w.call("GET", "/orders/"+id+"/events", "").Want(200)["events"].([]any)
	last := events[len(events)-1]
	want := `{"attention":"refund_unconfirmed","by":"till of shop (key_shop)","note":"not at the wallet's console","outcome":"failed"}`
	if at(last, "type") != "attention.cleared" || at(last, "source") != "merchant" || asJSON(t, at(last, "data", "cleared")) != want {
		t.Errorf("the last event is %v", last)
	}
	if found := w.call("GET", "/orders?attention=any", "").Want(200); len(found["orders"].([]any)) != 0 {
		t.Errorf("got %v", found)
	}
}

func TestAnOrderIsFoundByItsPaymentsIDAndRefundedFromThatPayment(t *testing.T) {
	w := newWorld(t).withEngine(&purse{status: wallet.Paid})
	id := at(w.call("POST", "/orders", with("wallet", `"purse"`)).Want(201), "order", "id").(string)
	found := w.call("GET", "/orders?walletPaymentId=W1", "").Want(200)
	order := at(found, "orders", 0)
	if at(order, "id") != id || at(order, "payments", 0, "walletPaymentIds", 0) != "W1" || at(order, "payments", 0, "paid", "value") != "300" {
		t.Fatalf("got %v", found)
	}
	if found := w.call("GET", "/orders?walletPaymentId=W2", "").Want(200); len(found["orders"].([]any)) != 0 {
		t.Errorf("by another id: got %v", found)
	}
	payment := at(order, "payments", 0, "id").(string)
	w.call("POST", "/orders/"+id+"/refunds", `{"payment":"`+strings.TrimSuffix(payment, "1")+`2"}`).Refused(400, "payment")
	w.call("POST", "/orders/"+id+"/refunds", `{"payment":"W1"}`).Refused(400, "payment")
	if refund := w.call("POST", "/orders/"+id+"/refunds", `{"payment":"`+payment+`"}`).Want(201); refund["payment"] != payment {
		t.Errorf("got %v", refund)
	}
}

func TestResolvingAnAgreement(t *testing.T) {
	w := newWorld(t)
	made := w.call("POST", "/agreements", `{"title":"Coffee"}`).Want(201)
	id := at(made, "agreement", "id").(string)
	w.clock.Advance(25 * time.Hour)
	shown := w.call("GET", "/agreements/"+id, "").Want(200)
	if got := asJSON(t, shown["attention"]); got != `["agreement_unsigned"]` {
		t.Errorf("attention is %s", got)
	}
	path := "/agreements/" + id + "/resolve"
	body := w.call("POST", path, `{"attention":"agreement_unsigned","note":"payer will not sign"}`).Want(200)
	if len(body["attention"].([]any)) != 0 || at(body, "resolutions", 0, "by") != "till of shop (key_shop)" || at(body, "resolutions", 0, "note") != "payer will not sign" {
		t.Errorf("got %v", body)
	}
	w.call("POST", path, `{"attention":"agreement_unsigned"}`).Refused(400, "note")
	w.call("POST", path, `{"attention":"agreement_unsigned","note":"x","amount":{}}`).Refused(400, "amount")
	w.call("POST", "/agreements/agr_x/resolve", `{"attention":"agreement_unsigned","note":"x"}`).Refused(404, "")
	w.send("POST", path, `{"attention":"agreement_unsigned","note":"x"}`, "Authorization", w.club, "Idempotency-Key", "k").Refused(404, "")
}
