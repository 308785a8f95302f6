package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// A wallet refused the first and only request for a payment, and had opened it all the
// same: what failed is queried again, and money that is found is booked and flagged.
func TestAPaymentThatFailedIsQueriedAgain(t *testing.T) {
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
	w.queryInSteps(2, time.Hour)
	w.want(o.ID, wallet.Paid, 450, bridge.LatePayment)
	w.sameBooks()
}

// A payment was opened, its answer lost, and a replica answered that it does not exist. The
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
	w.queryInSteps(2, time.Minute)
	o := w.order(id)
	if len(o.Payments) != 1 || len(w.provider.Payments()) != 1 {
		t.Errorf("got %d payments here and %d there, want one", len(o.Payments), len(w.provider.Payments()))
	}
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

// The same when a query has already answered that the first payment is open: its action is
// not known, so it is requested again, and the refusal of that ended it.
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
		got.Action = nil // its queries do not name where to pay
		return got, err
	}
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	w.wantKind("the lost answer", err, fault.Unknown)
	w.queryAfter(time.Minute)
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
		t.Errorf("the payment was requested %d times, want twice", calls)
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
		w.queryAfter(time.Minute)
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
		w.queryInSteps(2, time.Minute)
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
		w.queryInSteps(2, time.Minute)
		w.wantRefunds(o.ID, 100, 0)
	})
}

// A status query while a capture or a payment is under way neither ends nor completes anything:
// what the wallet answers then may be old when the call has ended.
func TestAStatusQueryBesideACallUnderWayNeitherEndsNorRepeatsIt(t *testing.T) {
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
			got.Captured = wallet.Money{} // only the answer to the capture names the sum
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
		if n := w.queryAfter(0); n == 0 { // news that names no sum makes it due at once
			t.Error("the order was not queried")
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
		if n := w.queryAfter(0); n == 0 { // news that has to be confirmed makes it due at once
			t.Error("the order was not queried")
		}
		if got := w.order(id); got.Final() || w.called("/v1/payments/cancel") != 0 {
			t.Errorf("the order is %s after %d cancels, want open, and none", got.Status, w.called("/v1/payments/cancel"))
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.want(id, wallet.Pending, 0, "")
		w.queryInSteps(4, time.Minute)
		w.want(id, wallet.Expired, 0, "")
	})
}
