package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// A capture stayed open, a person resolved it as not executed, and the next capture
// stayed open as well: the reason had been raised before and cleared since, and was not
// raised again. The second one is open without attention.
func TestASecondOperationThatStaysOpenNeedsAttentionAgain(t *testing.T) {
	w := newWorld(t, holding)
	h := w.hook("sandbox")
	h.onCapture = func(wallet.CaptureRequest, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, unanswered()
	}
	o := w.held()
	h.onQuery = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, unanswered()
	}
	for range 2 {
		_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil)
		if err == nil {
			t.Fatal("the capture was answered")
		}
		w.queryInSteps(20, 10*time.Minute)
		w.want(o.ID, wallet.Authorized, 0, bridge.OperationUnresolved)
		resolution := resolution.Decision{
			Attention: bridge.OperationUnresolved, Note: "The wallet's console knows no capture.", By: "ann",
			Outcome: resolution.Failed, Source: bridge.FromOperator,
		}
		if _, err := w.engine.Resolve(w.ctx, o.ID, resolution, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// Money came late, and the wallet named no amount: the reason amount_unknown was raised
// and, since the payment is not open, cleared in the same commit. The money was not visible.
func TestLateMoneyWithoutAnAmountNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	late := false
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if late && err == nil {
			got.Status, got.Amount, got.Captured = wallet.Paid, wallet.Money{}, wallet.Money{}
		}
		return got, err
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 99})
	o := w.create()
	w.queryInSteps(20, time.Minute)
	w.want(o.ID, wallet.Expired, 0, "")
	late = true
	w.queryInSteps(3, time.Hour)
	w.want(o.ID, wallet.Expired, 0, bridge.AmountUnknown)
}
