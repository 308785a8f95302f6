package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
)

// requestedRefund is a paid order of the shop with a refund of 3.00 USD that ann has requested on its page
// and that waits, and ann's browser.
func requestedRefund(t *testing.T) (w *world, ann *browser, o bridge.Order) {
	t.Helper()
	w = newLimitedWorld(t, 200)
	o, ann = w.paid(), w.signedIn("ann", "finance")
	path := "/console/orders/" + string(o.ID)
	form := ann.get(path).form("amount", "3.00", "reason", "cold")
	for range 2 { // also when pressed twice
		if to := ann.post(path+"/refund", form...).want(303).Header().Get("Location"); to != path+"?done=requested" {
			t.Errorf("it leads to %s", to)
		}
	}
	ann.get(path+"?done=requested").want(200, "The refund waits for a second operator.")
	if o = w.again(o.ID); !o.Refunds[0].Awaiting() || len(w.purse.calls) > 0 {
		t.Fatalf("got %+v after %v", o.Refunds[0], w.purse.calls)
	}
	return w, ann, o
}

func TestASecondOperatorApprovesARefundOnThePageOfRefunds(t *testing.T) {
	w, ann, o := requestedRefund(t)
	path := "/console/refunds/" + o.ID.RefundID(1)
	ann.get("/console/refunds").want(200, "Waiting for a second operator", "Requested by ann", "You requested this refund").lacks("/approve")
	ann.get("/console/orders/"+string(o.ID)).want(200, "You requested this refund", "waits for a second operator")
	w.signedIn("vera", "viewer").get("/console/refunds").want(200, whyRole).lacks("/approve")
	form := ann.get("/console/orders/"+string(o.ID)).form("amount", "3.00", "reason", "I am sure")
	ann.post(path+"/approve", form...).want(403, "another operator")
	ann.post(path+"/reject", form...).want(422) // the key was used for the approval

	ben := w.signedIn("ben", "finance")
	page := ben.get("/console/refunds").want(200, "Refund of 3.00 USD waits for approval", "Approve and send")
	if !strings.Contains(page.Body.String(), path+"/approve") || !strings.Contains(page.Body.String(), path+"/reject") {
		t.Errorf("the page has no forms: %s", page.Body)
	}
	ben.post(path+"/approve", page.form("amount", "3.00", "reason", " ")...).want(400, "Reason is required")
	ben.post(path+"/approve", page.form("amount", "3.01", "reason", "agreed")...).want(409, "The refund is of 3.00 USD")
	page = ben.get("/console/refunds")
	ben.post(path+"/approve", page.form("amount", "3.00", "reason", "agreed")...).want(303)
	ben.post(path+"/approve", page.form("amount", "3.00", "reason", "agreed")...).want(303) // pressed twice
	ben.get("/console/orders/"+string(o.ID)+"?done=approve").want(200, "The refund was approved and sent", "approved: agreed", "by ben").lacks("/approve")
	ben.get("/console/refunds").want(200).lacks("Waiting for a second operator")
	if got := w.again(o.ID); got.Refunded != 300 || strings.Join(w.purse.calls, ", ") != "refund 3.00" {
		t.Errorf("got %d refunded, the wallet was called %v", got.Refunded, w.purse.calls)
	}
	done := false
	for _, e := range w.audit() {
		done = done || e.Action == string(operator.Approve) && e.Operator == "ben" && e.Outcome == operator.Done &&
			e.Subject == o.ID.RefundID(1) && e.Reason == "agreed" && e.Request != "" && e.App == "shop"
	}
	if !done {
		t.Errorf("the audit log has no approval: %+v", w.audit())
	}
}

func TestASecondOperatorRejectsARefundOnThePageOfItsOrder(t *testing.T) {
	w, _, o := requestedRefund(t)
	ben := w.signedIn("ben", "finance")
	path := "/console/orders/" + string(o.ID)
	ben.post("/console/refunds/"+o.ID.RefundID(1)+"/reject", ben.get(path).form("reason", "not agreed")...).want(303)
	ben.get(path).want(200, "rejected: not agreed", refund.CodeRejected, "4.50 USD is left")
	ben.get("/console/refunds?status=failed").want(200, refund.CodeRejected)
	ben.get("/console/audit").want(200, "Refunds reject", "not agreed")
	if got := w.again(o.ID); got.RefundOpen != 0 || len(w.purse.calls) > 0 {
		t.Errorf("got %d reserved, the wallet was called %v", got.RefundOpen, w.purse.calls)
	}
}

// TestAnOperatorWhoWasDisabledSinceApprovesNothing disables the second operator, and the one
// who requested it.
func TestAnOperatorWhoWasDisabledSinceApprovesNothing(t *testing.T) {
	w, ann, o := requestedRefund(t)
	ben := w.signedIn("ben", "finance")
	form := ben.get("/console/refunds").form("amount", "3.00", "reason", "agreed")
	path := "/console/refunds/" + o.ID.RefundID(1)
	w.disable("ben")
	ben.post(path+"/approve", form...).want(401)
	w.disable("ann")
	ann.post(path+"/approve", form...).want(401)
	if got := w.again(o.ID); !got.Refunds[0].Awaiting() {
		t.Errorf("got %+v", got.Refunds[0])
	}
	w.signedIn("cleo", "finance").post(path+"/approve", form...).want(303)
}

func (w *world) disable(name string) {
	w.Helper()
	o, err := w.operators.Book.Named(w.Context(), name)
	if err == nil {
		_, err = w.operators.Disable(w.Context(), o.ID, "test")
	}
	if err != nil {
		w.Fatal(err)
	}
}

func TestAnOrderThatHasChangedSinceTheFormWasRenderedIsNotRefunded(t *testing.T) {
	w, ann, o := requestedRefund(t)
	ben := w.signedIn("ben", "finance")
	form := ben.get("/console/refunds").form("amount", "3.00", "reason", "agreed")
	path := "/console/orders/" + string(o.ID)
	ann.post(path+"/refund", ann.get(path).form("amount", "1.00", "reason", "more")...).want(303)
	ben.post("/console/refunds/"+o.ID.RefundID(1)+"/approve", form...).want(409, "The order has changed since you read it")
	if len(w.purse.calls) > 0 {
		t.Errorf("the wallet was called %v", w.purse.calls)
	}
}

func TestAnAPIKeyOfTheRequestingOperatorIsNamed(t *testing.T) {
	w := newLimitedWorld(t, 200)
	o := w.paid()
	ctx := engine.WithPerson(context.Background(), bridge.Person{ID: "key_1", Name: "ann"})
	if _, err := w.engine.Refund(ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	w.signedIn("ben", "finance").get("/console/refunds").want(200, "Requested by key_1 of ann", "Approve and send")
	w.signedIn("ann", "finance").get("/console/refunds").want(200, "an API key of yours did").lacks("Approve and send")
}

func TestEveryRefundThatWaitsIsOnThePage(t *testing.T) {
	w := newLimitedWorld(t, 1)
	for range pageSize + 3 {
		o := w.paid()
		if _, err := w.engine.Refund(w.Context(), o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Second)
	}
	got := strings.Count(w.signedIn("ben", "finance").get("/console/refunds").want(200).Body.String(), "Approve and send")
	if got < pageSize {
		t.Errorf("%d forms, want at least %d", got, pageSize)
	}
}
