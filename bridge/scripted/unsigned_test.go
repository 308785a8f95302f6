package scripted_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/wallet"
)

// unsigned is an order whose wallet reports how it stands in answers that it does not sign.
func (w *till) unsigned(status wallet.Status) bridge.Order {
	w.Helper()
	o := w.create()
	w.alpha.payments[o.Payments[0].RequestID].Unproven = true
	w.alpha.set(o.Payments[0].RequestID, status)
	return o
}

func TestAnUnsignedAnswerWaitsForTheNotification(t *testing.T) {
	for _, confirm := range []bool{false, true} {
		w := newTill(t)
		o := w.unsigned(wallet.Paid)
		w.refreshed(o.ID)
		w.queryAfter(time.Minute)
		w.want(o.ID, wallet.Pending, 0)
		if err := w.notifies(confirm, news(&o, wallet.Paid)); err != nil {
			t.Errorf("confirm %v: the notification was answered with %v", confirm, err)
		}
		w.want(o.ID, wallet.Paid, 1000)
	}
}

func TestANotificationThatWaitedProvesWhatIsAnsweredLater(t *testing.T) {
	w := newTill(t)
	o := w.unsigned(wallet.Pending)
	_ = w.notifies(true, news(&o, wallet.Paid))
	w.want(o.ID, wallet.Pending, 0)
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.queryAfter(0)
	w.want(o.ID, wallet.Paid, 1000)
	if n := len(w.inbox()); n != 0 {
		t.Errorf("%d notifications are kept after they were applied", n)
	}
}

// TestAnOrderThatOnlyAnUnsignedAnswerCallsPaid neither ends nor is given back: a person
// sees it, and settles it.
func TestAnOrderThatOnlyAnUnsignedAnswerCallsPaid(t *testing.T) {
	w := newTill(t)
	o := w.unsigned(wallet.Paid)
	for range 12 {
		w.queryAfter(15 * time.Minute)
	}
	w.want(o.ID, wallet.Pending, 0, bridge.PaymentUnresolved)
	if n := w.alpha.called("cancel"); n > 0 {
		t.Errorf("the payment was canceled %d times", n)
	}
	_, err := w.engine.Resolve(t.Context(), o.ID, resolution.Decision{
		Attention: bridge.PaymentUnresolved, Outcome: resolution.Paid, Note: "seen at the console", By: "ann", Source: bridge.FromOperator,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Paid, 1000)
}

func TestLateMoneyOfAnUnsignedAnswerIsFlaggedAndSettledByItsNotification(t *testing.T) {
	w := newTill(t)
	o := w.unsigned(wallet.Canceled)
	w.refreshed(o.ID)
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.refreshed(o.ID)
	w.want(o.ID, wallet.Failed, 0, bridge.UnconfirmedNews)
	if err := w.notifies(false, news(&o, wallet.Paid)); err != nil {
		t.Error(err)
	}
	w.want(o.ID, wallet.Paid, 1000, bridge.UnconfirmedNews, bridge.LatePayment)
}
