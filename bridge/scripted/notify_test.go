package scripted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestAFaultOfTheStoreIsNotReportedAsAFaultOfTheWallet(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Invalid, fault.Conflict, fault.Unknown} {
		w := newTill(t)
		o := w.create()
		w.store.failUpdate = fault.New(kind, "test", "The disk is full.")
		if err := w.notifies(false, news(&o, wallet.Paid)); !errors.Is(err, fault.Unavailable) {
			t.Errorf("a commit that fails as %v is answered with %v, want Unavailable", kind, err)
		}
		w.want(o.ID, wallet.Pending, 0)
	}
}

func TestNewsIsNotAcknowledgedWhenItsOrderCannotBeLookedUp(t *testing.T) {
	w := newTill(t)
	o := w.create()
	byID := news(&o, wallet.Paid)
	byID.Payment.RequestID = ""
	w.store.failLookup = fault.New(fault.Unavailable, "test", "The store is down.")
	if err := w.notifies(false, byID); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	if err := w.notifies(false, byID); err != nil {
		t.Errorf("sent again: %v", err)
	}
	w.want(o.ID, wallet.Paid, 1000)
}

func TestTheWorstOutcomeOfSeveralEventsDecidesTheAnswer(t *testing.T) {
	w := newTill(t)
	o := w.create()
	unknown := wallet.Event{ID: "x", Kind: wallet.PaymentEvent, Payment: wallet.Payment{Ref: wallet.Ref{PaymentID: "nobodys"}, Status: wallet.Paid}}
	w.store.failUpdate = fault.New(fault.Unknown, "test", "The disk is full.")
	if err := w.notifies(false, unknown, news(&o, wallet.Paid)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("one kept, then one not stored: got %v, want Unavailable", err)
	}
}

func TestTwoEventsUnderOneIDAreBothKept(t *testing.T) {
	w := newTill(t)
	var events []wallet.Event
	for _, id := range []string{"unknown", "unknown-too"} {
		events = append(events, wallet.Event{ID: "same", Kind: wallet.PaymentEvent, Payment: wallet.Payment{Ref: wallet.Ref{PaymentID: id}, Status: wallet.Paid}})
	}
	if err := w.notifies(false, events...); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want NotFound", err)
	}
	if n := len(w.inbox()); n != 2 {
		t.Errorf("%d of 2 events are kept", n)
	}
}

func TestNewsThatAQueryDoesNotConfirmYetIsKeptAndNotApplied(t *testing.T) {
	w := newTill(t)
	o := w.create()
	if err := w.notifies(true, news(&o, wallet.Paid)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("while the query lags: got %v, want Unavailable", err)
	}
	if at := w.want(o.ID, wallet.Pending, 0).DueAt; at.After(w.now) {
		t.Errorf("the order is due at %v, want now, %v", at, w.now)
	}
	w.queryAfter(0)
	w.want(o.ID, wallet.Pending, 0)
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept, want 1", n)
	}
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.queryAfter(lag + time.Minute)
	w.want(o.ID, wallet.Paid, 1000)
	if n := len(w.inbox()); n != 0 {
		t.Errorf("%d notifications are kept after they were applied", n)
	}
}

func TestNewsThatAQueryContradictsIsKeptUntilTheQueryCannotLag(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.alpha.set(o.Payments[0].RequestID, wallet.Failed)
	if err := w.notifies(true, news(&o, wallet.Paid)); err != nil {
		t.Errorf("got %v, want that it is stored", err)
	}
	w.queryAfter(time.Second)
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept while the query may lag, want 1", n)
	}
	w.queryAfter(lag + time.Minute)
	if n := len(w.inbox()); n != 0 {
		t.Errorf("%d notifications are kept when the query cannot lag any more", n)
	}
	w.want(o.ID, wallet.Failed, 0)
}

func TestNewsThatNoQueryCanConfirmIsKeptAndFlagged(t *testing.T) {
	w := newTill(t)
	w.wallets["alpha"] = w.alpha.mute()
	w.restart()
	o := w.create()
	if err := w.notifies(true, news(&o, wallet.Paid)); err != nil {
		t.Errorf("got %v, want that it is stored", err)
	}
	w.want(o.ID, wallet.Pending, 0, bridge.UnconfirmedNews)
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept, want 1", n)
	}
}

func TestNewsOfAPaymentThatItsOrderDoesNotHaveIsKeptAndFlagged(t *testing.T) {
	w := newTill(t)
	o := w.create()
	second := news(&o, wallet.Paid)
	second.Payment.RequestID = o.Payments[0].RequestID[:len(o.Payments[0].RequestID)-1] + "2"
	second.Payment.PaymentID = "alpha-9"
	if err := w.notifies(false, second); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want NotFound", err)
	}
	w.want(o.ID, wallet.Pending, 0, bridge.UnknownPayment)
	w.queryAfter(time.Minute)
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept after a status query, want 1", n)
	}
}

func TestARefundThatMayBeOursIsKeptUntilThatIsKnown(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", lost)
	_, _ = w.refund(o.ID, 300, nil)
	reported := wallet.Refund{Status: wallet.RefundSucceeded, Amount: usd(300)}
	reported.RefundID, reported.Payment = "alpha-r1", wallet.Ref{RequestID: o.Payments[0].RequestID}
	if err := w.notifies(false, wallet.Event{ID: "r1", Kind: wallet.RefundEvent, Refund: reported}); err != nil {
		t.Errorf("got %v, want that it is stored", err)
	}
	if n := len(w.inbox()); n != 1 {
		t.Errorf("%d notifications are kept, want 1", n)
	}
	w.queryAfter(3 * lag)
	w.want(o.ID, wallet.Paid, 1000)
	w.wantRefunds(o.ID, 300, 0, 1)
}

func TestNewsThatWasNotConfirmedMakesItsOrderDue(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.queryAfter(time.Minute)
	lie := news(&o, wallet.Paid)
	lie.Payment.Amount = usd(1)
	if err := w.notifies(false, lie); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want Invalid", err)
	}
	if at := w.want(o.ID, wallet.Pending, 0, bridge.AmountMismatch).DueAt; at.After(w.now) {
		t.Errorf("the order is due at %v, want now, %v", at, w.now)
	}
}

// byIDAlone is news of a payment under the id that alpha is about to give it.
func byIDAlone(status wallet.Status) wallet.Event {
	return wallet.Event{ID: "early", Kind: wallet.PaymentEvent, Payment: wallet.Payment{
		Ref: wallet.Ref{PaymentID: "alpha-1"}, Status: status, Amount: usd(1000),
	}}
}

func TestNewsByTheWalletsIDThatIsQuickerThanTheAnswerIsApplied(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", while(func() {
		if err := w.notifies(false, byIDAlone(wallet.Paid)); !errors.Is(err, fault.NotFound) {
			t.Errorf("got %v, want NotFound: it is kept", err)
		}
	}))
	o := w.create()
	w.queryAfter(time.Minute)
	w.want(o.ID, wallet.Paid, 1000)
	if n := len(w.inbox()); n != 0 {
		t.Errorf("%d notifications are kept after they were applied", n)
	}
}

func TestNewsThatTheAnswerOvertookMakesItsOrderDue(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.store.failLookup = fault.New(fault.NotFound, "test", "The answer is not committed yet.")
	if err := w.notifies(false, byIDAlone(wallet.Paid)); err != nil && !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want that it is kept", err)
	}
	if at := w.order(o.ID).DueAt; at.After(w.now) {
		t.Errorf("the order is due at %v, want now, %v", at, w.now)
	}
}
