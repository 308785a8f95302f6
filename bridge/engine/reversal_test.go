package engine_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// reversing is a world whose wallet gives the money back when a paid payment is canceled,
// and does not know when an order's time is up.
func reversing(t *testing.T) (*world, *hooked) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.CancelReverses})
	h := w.hook("sandbox")
	h.onCreate = func(req wallet.PaymentRequest, _ func() (wallet.Payment, error)) (wallet.Payment, error) {
		req.ExpiresAt = time.Time{}
		return h.Wallet.CreatePayment(w.ctx, req)
	}
	return w, h
}

// paysMeanwhile lets the payer pay while the next cancel is on its way, and the wallet notify
// it before it answers when notified is true.
func (w *world) paysMeanwhile(h *hooked, o bridge.Order, notified bool) {
	h.onCancel = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		h.onCancel = nil
		w.pays(o, "pay")
		if notified {
			w.delivered()
		}
		return next()
	}
}

// reversedLate requires an order that was ending to be paid, its money gone, and both seen.
func (w *world) reversedLate(id bridge.OrderID) {
	w.Helper()
	o := w.want(id, wallet.Paid, 450, "late_payment payment_reversed")
	if o.Reversed != 450 {
		w.Errorf("got %d reversed, want 450", o.Reversed)
	}
	w.wantKind("a refund of what is gone", errOf(w.refund(&o, 450)), fault.Conflict)
}

func errOf[A any](_ A, err error) error { return err }

// reversedOnce requires an order to be paid, its money gone, and one notification of that.
func (w *world) reversedOnce(id bridge.OrderID, minor int64) {
	w.Helper()
	o := w.want(id, wallet.Paid, 450, bridge.PaymentReversed)
	view := view.NewOrder(&o, view.ForMerchant)
	if o.Reversed != minor || view.Reversed == nil || view.Reversed.Amount != usd(minor) || view.Reversed.At.IsZero() {
		w.Errorf("got %d reversed, shown as %+v; want %d", o.Reversed, view.Reversed, minor)
	}
	events, err := w.engine.Events(w.ctx, id, 0)
	if err != nil {
		w.Fatal(err)
	}
	flags := 0
	for _, e := range events {
		if e.Type == bridge.OrderAttention && e.Data.Attention == bridge.PaymentReversed {
			flags++
		}
	}
	messages, err := w.store.Deliveries(w.ctx, store.DeliveryQuery{App: "shop", Order: id, Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	notified := 0
	for _, m := range messages {
		if m.Type == bridge.OrderAttention && bytes.Contains(m.Body, []byte(`"reversed":{`)) {
			notified++
		}
	}
	if flags != 1 || notified != 1 {
		w.Errorf("the reversal was flagged %d times and notified %d times, want once each", flags, notified)
	}
}

// neverBooked requires an order to be canceled or expired, with nothing paid.
func (w *world) neverBooked(id bridge.OrderID, status wallet.Status) {
	w.Helper()
	o := w.want(id, status, 0, "")
	if items := w.inbox(&o); len(items) != 0 {
		w.Errorf("the inbox still holds %d notifications, the first since %s", len(items), items[0].Reason)
	}
}

// The merchant cancels, the payer has just paid, and the wallet gives the money back. The
// news of the payment arrives before the answer to cancel or after it: the order was paid,
// without attention.
func TestMoneyThatACancelRefundsIsRecordedInBothOrdersOfArrival(t *testing.T) {
	t.Run("reversed before it was booked", func(t *testing.T) {
		w, h := reversing(t)
		o := w.create()
		w.paysMeanwhile(h, o, false)
		if got, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant); err != nil || got.Status != wallet.Canceled {
			t.Fatalf("got %s, %v; want canceled", got.Status, err)
		}
		w.delivered() // paid, then canceled
		w.queryInSteps(6, time.Minute)
		w.neverBooked(o.ID, wallet.Canceled)
		w.sameBooks()
	})
	t.Run("reversed after it was booked", func(t *testing.T) {
		w, h := reversing(t)
		o := w.create()
		w.paysMeanwhile(h, o, true)
		if _, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant); err != nil {
			t.Fatal(err)
		}
		w.delivered()
		w.queryInSteps(3, time.Minute)
		w.reversedLate(o.ID)
	})
}

// The same at the end of the order's time: the status query answered "pending", then canceled, and
// the payer paid in between.
func TestMoneyThatClosingAtTheEndRefundsIsRecorded(t *testing.T) {
	t.Run("reversed before it was booked", func(t *testing.T) {
		w, h := reversing(t)
		o := w.create()
		w.paysMeanwhile(h, o, false)
		w.queryInSteps(6, 4*time.Minute)
		w.delivered()
		w.queryInSteps(6, time.Minute)
		w.neverBooked(o.ID, wallet.Expired)
		w.sameBooks()
	})
	t.Run("reversed after it was booked", func(t *testing.T) {
		w, h := reversing(t)
		o := w.create()
		w.paysMeanwhile(h, o, true)
		w.queryInSteps(6, 4*time.Minute)
		w.delivered()
		w.queryInSteps(3, time.Minute)
		if got := w.order(o.ID); got.Status != wallet.Paid || got.Reversed != 450 || !slices.Contains(got.Attention(), bridge.PaymentReversed) {
			t.Errorf("got %s with %d reversed, attention %q; want paid, all of it reversed and flagged", got.Status, got.Reversed, reasons(&got))
		}
	})
}

// Switching to another wallet closes the first payment, which was just paid: the money is
// given back, and the second payment is the only one that counts.
func TestMoneyThatASwitchRefundsIsNotBooked(t *testing.T) {
	w, _ := reversing(t)
	o := w.create()
	w.pays(o, "pay")
	outcome, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.queryInSteps(3, time.Minute)
	w.want(o.ID, wallet.Pending, 0, "")
	w.pays(outcome.Subject, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
	w.sameBooks()
}

// A signed FAIL or CANCELED about a paid payment was acknowledged without a trace.
func TestNewsThatAPaymentWasReversedIsRecorded(t *testing.T) {
	for _, status := range []string{"CANCELED", "FAILED", "VOIDED", "EXPIRED"} {
		t.Run(status, func(t *testing.T) {
			w := newWorld(t)
			o := w.paid()
			for range 2 { // notified twice, applied once
				if code := w.tellPayment("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, status, "e-"+status); code != 200 {
					t.Errorf("the news was answered %d, want 200", code)
				}
			}
			w.reversedOnce(o.ID, 450)
		})
	}
	t.Run("by a query alone", func(t *testing.T) {
		w := newWorld(t)
		o := w.paid()
		w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 1})
		if err := w.provider.Reverse(o.Payments[0].RequestID); err != nil {
			t.Fatal(err)
		}
		w.delivered()
		for range 2 {
			if _, err := w.engine.Refresh(w.ctx, o.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.reversedOnce(o.ID, 450)
	})
	t.Run("as the provider notifies it", func(t *testing.T) {
		w := newWorld(t)
		o := w.paid()
		w.clock.Advance(time.Minute)
		if err := w.provider.Reverse(o.Payments[0].RequestID); err != nil {
			t.Fatal(err)
		}
		w.delivered()
		w.reversedOnce(o.ID, 450)
	})
}

// What was refunded before is no reversal, and what was reversed is not refunded again.
func TestWhatWasRefundedBeforeIsNotReversed(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	if _, err := w.refund(&o, 150); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	if err := w.provider.Reverse(o.Payments[0].RequestID); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.reversedOnce(o.ID, 300)
	w.wantKind("a refund of what is gone", errOf(w.refund(&o, 100)), fault.Conflict)
}

// News of the time before the payment proves nothing about it: a first attempt at the
// cashier that failed is notified late.
func TestAnOldFailureIsNoReversal(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	early := w.clock.Now()
	w.clock.Advance(10 * time.Second)
	w.pays(o, "pay")
	w.delivered()
	body := paymentNews("e-old", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "FAILED", early)
	if code := w.tellBody("sandbox", body); code != 200 {
		t.Errorf("the old news was answered %d, want 200", code)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

// A success of a payment that we closed is confirmed by a query before it counts: news of
// the time before the end looks the same.
func TestASuccessOfAPaymentThatWeClosedIsConfirmedFirst(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	if _, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	calls := w.called("/v1/payments/query")
	w.deliver("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "450")
	if w.called("/v1/payments/query") == calls {
		t.Error("the wallet was not queried")
	}
	w.queryInSteps(3, time.Minute)
	w.neverBooked(o.ID, wallet.Canceled)
}

// Where the wallet has no status query, such a success is booked and flagged.
func TestASuccessOfAClosedPaymentAtAWalletWithoutAStatusQueryIsBookedAndFlagged(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	w.config.Wallets["sandbox"] = newReporter(h)
	w.restart()
	o := w.create()
	w.queryInSteps(5, 5*time.Minute)
	w.want(o.ID, wallet.Expired, 0, "")
	if code := w.deliver("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "450"); code != 200 {
		t.Errorf("the news was answered %d, want 200", code)
	}
	w.want(o.ID, wallet.Paid, 450, bridge.LatePayment)
}
