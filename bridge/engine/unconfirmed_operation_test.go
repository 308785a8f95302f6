package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// A partial capture was executed, its answer lost, and the repeat refused: the amount was
// forgotten, and the whole sum was booked when the query answered paid without naming one.
func TestARefusedRepeatOfAPartialCaptureKeepsItsAmount(t *testing.T) {
	w := newWorld(t, holding)
	h, calls := w.hook("sandbox"), 0
	h.onCapture = func(_ wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Payment{}, refusal()
	}
	summed := false
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if !summed {
			got.Captured = wallet.Money{}
		}
		return got, err
	}
	o := w.held()
	_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, nil)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(8, time.Minute)
	if calls < 2 {
		t.Errorf("the capture was sent %d times, want again, to learn the sum", calls)
	}
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Payments[0].Operation == nil || got.Payments[0].Operation.Amount != 300 {
		t.Errorf("the open capture is %+v, want one of 300", got.Payments[0].Operation)
	}
	summed = true
	w.queryInSteps(2, 10*time.Minute)
	if got := w.order(o.ID); got.Status != wallet.Paid || got.Paid != 300 {
		t.Errorf("got %s with %d paid, want paid with 300", got.Status, got.Paid)
	}
	w.sameBooks()
}

// A wallet whose inquiry names the captured sum as the amount: the partial capture whose
// answer was lost never ended, and void, refund and capture were refused meanwhile. The
// answer to our own capture with exactly our sum settles it, whatever the status query named.
func TestAPartialCaptureEndsAtAWalletThatNamesTheCapturedSumAsTheAmount(t *testing.T) {
	w := newWorld(t, holding)
	h, calls := w.hook("sandbox"), 0
	h.onCapture = func(_ wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return next()
	}
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if got.Status == wallet.Paid {
			got.Amount, got.Captured = got.Captured, wallet.Money{}
		}
		return got, err
	}
	o := w.held()
	_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, nil)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(3, time.Minute)
	w.want(o.ID, wallet.Paid, 300, "")
	if _, err := w.refund(&o, 300); err != nil {
		t.Errorf("the refund of what was captured: %v", err)
	}
	w.sameBooks()
}

// The same where the inquiry names no sum at all: only the answer to our own capture
// tells, and the repeat of it is made under the same id.
func TestTheAnswerToOurOwnCaptureSettlesIt(t *testing.T) {
	w := newWorld(t, holding)
	h := w.hook("sandbox")
	var requests []wallet.CaptureRequest
	h.onCapture = func(req wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if requests = append(requests, req); len(requests) == 1 {
			return lost(next)
		}
		return next()
	}
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		got.Captured = wallet.Money{}
		return got, err
	}
	o := w.held()
	_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, nil)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(3, time.Minute)
	w.want(o.ID, wallet.Paid, 300, "")
	if len(requests) != 2 || requests[0].RequestID != requests[1].RequestID || requests[0].Amount != requests[1].Amount {
		t.Errorf("the wallet was called with %+v, want the same capture twice", requests)
	}
	w.sameBooks()
}

// A void was executed, its answer lost, and the repeat refused: the hold was taken for
// still there.
func TestARefusedRepeatOfAVoidDoesNotEndIt(t *testing.T) {
	w := newWorld(t, holding)
	h, calls := w.hook("sandbox"), 0
	h.onVoid = func(_ wallet.VoidRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Payment{}, refusal()
	}
	lagging := true
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if lagging && got.Status == wallet.Voided {
			got.Status = wallet.Authorized
		}
		return got, err
	}
	o := w.held()
	_, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil)
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryInSteps(3, 12*time.Second)
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Payments[0].Operation == nil || calls != 1 {
		t.Errorf("after %d calls the void is %v, want it open after one", calls, got.Payments[0].Operation)
	}
	lagging = false
	w.queryInSteps(3, time.Minute)
	w.want(o.ID, wallet.Voided, 0, "")
}

// A refused capture or void was kept as if it were open: every other operation on the
// held money was refused from then on.
func TestARefusedOperationDoesNotBlockTheNext(t *testing.T) {
	w := newWorld(t, holding)
	h, calls := w.hook("sandbox"), 0
	h.onVoid = func(wallet.VoidRequest, func() (wallet.Payment, error)) (wallet.Payment, error) {
		calls++
		return wallet.Payment{}, refusal()
	}
	o := w.held()
	_, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil)
	w.wantKind("the void", err, fault.Declined)
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Payments[0].Operation != nil || got.Payments[0].Code != "AMOUNT_EXCEEDED" {
		t.Errorf("got operation %+v and code %q, want none and the wallet's code", got.Payments[0].Operation, got.Payments[0].Code)
	}
	if _, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil); err != nil {
		t.Errorf("a capture after the refused void: %v", err)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}
