package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func (f *fight) capturePart(id bridge.OrderID) {
	f.Helper()
	if _, err := f.engine.Capture(f.ctx, id, engine.CaptureRequest{Amount: usd(600), Source: bridge.FromMerchant}, nil); err == nil {
		f.Fatal("the capture was answered")
	}
}

// A capture whose calls never get an answer is repeated every two minutes, and each
// repeat moves the time from which on its age is counted.
func TestACaptureThatNeverGetsAnAnswerIsFlaggedAfterAnHour(t *testing.T) {
	f := newFight(t)
	o := f.held()
	f.alpha.query = saysAlways(wallet.Authorized)
	f.alpha.capture = unheard[wallet.CaptureRequest, wallet.Payment]
	f.capturePart(o.ID)
	f.pass(12*time.Hour, time.Minute)
	t.Logf("%d captures were sent, %d events", len(f.alpha.captures), f.order(o.ID).Sequence)
	f.want(o.ID, wallet.Authorized, 0, 0, bridge.OperationUnresolved)
}

// The wallet has executed the capture, names no sum in queries, and refuses each repeat.
func TestACaptureThatTheWalletRefusesToRepeatIsFlagged(t *testing.T) {
	f := newFight(t)
	o := f.held()
	f.alpha.capture = unheard[wallet.CaptureRequest, wallet.Payment]
	f.capturePart(o.ID)
	f.alpha.capture = refusing[wallet.CaptureRequest, wallet.Payment]
	f.alpha.query = saysAlways(wallet.Paid)
	f.pass(6*time.Hour, 10*time.Second)
	now := f.want(o.ID, wallet.Authorized, 0, 0, bridge.OperationUnresolved)
	if now.Sequence > 100 {
		t.Errorf("one lost answer has made %d events and %d calls", now.Sequence, len(f.alpha.captures))
	}
}

// A person ends the first capture; the second one on the same payment hangs as well.
func TestASecondOperationOfAPaymentIsFlaggedLikeTheFirst(t *testing.T) {
	f := newFight(t)
	o := f.held()
	f.alpha.query = nil // the wallet is down
	f.alpha.capture = unheard[wallet.CaptureRequest, wallet.Payment]
	f.capturePart(o.ID)
	f.pass(3*time.Hour, time.Minute)
	f.want(o.ID, wallet.Authorized, 0, 0, bridge.OperationUnresolved)
	f.mustResolve(o.ID, bridge.OperationUnresolved, resolution.Failed)
	f.capturePart(o.ID)
	f.pass(24*time.Hour, time.Minute)
	f.want(o.ID, wallet.Authorized, 0, 0, bridge.OperationUnresolved)
}

// A person reports that late held money was voided, and it was not.
func TestLateHeldMoneyThatWasNotVoidedIsFlaggedAgain(t *testing.T) {
	f := newFight(t)
	o := f.create(true)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Cancel(f.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	f.alpha.query = saysAlways(wallet.Authorized)
	f.tellPayment(&o.Payments[0], wallet.Authorized, nil)
	f.want(o.ID, wallet.Canceled, 0, 0, bridge.LateAuthorization)
	f.mustResolve(o.ID, bridge.LateAuthorization, resolution.Voided)
	f.pass(48*time.Hour, time.Hour)
	if now := f.order(o.ID); now.Payments[0].LateHold && len(now.Attention()) == 0 {
		t.Error("the wallet holds money for a canceled order, and no attention is raised")
	}
}

// Late money whose amount the wallet does not name is flagged, and the same commit clears
// the flag.
func TestLateMoneyWithoutAnAmountStaysFlagged(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Cancel(f.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	nameless := func(p *wallet.Payment) { p.Amount = wallet.Money{} }
	f.alpha.query = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Paid, nameless) }
	reply := f.tellPayment(&o.Payments[0], wallet.Paid, nameless)
	f.pass(72*time.Hour, time.Hour)
	items, err := f.store.InboxItems(f.ctx, store.InboxQuery{Wallets: []string{"alpha"}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if now := f.order(o.ID); len(now.Attention()) == 0 && len(items) == 0 {
		t.Errorf("the notification was answered %d; the order is %s with %d paid, without attention, and the inbox is empty", reply, now.Status, now.Paid)
	}
}

// A person has found out that a reversal was untrue; the wallet repeats its notification.
func TestARepeatOfAnUntrueReversalDoesNotUndoWhatAPersonDecided(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.tellPayment(&o.Payments[0], wallet.Canceled, nil)
	f.want(o.ID, wallet.Paid, 1000, 0, bridge.PaymentReversed)
	f.mustResolve(o.ID, bridge.PaymentReversed, resolution.Paid)
	f.tellPayment(&o.Payments[0], wallet.Canceled, nil)
	if now := f.order(o.ID); now.Reversed != 0 && len(now.Attention()) == 0 {
		t.Errorf("%d are reversed again, and no attention is raised", now.Reversed)
	}
}

// A wallet whose Retry-After is long is not queried, and open payments get no attention.
func TestALongRetryAfterHidesNoOpenPayment(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.query = func(wallet.Ref) (wallet.Payment, error) {
		return wallet.Payment{}, &fault.Error{Kind: fault.RateLimited, Op: "scripted", RetryAfter: 30 * 24 * time.Hour}
	}
	f.pass(7*24*time.Hour, 10*time.Minute)
	t.Logf("the wallet was called %d times in a week", f.alpha.questions)
	f.want(o.ID, wallet.Pending, 0, 0, bridge.PaymentUnresolved)
}

// A wallet that is down during the three late queries is never queried again.
func TestLateQueriesThatNoWalletAnsweredDoNotCount(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Cancel(f.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	f.pass(48*time.Hour, time.Hour) // the wallet is down
	f.alpha.query = saysAlways(wallet.Paid)
	f.pass(14*24*time.Hour, time.Hour)
	f.want(o.ID, wallet.Paid, 1000, 0, bridge.LatePayment)
}
