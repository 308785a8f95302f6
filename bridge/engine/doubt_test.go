package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// A refund was executed, its answer lost, and a replica said that it does not exist. The
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
	w.looks(3, 13*time.Second) // within the time in which the wallet may lag
	w.wantRefunds(o.ID, 0, 450)
	if _, err := w.refund(&o, 450); err == nil {
		t.Error("the same money was given back again")
	}
	lagging = false
	w.looks(5, time.Minute)
	w.wantRefunds(o.ID, 450, 0)
	w.sameBooks()
}

// The same by the client's own retry under its key: the wallet is asked first, and no
// repeat is sent while it may lag.
func TestTheRetryOfARefundUnderItsKeyAsksTheWalletFirst(t *testing.T) {
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
	retry := func() (bridge.Outcome[bridge.Order], error) {
		return w.engine.Refund(w.ctx, o.ID, bridge.RefundRequest{Amount: usd(450), Source: bridge.FromMerchant}, keyed("k"))
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

// A wallet that cannot be asked about refunds leaves the repeat to a person: the client's
// retry, too, sends nothing.
func TestTheRetryOfARefundThatNobodyCanConfirmSendsNothing(t *testing.T) {
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
		_, err := w.engine.Refund(w.ctx, o.ID, bridge.RefundRequest{Amount: usd(450), Source: bridge.FromMerchant}, keyed("k"))
		if err == nil {
			t.Error("a refund of unknown outcome was answered as if it were known")
		}
		w.looked(time.Minute)
	}
	if calls != 1 {
		t.Errorf("the wallet was sent the refund %d times, want once", calls)
	}
	w.wantRefunds(o.ID, 0, 450)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundUnconfirmed)
}

// A wallet lagged for longer than it says: its refusal of the repeat ended the refund for
// ever, though the money had gone back. What failed is looked at again, and money that is
// found is booked and flagged.
func TestARefundThatFailedIsLookedAtAgain(t *testing.T) {
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
	w.looks(10, time.Minute)
	if got := w.wantRefunds(o.ID, 0, 0); got.Refunds[0].Status != wallet.RefundFailed || got.DueAt.IsZero() {
		t.Fatalf("got a refund that is %s and due at %v, want failed and another look", got.Refunds[0].Status, got.DueAt)
	}
	hidden = false
	w.looks(3, 2*time.Hour)
	w.wantRefunds(o.ID, 200, 0)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundMismatch)
	w.sameBooks()
}

// A wallet refused the first and only request for a payment, and had opened it all the
// same: what failed is looked at again, and money that is found is booked and flagged.
func TestAPaymentThatFailedIsLookedAtAgain(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if _, err := next(); err != nil {
			return wallet.Payment{}, err
		}
		return wallet.Payment{}, refusal()
	}
	outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	w.wantKind("the order", err, fault.Declined)
	o := w.want(outcome.Subject.ID, wallet.Failed, 0, "")
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
	w.pays(o, "pay")
	w.delivered()
	w.looks(2, time.Hour)
	w.want(o.ID, wallet.Paid, 450, bridge.LatePayment)
	w.sameBooks()
}

// A payment was opened, its answer lost, and a replica said that it does not exist. The
// repeat was refused, the payment failed, a second one was opened, and both were paid.
func TestARefusedRepeatOfAPaymentDoesNotEndIt(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Payment{}, refusal()
	}
	lagging := true
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if lagging {
			return wallet.Payment{}, absent()
		}
		return next()
	}
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	w.wantKind("the lost answer", err, fault.Unknown)
	_, err = w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	w.wantKind("the refused repeat", err, fault.Unknown)
	claim, err := w.store.HeldClaim(w.ctx, "shop guest-1", "k")
	if err != nil {
		t.Fatal(err)
	}
	id := bridge.OrderID(claim.Subject)
	w.want(id, wallet.Created, 0, "")
	h.onCancel = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, absent()
	}
	for _, name := range []string{"sandbox", "second"} {
		if _, err = w.engine.Pay(w.ctx, id, bridge.PayRequest{Wallet: name, Source: bridge.FromClient}, nil); err == nil {
			t.Errorf("a second payment was opened at %s beside one whose outcome is unknown", name)
		}
	}
	lagging = false
	w.looks(2, time.Minute)
	o := w.order(id)
	if len(o.Payments) != 1 || len(w.provider.Payments()) != 1 {
		t.Errorf("got %d payments here and %d there, want one", len(o.Payments), len(w.provider.Payments()))
	}
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

// The same when a query has already said that the first payment is open: its action is
// not known, so it is asked for again, and the refusal of that ended it.
func TestARefusedRepeatOfAPaymentThatIsKnownToBeOpenDoesNotEndIt(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if calls++; calls == 1 {
			return lost(next)
		}
		return wallet.Payment{}, refusal()
	}
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		got.Action = nil // its queries do not tell where to pay
		return got, err
	}
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	w.wantKind("the lost answer", err, fault.Unknown)
	w.looked(time.Minute)
	claim, err := w.store.HeldClaim(w.ctx, "shop guest-1", "k")
	if err != nil {
		t.Fatal(err)
	}
	id := bridge.OrderID(claim.Subject)
	w.want(id, wallet.Pending, 0, "")
	_, err = w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	w.wantKind("the refused repeat", err, fault.Unknown)
	w.want(id, wallet.Pending, 0, "")
	if calls != 2 {
		t.Errorf("the payment was asked for %d times, want twice", calls)
	}
	w.pays(w.order(id), "pay")
	w.delivered()
	w.want(id, wallet.Paid, 450, "")
}

// A refusal of the first and only call is final; NotFound is no refusal. It was taken for
// one, and the payment, refund or capture ended though the wallet had it.
func TestNotFoundIsNotARefusal(t *testing.T) {
	notFound := func(next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if _, err := next(); err != nil {
			return wallet.Payment{}, err
		}
		return wallet.Payment{}, absent()
	}
	t.Run("create", func(t *testing.T) {
		w := newWorld(t)
		h := w.hook("sandbox")
		h.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
			return notFound(next)
		}
		outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
		w.wantKind("the order", err, fault.Unknown)
		w.looked(time.Minute)
		w.want(outcome.Subject.ID, wallet.Pending, 0, "")
	})
	t.Run("capture", func(t *testing.T) {
		w := newWorld(t, holding)
		h := w.hook("sandbox")
		h.onCapture = func(_ wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
			return notFound(next)
		}
		o := w.held()
		_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil)
		w.wantKind("the capture", err, fault.Unknown)
		w.looks(2, time.Minute)
		w.want(o.ID, wallet.Paid, 450, "")
	})
	t.Run("refund", func(t *testing.T) {
		w := newWorld(t)
		h := w.hook("sandbox")
		h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
			if _, err := next(); err != nil {
				return wallet.Refund{}, err
			}
			return wallet.Refund{}, absent()
		}
		o := w.paid()
		_, err := w.refund(&o, 100)
		w.wantKind("the refund", err, fault.Unknown)
		w.wantRefunds(o.ID, 0, 100)
		w.looks(2, time.Minute)
		w.wantRefunds(o.ID, 100, 0)
	})
}

// A partial capture was executed, its answer lost, and the repeat refused: the amount was
// forgotten, and the whole sum was booked when the query said paid without naming one.
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
	w.looks(8, time.Minute)
	if calls < 2 {
		t.Errorf("the capture was sent %d times, want again, to learn the sum", calls)
	}
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Payments[0].Operation == nil || got.Payments[0].Operation.Amount != 300 {
		t.Errorf("the open capture is %+v, want one of 300", got.Payments[0].Operation)
	}
	summed = true
	w.looks(2, 10*time.Minute)
	if got := w.order(o.ID); got.Status != wallet.Paid || got.Paid != 300 {
		t.Errorf("got %s with %d paid, want paid with 300", got.Status, got.Paid)
	}
	w.sameBooks()
}

// A wallet whose inquiry names the captured sum as the amount: the partial capture whose
// answer was lost never ended, and void, refund and capture were refused meanwhile. The
// answer to our own capture with exactly our sum settles it, whatever the look named.
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
	w.looks(3, time.Minute)
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
	var asked []wallet.CaptureRequest
	h.onCapture = func(req wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if asked = append(asked, req); len(asked) == 1 {
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
	w.looks(3, time.Minute)
	w.want(o.ID, wallet.Paid, 300, "")
	if len(asked) != 2 || asked[0].RequestID != asked[1].RequestID || asked[0].Amount != asked[1].Amount {
		t.Errorf("the wallet was asked for %+v, want the same capture twice", asked)
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
	w.looks(3, 12*time.Second)
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Payments[0].Operation == nil || calls != 1 {
		t.Errorf("after %d calls the void is %v, want it open after one", calls, got.Payments[0].Operation)
	}
	lagging = false
	w.looks(3, time.Minute)
	w.want(o.ID, wallet.Voided, 0, "")
}

// A refused capture or void was kept as if it were open: every other operation on the
// held money was refused from then on.
func TestARefusedOperationIsForgotten(t *testing.T) {
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

// A refund was under way for longer than 5 s when a look, due by another refund's commit,
// heard that the wallet does not have it: it was ended as failed, and its sum could be
// refunded again.
func TestALookBesideARefundUnderWayDoesNotEndIt(t *testing.T) {
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
	w.looks(3, 6*time.Second) // beyond the first look and the call's own time
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

// A look while a capture or a payment is under way neither ends nor completes anything:
// what the wallet says then may be old when the call has ended.
func TestALookBesideACallUnderWayNeitherEndsNorRepeatsIt(t *testing.T) {
	t.Run("capture", func(t *testing.T) {
		w := newWorld(t, holding)
		h := w.hook("sandbox")
		begun, release, calls := make(chan struct{}), make(chan struct{}), 0
		h.onCapture = func(_ wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
			got, err := next()
			if calls++; calls == 1 {
				close(begun)
				<-release
			}
			return got, err
		}
		h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
			got, err := next()
			got.Captured = wallet.Money{} // only the answer to the capture tells the sum
			return got, err
		}
		o := w.held()
		done := make(chan error)
		go func() {
			_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, nil)
			done <- err
		}()
		<-begun
		w.clock.Advance(4 * time.Second)
		w.tellPayment("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "PAID", "e-sumless")
		if n := w.looked(0); n == 0 { // news that names no sum makes it due at once
			t.Error("the order was not looked at")
		}
		if got := w.order(o.ID); got.Payments[0].Operation == nil || calls != 1 {
			t.Errorf("after %d calls the capture is %v, want it open after one", calls, got.Payments[0].Operation)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.want(o.ID, wallet.Paid, 300, "")
		w.sameBooks()
	})
	t.Run("create, past the order's time", func(t *testing.T) {
		w := newWorld(t)
		h := w.hook("sandbox")
		h.confirms = true
		begun, release := make(chan string), make(chan struct{})
		h.onCreate = func(req wallet.PaymentRequest, _ func() (wallet.Payment, error)) (wallet.Payment, error) {
			req.ExpiresAt = time.Time{} // the wallet does not end it by itself
			got, err := h.Wallet.CreatePayment(w.ctx, req)
			begun <- got.PaymentID
			<-release
			return got, err
		}
		req := oneLatte()
		req.Expiry = 3 * time.Second
		done := make(chan error)
		go func() {
			_, err := w.engine.CreateOrder(w.ctx, req, once("k"))
			done <- err
		}()
		paymentID := <-begun
		claim, err := w.store.HeldClaim(w.ctx, "shop guest-1", "k")
		if err != nil {
			t.Fatal(err)
		}
		id := bridge.OrderID(claim.Subject)
		w.clock.Advance(6 * time.Second)
		w.tellPayment("sandbox", paymentID, w.order(id).Payments[0].RequestID, "FAILED", "e-early")
		if n := w.looked(0); n == 0 { // news that has to be confirmed makes it due at once
			t.Error("the order was not looked at")
		}
		if got := w.order(id); got.Final() || w.called("/v1/payments/cancel") != 0 {
			t.Errorf("the order is %s after %d cancels, want open, and none", got.Status, w.called("/v1/payments/cancel"))
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.want(id, wallet.Pending, 0, "")
		w.looks(4, time.Minute)
		w.want(id, wallet.Expired, 0, "")
	})
}

// A process died between the reserve of a refund and the wallet's answer. The reserve had
// no due date, so nobody ever asked.
func TestARefundWhoseProcessDiedIsLookedAt(t *testing.T) {
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
	w.looks(3, time.Minute)
	w.wantRefunds(o.ID, 200, 0)
	w.sameBooks()
}

// A wallet says "nothing" about fresh refunds. Its adapter can tell only when it is told
// when the refund was asked for; and a first look must not come before the call can have
// ended.
func TestAWalletIsToldWhenTheRefundWasAskedFor(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		return lost(next)
	}
	var looked []time.Duration
	start := w.clock.Now()
	h.onQueryRefund = func(ref wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if !ref.AskedAt.Equal(start) {
			t.Errorf("the wallet was told that the refund was asked for at %v, want %v", ref.AskedAt, start)
		}
		looked = append(looked, w.clock.Now().Sub(start))
		return wallet.Refund{}, absent()
	}
	o := w.paid()
	_, err := w.refund(&o, 200)
	w.wantKind("the lost answer", err, fault.Unknown)
	for range 30 {
		w.looked(time.Second)
	}
	if len(looked) == 0 || looked[0] < 5*time.Second*4/5 {
		t.Errorf("the looks came after %v, want the first no earlier than the schedule's", looked)
	}
	w.wantRefunds(o.ID, 0, 200)
}

// An answer that names another refund or payment was taken for one about that: what was
// asked for stayed open for ever, and the other was booked.
func TestTheAnswerToARefundIsAboutTheRefundThatWasAskedFor(t *testing.T) {
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
