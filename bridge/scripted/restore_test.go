package scripted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// restored marks the store as a copy from a backup and begins a new process.
func (w *till) restored() {
	w.Helper()
	if _, err := w.store.MarkRestored(w.Context(), w.now, w.now.Add(-24*time.Hour)); err != nil {
		w.Fatal(err)
	}
	w.restart()
}

func TestARestoredStoreHoldsRefundsUntilEveryOrderWasQueried(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.restored()
	if _, err := w.refund(o.ID, 300, nil); !errors.Is(err, fault.Conflict) {
		t.Errorf("a refund: got %v, want Conflict", err)
	}
	w.alpha.plan("query", lostBefore)
	w.queryAfter(0)
	if _, err := w.engine.LiftRestoration(w.Context(), "ann", "queried"); !errors.Is(err, fault.Conflict) {
		t.Errorf("lifted after a status query that no wallet answered: got %v, want Conflict", err)
	}
	w.queryAfter(time.Minute)
	if _, err := w.engine.LiftRestoration(w.Context(), "ann", ""); !errors.Is(err, fault.Invalid) {
		t.Errorf("lifted without a note: got %v, want Invalid", err)
	}
	if _, err := w.engine.LiftRestoration(w.Context(), "ann", "queried"); err != nil {
		t.Fatalf("lifted after a status query: %v", err)
	}
	if _, err := w.refund(o.ID, 300, nil); err != nil {
		t.Errorf("a refund when that was lifted: %v", err)
	}
	w.wantRefunds(o.ID, 300, 0, 1)
}

func TestARestoredStoreRepeatsNoRefund(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", lostBefore)
	_, _ = w.refund(o.ID, 300, nil)
	w.restored()
	for range 3 {
		w.queryAfter(3 * lag)
	}
	w.wantRefunds(o.ID, 0, 300, 1)
}

func TestARestoredStoreNumbersItsRequestsApart(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	_, _ = w.refund(o.ID, 300, nil)
	first := w.order(o.ID).Refunds[0].RequestID
	w.restored()
	w.queryAfter(0)
	if _, err := w.engine.LiftRestoration(w.Context(), "ann", "queried"); err != nil {
		t.Fatal(err)
	}
	_, _ = w.refund(o.ID, 300, nil)
	second := w.order(o.ID).Refunds[1].RequestID
	if second[:len(first)-1] != first[:len(first)-1] || len(second) != len(first)+1 {
		t.Errorf("after the restore the request is %s, before %s; want a letter more, since 2 may have been used", second, first)
	}
	other := w.create()
	if id := other.Payments[0].RequestID; len(id) != len(first)+1 {
		t.Errorf("a new order's request is %s, want the restore's letter in it", id)
	}
}

func TestAPaidPaymentIsQueriedAfterARestore(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.restored()
	w.alpha.set(o.Payments[0].RequestID, wallet.Canceled)
	w.queryAfter(0)
	w.want(o.ID, wallet.Paid, 1000, bridge.PaymentReversed)
}
