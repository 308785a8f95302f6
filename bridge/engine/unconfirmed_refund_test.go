package engine_test

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

// A refund was executed, its answer lost, and a replica answered that it does not exist. The
// repeat was refused, since the amount was gone, and the refund ended as failed: the next
// refund paid again.
func TestARefusedRepeatOfARefundDoesNotEndIt(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Refund{}, refusal()
	}
	lagging := true
	h.onQueryRefund = func(_ wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if lagging {
			return wallet.Refund{}, absent()
		}
		return next()
	}
	o := w.paid()
	_, err := w.refund(&o, 450)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(3, 13*time.Second) // within the time in which the wallet may lag
	w.wantRefunds(o.ID, 0, 450)
	if _, err := w.refund(&o, 450); err == nil {
		t.Error("the same money was given back again")
	}
	lagging = false
	w.queryInSteps(5, time.Minute)
	w.wantRefunds(o.ID, 450, 0)
	w.sameBooks()
}

// The same by the client's own retry under its key: the wallet is queried first, and no
// repeat is sent while it may lag.
func TestTheRetryOfARefundUnderItsKeyQueriesTheWalletFirst(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Refund{}, refusal()
	}
	lagging := true
	h.onQueryRefund = func(_ wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if lagging {
			return wallet.Refund{}, absent()
		}
		return next()
	}
	o := w.paid()
	retry := func() (idempotency.Outcome[bridge.Order], error) {
		return w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(450), Source: bridge.FromMerchant}, keyed("k"))
	}
	_, err := retry()
	w.wantKind("the first request", err, fault.Unknown)
	_, err = retry()
	w.wantKind("a retry while the call may be under way", err, fault.Conflict)
	w.clock.Advance(13 * time.Second)
	_, err = retry()
	w.wantKind("a retry while the wallet may lag", err, fault.Unknown)
	w.wantRefunds(o.ID, 0, 450)
	lagging = false
	outcome, err := retry()
	if err != nil || outcome.Answer == nil || outcome.Answer.Status != 200 {
		t.Errorf("a retry that the wallet bears out: got %+v, %v; want the answer of a refund that was made", outcome.Answer, err)
	}
	w.wantRefunds(o.ID, 450, 0)
	if calls != 1 {
		t.Errorf("the wallet was sent the refund %d times, want once", calls)
	}
	w.sameBooks()
}

// A wallet without a refund query leaves the repeat to a person: the client's
// retry, too, sends nothing.
func TestTheRetryOfARefundThatCannotBeConfirmedSendsNothing(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Refund{}, refusal()
	}
	o := w.paid()
	w.config.Wallets["sandbox"] = mute{h}
	w.restart()
	for range 4 {
		_, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(450), Source: bridge.FromMerchant}, keyed("k"))
		if err == nil {
			t.Error("a refund of unknown outcome was answered as if it were known")
		}
		w.queryAfter(time.Minute)
	}
	if calls != 1 {
		t.Errorf("the wallet was sent the refund %d times, want once", calls)
	}
	w.wantRefunds(o.ID, 0, 450)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundUnconfirmed)
}

// A wallet lagged for longer than it declares: its refusal of the repeat ended the refund for
// ever, though the money had gone back. What failed is queried again, and money that is
// found is booked and flagged.
func TestARefundThatFailedIsQueriedAgain(t *testing.T) {
	w := newWorld(t)
	h, calls, hidden := w.hook("sandbox"), 0, true
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Refund{}, refusal()
	}
	h.onQueryRefund = func(_ wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if hidden {
			return wallet.Refund{}, absent()
		}
		return next()
	}
	o := w.paid()
	_, err := w.refund(&o, 200)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(10, time.Minute)
	if got := w.wantRefunds(o.ID, 0, 0); got.Refunds[0].Status != wallet.RefundFailed || got.DueAt.IsZero() {
		t.Fatalf("got a refund that is %s and due at %v, want failed and another status query", got.Refunds[0].Status, got.DueAt)
	}
	hidden = false
	w.queryInSteps(3, 2*time.Hour)
	w.wantRefunds(o.ID, 200, 0)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundMismatch)
	w.sameBooks()
}

// A refund was under way for longer than 5 s when a status query, due by another refund's commit,
// learned that the wallet does not have it: it was ended as failed, and its sum could be
// refunded again.
func TestAStatusQueryBesideARefundUnderWayDoesNotEndIt(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	begun, release := make(chan struct{}), make(chan struct{})
	calls := 0
	h.onRefund = func(req wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if req.Amount != usd(200) {
			return next()
		}
		if calls++; calls > 1 {
			return wallet.Refund{}, refusal()
		}
		close(begun)
		<-release
		return next()
	}
	o := w.paid()
	done := make(chan error)
	go func() {
		_, err := w.refund(&o, 200)
		done <- err
	}()
	<-begun
	if _, err := w.refund(&o, 100); err != nil {
		t.Fatal(err)
	}
	w.queryInSteps(3, 6*time.Second) // beyond the first status query and the call's own time
	w.wantRefunds(o.ID, 100, 200)
	if _, err := w.refund(&o, 250); !errors.Is(err, fault.Invalid) {
		t.Errorf("what is on its way was refunded again: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.wantRefunds(o.ID, 300, 0)
	w.sameBooks()
}

// A process died between the reserve of a refund and the wallet's answer. The reserve had
// no due date, so no status query was ever sent.
func TestARefundWhoseProcessDiedIsQueried(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	died := errors.New("the process died on this line")
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		h.onRefund = nil
		if _, err := next(); err != nil {
			return wallet.Refund{}, err
		}
		panic(died)
	}
	o := w.paid()
	func() {
		defer func() {
			if recover() != died {
				t.Fatal("the engine did not reach the wallet")
			}
		}()
		_, _ = w.refund(&o, 200)
	}()
	w.restart()
	if got := w.wantRefunds(o.ID, 0, 200); got.DueAt.IsZero() {
		t.Fatal("the refund is due at no time")
	}
	w.queryInSteps(3, time.Minute)
	w.wantRefunds(o.ID, 200, 0)
	w.sameBooks()
}

// A wallet says "nothing" about fresh refunds. Its adapter can tell only when it is given
// when the refund was requested; and a first status query must not come before the call can have
// ended.
func TestAWalletReceivesTheTimeOfTheRefundRequest(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		return lost(next)
	}
	var looked []time.Duration
	start := w.clock.Now()
	h.onQueryRefund = func(ref wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if !ref.LastSentAt.Equal(start) {
			t.Errorf("the wallet received %v as the time of the refund request, want %v", ref.LastSentAt, start)
		}
		looked = append(looked, w.clock.Now().Sub(start))
		return wallet.Refund{}, absent()
	}
	o := w.paid()
	_, err := w.refund(&o, 200)
	w.wantKind("the lost answer", err, fault.Unknown)
	for range 30 {
		w.queryAfter(time.Second)
	}
	if len(looked) == 0 || looked[0] < 5*time.Second*4/5 {
		t.Errorf("the status queries came after %v, want the first no earlier than the schedule's", looked)
	}
	w.wantRefunds(o.ID, 0, 200)
}

// An answer that names another refund or payment was taken for one about that: what was
// requested stayed open for ever, and the other was booked.
func TestTheAnswerToARefundIsAboutTheRequestedRefund(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	other := w.paid()
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		got, err := next()
		got.RequestID = "ANOTHER"
		got.Payment = wallet.Ref{RequestID: other.Payments[0].RequestID, PaymentID: other.Payments[0].WalletPaymentID}
		return got, err
	}
	o := w.paid()
	if _, err := w.refund(&o, 200); err != nil {
		t.Fatal(err)
	}
	w.wantRefunds(o.ID, 200, 0)
	w.wantRefunds(other.ID, 0, 0)
	w.want(o.ID, wallet.Paid, 450, "")
}
