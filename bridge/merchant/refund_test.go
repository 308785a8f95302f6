package merchant_test

import (
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestARefund(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	w.engine.addRefund(o.ID, bridge.Refund{Status: wallet.RefundSucceeded, Amount: 50})
	path := "/orders/" + string(o.ID) + "/refunds"
	body := w.call("POST", path, `{"amount":{"currency":"USD","value":"100"},"reason":"cold tea"}`).Want(201)
	want := map[string]any{
		"id": o.ID.RefundID(2), "order": string(o.ID), "payment": o.ID.PaymentID(1), "status": "pending",
		"approval": nil, "approver": nil, "reason": "cold tea", "createdAt": "2026-01-02T12:00:00Z",
	}
	for name, value := range want {
		if body[name] != value {
			t.Errorf("%s is %v, want %v", name, body[name], value)
		}
	}
	if at(body, "amount", "value") != "100" || len(body) != len(want)+1 {
		t.Errorf("got %v", body)
	}
	got := w.engine.refunded[0]
	if got != (refund.Request{Amount: wallet.Money{Minor: 100, Currency: "USD"}, Reason: "cold tea", Source: bridge.FromMerchant}) {
		t.Errorf("the engine was called with %+v", got)
	}
	if shown := w.call("GET", "/refunds/"+o.ID.RefundID(2), "").Want(200); shown["id"] != o.ID.RefundID(2) {
		t.Errorf("got %v", shown)
	}
	w.call("POST", path, "").Want(201)
	if w.engine.refunded[1].Amount != (wallet.Money{}) {
		t.Errorf("all that is left was requested as %v", w.engine.refunded[1].Amount)
	}
	for name, test := range map[string]struct{ body, field string }{
		"an amount of nothing":    {`{"amount":{"currency":"USD","value":"0"}}`, "amount"},
		"an amount as text":       {`{"amount":"1.00"}`, "amount"},
		"a reason of two lines":   {`{"reason":"a\nb"}`, "reason"},
		"a reason that is long":   {`{"reason":` + quoted(257) + `}`, "reason"},
		"a payment of one's own":  {`{"payment":"pay_1"}`, "payment"},
		"an amount without value": {`{"amount":{"currency":"USD"}}`, "amount.value"},
	} {
		t.Run(name, func(t *testing.T) { w.in(t).call("POST", path, test.body).Refused(400, test.field) })
	}
	w.call("POST", path, `{"payment":"`+o.ID.PaymentID(1)+`"}`).Want(201)
	if got := w.engine.refunded[len(w.engine.refunded)-1]; got.Payment != 1 {
		t.Errorf("the engine was called with %+v", got)
	}
	w.engine.fail = fault.New(fault.Conflict, "test", "Nothing is left to refund.")
	w.call("POST", path, "").Refused(409, "")
}

func TestWhatIsNoRefund(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	w.engine.addRefund(o.ID, bridge.Refund{Status: wallet.RefundWaiting, Amount: 50})
	if body := w.call("GET", "/refunds/"+o.ID.RefundID(1), "").Want(200); body["approval"] != "waiting" || body["approver"] != "wallet" || body["status"] != "pending" {
		t.Errorf("got %v", body)
	}
	for _, id := range []string{o.ID.RefundID(2), o.ID.RefundID(0), o.ID.PaymentID(1), string(o.ID), "rfd_", "x"} {
		w.call("GET", "/refunds/"+id, "").Refused(404, "")
	}
}

func TestListingRefunds(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	var ids []string
	for i := range 3 {
		w.engine.addRefund(o.ID, bridge.Refund{Status: wallet.RefundSucceeded, Amount: 1})
		ids = append(ids, o.ID.RefundID(i+1))
	}
	slices.Reverse(ids)
	body := w.call("GET", "/refunds?limit=2&status=pending&order="+string(o.ID), "").Want(200)
	if at(body, "refunds", 0, "id") != ids[0] || at(body, "refunds", 1, "id") != ids[1] || body["next"] != ids[1] {
		t.Errorf("got %v", body)
	}
	if want := (store.RefundQuery{App: "shop", Order: o.ID, Status: wallet.RefundPending, Limit: 3}); w.engine.lastQuery != want {
		t.Errorf("requested %+v", w.engine.lastQuery)
	}
	body = w.call("GET", "/refunds?limit=2&cursor="+ids[1], "").Want(200)
	if len(body["refunds"].([]any)) != 1 || at(body, "refunds", 0, "id") != ids[2] || body["next"] != nil {
		t.Errorf("got %v", body)
	}
}
