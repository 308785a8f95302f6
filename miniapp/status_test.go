package miniapp_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

func TestWhichTokensOpenAnOrder(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	other := w.engine.newOrder("shop", bridge.Payer{ID: "bob", Wallet: "sandbox"})
	unowned := w.engine.newOrder("shop", bridge.Payer{})
	pay, _, err := w.tokens.IssuePay(web.OrderClaims(&o))
	if err != nil {
		t.Fatal(err)
	}
	foreign := o
	foreign.App = "club"
	for name, test := range map[string]struct {
		token  string
		id     bridge.OrderID
		status int
	}{
		"their payer's session":            {w.session("ann"), o.ID, 200},
		"its own token":                    {w.orderToken(o), o.ID, 200},
		"another payer's session":          {w.session("bob"), o.ID, 404},
		"a guest of the same id":           {w.token(signing.Session{App: "shop", Wallet: "sandbox", Payer: "ann", Guest: true}), o.ID, 404},
		"the same id at another wallet":    {w.token(signing.Session{App: "shop", Wallet: "second", Payer: "ann"}), o.ID, 404},
		"the same payer in another app":    {w.token(signing.Session{App: "club", Wallet: "sandbox", Payer: "ann"}), o.ID, 404},
		"a session for an unowned order":   {w.session("ann"), unowned.ID, 404},
		"another order's token":            {w.orderToken(other), o.ID, 404},
		"its token on another order":       {w.orderToken(o), other.ID, 404},
		"its token from another app":       {w.orderToken(foreign), o.ID, 404},
		"a payment page's token":           {"Bearer " + pay, o.ID, 401},
		"no token":                         {"", o.ID, 401},
		"an order that is not there":       {w.session("ann"), "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", 404},
		"an id that is none":               {w.session("ann"), "ord_1", 404},
		"an order token, an id that is no": {w.orderToken(o), "x", 404},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if test.token != "" {
				headers = []string{"Authorization", test.token}
			}
			a := w.send("GET", "/orders/"+string(test.id), "", headers...)
			a.T = t
			if test.status == 200 {
				a.Want(200)
				return
			}
			a.Refused(test.status, "")
		})
	}
}

func TestAForeignOrderIsAnsweredLikeAMissingOne(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	there := w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session("bob"), "X-Request-Id", "r")
	not := w.send("GET", "/orders/ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "", "Authorization", w.session("bob"), "X-Request-Id", "r")
	if there.Body.String() != not.Body.String() {
		t.Errorf("%s differs from %s", there.Body, not.Body)
	}
}

func TestTokensExpire(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	session, order := w.session("ann"), w.orderToken(o)
	w.clock.Advance(3 * time.Hour)
	w.send("GET", "/orders/"+string(o.ID), "", "Authorization", session).Refused(401, "")
	w.send("GET", "/orders/"+string(o.ID), "", "Authorization", order).Want(200)
	w.clock.Advance(24 * time.Hour)
	w.send("GET", "/orders/"+string(o.ID), "", "Authorization", order).Refused(401, "")
}

func TestAFinalOrderHasAReceipt(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	path := "/orders/" + string(o.ID)
	body := w.send("GET", path, "", "Authorization", w.session("ann")).Want(200)
	if len(body) != 1 {
		t.Errorf("an open order has more than itself: %v", body)
	}
	w.clock.Advance(time.Minute)
	paidAt := w.clock.Now()
	w.engine.settle(o, wallet.Paid)
	body = w.send("GET", path, "", "Authorization", w.session("ann")).Want(200)
	receipt, err := w.tokens.ParseReceipt(body["receipt"].(string))
	if err != nil || receipt.Order != string(o.ID) || receipt.Status != "paid" || receipt.Paid != "300" ||
		receipt.Refunded != "0" || receipt.Wallet != "sandbox" || !receipt.At.Equal(paidAt) {
		t.Errorf("got %+v, %v", receipt, err)
	}
	w.engine.settle(o, wallet.Expired)
	body = w.send("GET", path, "", "Authorization", w.session("ann")).Want(200)
	receipt, err = w.tokens.ParseReceipt(body["receipt"].(string))
	if err != nil || receipt.Status != "expired" || !receipt.At.Equal(o.CreatedAt.Add(time.Minute)) {
		t.Errorf("got %+v, %v", receipt, err)
	}
}

func TestStatusCostsOneRead(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	for _, token := range []string{w.session("ann"), w.orderToken(o)} {
		w.engine.reads = 0
		w.send("GET", "/orders/"+string(o.ID), "", "Authorization", token).Want(200)
		if w.engine.reads != 1 {
			t.Errorf("%d reads", w.engine.reads)
		}
	}
}

func TestALongPollEndsWhenTheOrderChanges(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	path := "/orders/" + string(o.ID)
	var waited time.Duration
	w.engine.wait = func(_ context.Context, o bridge.Order, d time.Duration) (bridge.Order, error) {
		waited = d
		return w.engine.settle(o, wallet.Paid), nil
	}
	w.send("GET", path+"?wait=soon", "", "Authorization", w.session("ann")).Refused(400, "wait")
	body := w.send("GET", path+"?wait=25s", "", "Authorization", w.session("ann")).Want(200)
	if waited != 25*time.Second || body["order"].(map[string]any)["status"] != "paid" || body["receipt"] == nil {
		t.Errorf("waited %s for %v", waited, body)
	}
	w.engine.wait = nil // a final order is not waited for
	w.send("GET", path+"?wait=25s", "", "Authorization", w.session("ann")).Want(200)
}

func TestAResultIsAHint(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	path := "/orders/" + string(o.ID) + "/result"
	body := w.send("POST", path, `{"resultCode":"9000","detail":"fine"}`, "Authorization", w.session("ann")).Want(200)
	if body["order"].(map[string]any)["status"] != "pending" || w.engine.hints[0] != (engine.Hint{Code: "9000", Detail: "fine"}) {
		t.Errorf("got %v for %v", body, w.engine.hints)
	}
	w.send("POST", path, `{}`, "Authorization", w.session("ann")).Refused(400, "resultCode")
	w.send("POST", path, `{"resultCode":"9000","status":"paid"}`, "Authorization", w.session("ann")).Refused(400, "status")
	w.send("POST", path, `{"resultCode":"9000"}`, "Authorization", w.session("bob")).Refused(404, "")
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnOrderThatAWalletReversedHasNoReceipt(t *testing.T) {
	w := newWorld(t)
	o := w.engine.settle(w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"}), wallet.Paid)
	path := "/orders/" + string(o.ID)
	if body := w.send("GET", path, "", "Authorization", w.session("ann")).Want(200); body["receipt"] == nil {
		t.Fatalf("a paid order has no receipt: %v", body)
	}
	o.Reversed = 1
	o.Flags = []bridge.Flag{{Why: bridge.PaymentReversed, Payment: 1}}
	w.engine.put(o)
	body := w.send("GET", path, "", "Authorization", w.session("ann")).Want(200)
	order := body["order"].(map[string]any)
	if body["receipt"] != nil || order["status"] != "paid" || asJSON(t, order["attention"]) != `["payment_reversed"]` {
		t.Errorf("got %v", body)
	}
	if order["reversed"].(map[string]any)["amount"].(map[string]any)["value"] != "1" {
		t.Errorf("got %v", order["reversed"])
	}
}

func TestAReceiptNamesTheIDThatWasPaid(t *testing.T) {
	w := newWorld(t)
	o := w.engine.settle(w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"}), wallet.Paid)
	o.Payments[0].WalletPaymentID, o.Payments[0].OtherIDs, o.Payments[0].PaidID = "first", []string{"second"}, "second"
	w.engine.put(o)
	body := w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session("ann")).Want(200)
	r, err := w.tokens.ParseReceipt(body["receipt"].(string))
	if err != nil || r.WalletPaymentID != "second" {
		t.Errorf("the receipt has %+v, %v", r, err)
	}
}

// A receipt is signed once, until something happens to its order.
func TestAReceiptIsSignedOnceForEachStateOfItsOrder(t *testing.T) {
	w := newWorld(t)
	o := w.engine.settle(w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"}), wallet.Paid)
	read := func() any {
		w.clock.Advance(time.Minute) // another receipt would have another time of issue
		return w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session("ann")).Want(200)["receipt"]
	}
	paid := read()
	if again := read(); again != paid || paid == nil {
		t.Errorf("the second request got another receipt: %v and %v", paid, again)
	}
	o.Refunded = 100
	w.engine.put(o)
	refunded := read()
	if r, err := w.tokens.ParseReceipt(refunded.(string)); err != nil || r.Refunded != "100" {
		t.Errorf("after a refund: got %+v, %v", r, err)
	}
	if again := read(); again != refunded {
		t.Error("after a refund each request gets another receipt")
	}
	o.Sequence++
	w.engine.put(o)
	if next := read(); next == refunded {
		t.Error("after another event the receipt is the one of before")
	}
	o.Reversed = 1
	w.engine.put(o)
	if reversed := read(); reversed != nil {
		t.Errorf("after a reversal: got %v, want none", reversed)
	}
}
