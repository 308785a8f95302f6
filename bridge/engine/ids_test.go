package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// A wallet gave a payment another id when it was paid: news under that id was another
// payment's, and the money was not booked. Our request id decides, and ids are a set.
func TestMoneyUnderOurRequestIDIsBookedWhateverItsPaymentID(t *testing.T) {
	for name, rule := range map[string]*simulator.Rule{
		"notified by both ids":                {Fault: simulator.ChangeID},
		"notified by the wallet's ids alone":  {Fault: simulator.PaymentIDOnly},
		"not notified, and found by a query":  {Fault: simulator.LoseNotification},
		"notified twice, as before and after": {Fault: simulator.DoubleNotification},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.create()
			before := o.Payments[0].WalletPaymentID
			for _, r := range []simulator.Rule{{Fault: simulator.ChangeID}, *rule} {
				w.provider.Inject(r)
			}
			w.pays(o, "pay")
			w.delivered()
			w.queryInSteps(2, time.Minute)
			got := w.want(o.ID, wallet.Paid, 450, "")
			far, _ := w.provider.Payment(o.Payments[0].RequestID)
			if ids := got.Payments[0].IDs(); far.ID == before || !slices.Contains(ids, before) || !slices.Contains(ids, far.ID) || len(got.Payments) != 1 {
				t.Fatalf("got ids %v of %d payments; want %s and %s of one", ids, len(got.Payments), before, far.ID)
			}
			for _, id := range got.Payments[0].IDs() {
				if found, err := w.store.OrderByPaymentID(w.ctx, bridge.PaymentKey{Wallet: "sandbox", PaymentID: id}); err != nil || found != o.ID {
					t.Errorf("the order is not found by %s: got %s, %v", id, found, err)
				}
			}
			if _, err := w.refund(&o, 450); err != nil {
				t.Errorf("the refund: %v", err)
			}
			w.sameBooks()
		})
	}
}

// Two ids under one request id, both paid, are a double payment: the second was taken for
// a repeat of the first. Each is refunded by its own id.
func TestASecondChargeUnderOneRequestIDIsADoublePayment(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.clock.Advance(time.Minute)
	if err := w.provider.SecondCharge(o.Payments[0].RequestID); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.queryInSteps(2, time.Minute)
	got := w.want(o.ID, wallet.Paid, 900, bridge.DoublePayment)
	if len(got.Payments) != 2 || got.Payments[0].PaidID == got.Payments[1].PaidID {
		t.Fatalf("got payments %+v, want two with ids of their own", got.Payments)
	}
	for n := 1; n <= 2; n++ {
		if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Payment: n, Source: bridge.FromMerchant}, nil); err != nil {
			t.Errorf("the refund of payment %d: %v", n, err)
		}
	}
	w.wantRefunds(o.ID, 900, 0)
	if sums := w.provider.Ledger()["USD"]; sums.Captured.Minor != 900 || sums.Refunded.Minor != 900 {
		t.Errorf("the wallet has %v captured and %v refunded, want all of it back", sums.Captured, sums.Refunded)
	}
}

// A wallet keeps renaming a payment: what is kept of its names is bounded, and the money is
// still found by our request id.
func TestTheNamesOfAPaymentAreBounded(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		calls++
		got, err := next()
		got.PaymentID, got.OtherIDs = "sp_again_"+time.Duration(calls).String(), nil
		return got, err
	}
	o := w.create()
	for range 40 {
		if _, err := w.engine.Refresh(w.ctx, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.order(o.ID); calls != 40 || len(got.Payments[0].IDs()) > 17 {
		t.Errorf("after %d names, %d are kept", calls, len(got.Payments[0].IDs()))
	}
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}
