package scripted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func (w *till) refund(id bridge.OrderID, minor int64, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return w.engine.Refund(w.Context(), id, refund.Request{Amount: usd(minor), Source: bridge.FromMerchant}, once)
}

// wantRefunds checks an order's refunds against the wallet's.
func (w *till) wantRefunds(id bridge.OrderID, refunded, open int64, calls int) {
	w.Helper()
	o := w.order(id)
	if o.Refunded != refunded || o.RefundOpen != open || w.alpha.called("refund") != calls {
		w.Errorf("got %d refunded and %d open after %d calls, want %d, %d, %d", o.Refunded, o.RefundOpen, w.alpha.called("refund"), refunded, open, calls)
	}
}

func TestOneKeyMakesOneRefund(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", lost)
	if _, err := w.refund(o.ID, 300, once("k", "300")); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	w.now = w.now.Add(time.Minute)
	if outcome, err := w.refund(o.ID, 300, once("k", "300")); err != nil || outcome.Answer == nil {
		t.Fatalf("the key again: got %v, want its answer", err)
	}
	w.wantRefunds(o.ID, 300, 0, 1)
	if len(w.order(o.ID).Refunds) != 1 {
		t.Errorf("one key made %d refunds", len(w.order(o.ID).Refunds))
	}
	if _, err := w.refund(o.ID, 200, once("k", "200")); !errors.Is(err, fault.KeyReused) {
		t.Errorf("the key for another refund: got %v, want KeyReused", err)
	}
}

func TestARefundIsNotSentAgainWhileItsWalletMayLag(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", lostBefore)
	_, _ = w.refund(o.ID, 300, once("k", "300"))
	w.now = w.now.Add(lag)
	if _, err := w.refund(o.ID, 300, once("k", "300")); !errors.Is(err, fault.Unknown) {
		t.Errorf("while the wallet may lag: got %v, want Unknown", err)
	}
	w.wantRefunds(o.ID, 0, 300, 1)
	w.now = w.now.Add(lag)
	if _, err := w.refund(o.ID, 300, once("k", "300")); err != nil {
		t.Errorf("when it cannot lag: got %v", err)
	}
	w.wantRefunds(o.ID, 300, 0, 2)
}

func TestARefundIsNotSentAgainWhenNewsOfItCameMeanwhile(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", lost)
	_, _ = w.refund(o.ID, 300, once("k", "300"))
	w.now = w.now.Add(3 * lag)
	queried := lagging
	queried.during = func() {
		made := wallet.Refund{Status: wallet.RefundSucceeded, Amount: usd(300)}
		made.RequestID, made.RefundID = w.order(o.ID).Refunds[0].RequestID, "alpha-r1"
		made.Payment = wallet.Ref{RequestID: o.Payments[0].RequestID}
		if err := w.notifies(false, wallet.Event{ID: "r1", Kind: wallet.RefundEvent, Refund: made}); err != nil {
			t.Errorf("news of the refund: %v", err)
		}
	}
	w.alpha.plan("queryRefund", queried)
	_, _ = w.refund(o.ID, 300, once("k", "300"))
	w.wantRefunds(o.ID, 300, 0, 1)
}

func TestARefusalBesideARepeatDoesNotEndARefund(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	slow := refusedFirst
	slow.during = func() { // the first call hangs until another process has repeated it
		w.alpha.plan("refund", lost)
		w.alpha.plan("queryRefund", lagging)
		w.queryAfter(3 * lag)
	}
	w.alpha.plan("refund", slow)
	_, _ = w.refund(o.ID, 300, nil)
	w.wantRefunds(o.ID, 0, 300, 2)
	w.queryAfter(3 * lag)
	w.wantRefunds(o.ID, 300, 0, 2)
}

func TestAConflictAboutARefundIsARefusalOnlyAfterTheWalletsNo(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", inConflict, inConflict)
	if _, err := w.refund(o.ID, 300, nil); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want Unknown: the refund may have been made", err)
	}
	w.wantRefunds(o.ID, 0, 300, 1)
	w.queryAfter(3 * lag)
	w.wantRefunds(o.ID, 0, 0, 2)
}

func TestARefundUnderWayIsNotRepeated(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", while(func() {
		w.now = w.now.Add(timeout)
		if _, err := w.refund(o.ID, 300, once("k", "300")); !errors.Is(err, fault.Conflict) {
			t.Errorf("the key while its call is under way: got %v, want Conflict", err)
		}
	}))
	if _, err := w.refund(o.ID, 300, once("k", "300")); err != nil {
		t.Fatal(err)
	}
	w.wantRefunds(o.ID, 300, 0, 1)
	if n := w.alpha.called("queryRefund"); n != 0 {
		t.Errorf("the wallet was queried %d times about a refund under way", n)
	}
}

func TestARefundThatFailedAndWasMadeIsFoundLater(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.alpha.plan("refund", answer{executes: true, err: refusedFirst.err})
	if _, err := w.refund(o.ID, 300, nil); !errors.Is(err, fault.Declined) {
		t.Fatalf("got %v, want Declined", err)
	}
	w.wantRefunds(o.ID, 0, 0, 1)
	w.queryAfter(2 * time.Hour)
	w.want(o.ID, wallet.Paid, 1000, bridge.RefundMismatch)
	w.wantRefunds(o.ID, 300, 0, 1)
}

func TestARefundThatCannotBeQueriedIsFlagged(t *testing.T) {
	w := newTill(t)
	o := w.paid()
	w.wallets["alpha"] = w.alpha.mute()
	w.restart()
	w.alpha.plan("refund", lost)
	_, _ = w.refund(o.ID, 300, nil)
	w.queryAfter(time.Minute)
	w.want(o.ID, wallet.Paid, 1000, bridge.RefundUnconfirmed)
	w.wantRefunds(o.ID, 0, 300, 1)
}
