package scripted_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// expiry is longer than an order of these tests may be paid.
const expiry = 16 * time.Minute

func TestAPaymentThatWasNotifiedAsPaidIsNotClosed(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.now = w.now.Add(expiry)
	if err := w.notifies(true, news(&o, wallet.Paid)); err == nil {
		t.Error("the news was acknowledged before the wallet bore it out")
	}
	w.queryAfter(time.Second)
	if n := w.alpha.called("cancel"); n != 0 {
		t.Errorf("the wallet was called %d times to close a payment that it has notified as paid", n)
	}
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.queryAfter(lag + time.Minute)
	if o := w.order(o.ID); o.Paid != 1000 {
		t.Errorf("got %d paid, want 1000", o.Paid)
	}
}

func TestAPaymentThatWasNotifiedAsPaidDoesNotExpire(t *testing.T) {
	w := newTill(t)
	w.wallets["alpha"] = w.alpha.withoutCancel()
	w.restart()
	o := w.create()
	w.now = w.now.Add(expiry)
	_ = w.notifies(true, news(&o, wallet.Paid))
	w.queryAfter(time.Second)
	w.want(o.ID, wallet.Pending, 0)
}

func TestAPaymentThatItsWalletCannotCloseExpiresWithItsOrder(t *testing.T) {
	w := newTill(t)
	w.wallets["alpha"] = w.alpha.withoutCancel()
	w.restart()
	o := w.create()
	w.queryAfter(expiry)
	w.want(o.ID, wallet.Expired, 0)
}

func TestAPaymentThatItsWalletHasNotClosedStaysOpen(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.now = w.now.Add(expiry)
	w.alpha.plan("cancel", answer{}, lostBefore)
	w.queryAfter(time.Second)
	w.want(o.ID, wallet.Pending, 0)
}

func TestAPaymentThatItsWalletDoesNotKnowYetStaysOpen(t *testing.T) {
	w := newTill(t)
	w.now = w.now.Add(time.Second)
	req := request()
	req.Expiry = time.Minute
	w.alpha.plan("create", lostBefore)
	outcome, _ := w.engine.CreateOrder(w.Context(), req, nil)
	id := outcome.Subject.ID
	w.queryAfter(2 * time.Minute)
	w.want(id, wallet.Created, 0)
	w.queryAfter(2 * lag)
	w.want(id, wallet.Expired, 0)
}

func TestAnOrderWhoseWalletIsDownDoesNotEnd(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.alpha.plan("query", lostBefore, lostBefore, lostBefore)
	w.now = w.now.Add(expiry)
	for range 3 {
		_, _ = w.engine.RunOnce(w.Context())
		w.now = w.now.Add(8 * time.Hour)
	}
	if o := w.order(o.ID); o.Status != wallet.Pending || w.alpha.called("query") != 3 {
		t.Errorf("the order is %s after %d questions that its wallet did not answer, want pending after 3", o.Status, w.alpha.called("query"))
	}
}

func TestKeptNewsIsDeletedOnlyOnceItWasApplied(t *testing.T) {
	w := newTill(t)
	o := w.create()
	_ = w.notifies(true, news(&o, wallet.Paid))
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.store.beforeUpdate = func() { w.store.failUpdate = fault.New(fault.Unavailable, "test", "The store is down.") }
	if _, err := w.engine.Refresh(w.Context(), o.ID); err == nil {
		t.Fatal("the store did not fail")
	}
	w.want(o.ID, wallet.Pending, 0)
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept though none was applied, want 1", n)
	}
}

func TestAPaymentThatFailedAndWasPaidIsFoundLater(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", answer{executes: true, err: refusedFirst.err})
	o := w.create()
	w.want(o.ID, wallet.Failed, 0)
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.queryAfter(2 * time.Hour)
	w.want(o.ID, wallet.Paid, 1000, bridge.LatePayment)
}

func TestAStatusQueryFlagsWhatIsOpenForTooLong(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.alpha.plan("cancel", answer{}, answer{}, answer{}, answer{})
	w.queryAfter(expiry)
	w.queryAfter(7 * time.Hour)
	w.want(o.ID, wallet.Pending, 0, bridge.PaymentUnresolved)
}

func TestAPanicInAStatusQueryEndsNothingElse(t *testing.T) {
	w := newTill(t)
	o, other := w.create(), w.create()
	w.alpha.set(other.Payments[0].RequestID, wallet.Paid)
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.alpha.plan("query", answer{during: func() { panic("a mistake of ours") }})
	w.queryAfter(time.Minute)
	flagged, paid := 0, 0
	for _, id := range []bridge.OrderID{o.ID, other.ID} {
		o := w.order(id)
		switch join(o.Attention()) {
		case string(bridge.InternalError):
			flagged++
		case "":
			paid += int(o.Paid)
		}
	}
	if flagged != 1 || paid != 1000 {
		t.Errorf("got %d orders flagged and %d paid by the other, want 1 and 1000", flagged, paid)
	}
}

func TestNewsMakesStatusQueriesQuickAgain(t *testing.T) {
	w := newTill(t)
	o := w.create()
	for range 6 {
		w.queryAfter(2 * time.Minute)
	}
	slow := w.order(o.ID)
	renamed := news(&o, wallet.Pending)
	renamed.Payment.PaymentID = "alpha-renamed"
	if err := w.notifies(false, renamed); err != nil {
		t.Fatal(err)
	}
	if quick := w.order(o.ID); slow.IdleQueries < 5 || quick.IdleQueries != 0 || quick.DueAt.Sub(w.now) > 10*time.Second {
		t.Errorf("after %d queries and news the count is %d and the next in %v, want 0 and some seconds", slow.IdleQueries, quick.IdleQueries, quick.DueAt.Sub(w.now))
	}
}

func TestAnOrderIsQueriedSoonAfterACallWithoutNews(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", lost)
	o := w.create()
	if at := w.order(o.ID).DueAt; at.Sub(w.now) > timeout {
		t.Errorf("the next status query is in %v, want one in some seconds, since the outcome is open", at.Sub(w.now))
	}
}
