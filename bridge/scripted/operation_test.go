package scripted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func (w *till) capture(id bridge.OrderID, minor int64, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return w.engine.Capture(w.Context(), id, engine.CaptureRequest{Amount: usd(minor), Source: bridge.FromMerchant}, once)
}

func TestOneKeyMakesOneCapture(t *testing.T) {
	w := newTill(t)
	o := w.held()
	w.alpha.plan("capture", lost)
	if _, err := w.capture(o.ID, 400, once("k", "400")); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	w.queryAfter(2 * lag)
	w.want(o.ID, wallet.Paid, 400)
	if outcome, err := w.capture(o.ID, 400, once("k", "400")); err != nil || outcome.Answer == nil {
		t.Errorf("the key again: got %v, want its answer", err)
	}
	if n := w.alpha.called("capture"); n != 1 {
		t.Errorf("one key captured %d times", n)
	}
}

func TestACaptureIsNotSentAgainWhileItsWalletMayLag(t *testing.T) {
	w := newTill(t)
	o := w.held()
	w.alpha.plan("capture", lostBefore)
	_, _ = w.capture(o.ID, 400, once("k", "400"))
	w.now = w.now.Add(lag)
	if _, err := w.capture(o.ID, 400, once("k", "400")); err == nil || w.alpha.called("capture") != 1 {
		t.Errorf("while the wallet may lag: got %v after %d calls, want a fault after 1", err, w.alpha.called("capture"))
	}
	w.now = w.now.Add(lag)
	if _, err := w.capture(o.ID, 400, once("k", "400")); err != nil || w.alpha.called("capture") != 2 {
		t.Errorf("when it cannot lag: got %v after %d calls, want success after 2", err, w.alpha.called("capture"))
	}
	w.want(o.ID, wallet.Paid, 400)
}

func TestARefusalOfARepeatedCaptureEndsNothing(t *testing.T) {
	w := newTill(t)
	o := w.held()
	w.alpha.plan("capture", answer{err: lost.err}, refusedFirst)
	_, _ = w.capture(o.ID, 400, once("k", "400"))
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid) // executed, and the wallet does not say how much
	w.now = w.now.Add(3 * lag)
	if _, err := w.capture(o.ID, 400, once("k", "400")); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want Unknown: the first call was executed", err)
	}
	if p := w.order(o.ID).Payments[0]; p.Operation == nil || w.alpha.called("capture") != 2 {
		t.Errorf("the capture is forgotten after %d calls, want it open after 2", w.alpha.called("capture"))
	}
	w.queryAfter(3 * lag)
	w.want(o.ID, wallet.Paid, 400)
}

func TestACaptureThatCannotBeQueriedIsFlagged(t *testing.T) {
	w := newTill(t)
	o := w.held()
	w.wallets["alpha"] = w.alpha.mute()
	w.restart()
	w.alpha.plan("capture", lostBefore)
	_, _ = w.capture(o.ID, 400, nil)
	w.queryAfter(time.Minute)
	w.want(o.ID, wallet.Authorized, 0, bridge.OperationUnresolved)
}

func TestAnOutcomeIsNotBookedBesideACallThatIsUnderWay(t *testing.T) {
	w := newTill(t)
	o := w.held()
	w.queryAfter(7 * 24 * time.Hour)
	w.want(o.ID, wallet.Authorized, 0, bridge.HoldUnresolved)
	w.alpha.plan("capture", while(func() {
		_, err := w.engine.Resolve(w.Context(), o.ID, resolution.Decision{
			Attention: bridge.HoldUnresolved, Note: "let go at the wallet", By: "ann", Outcome: resolution.Voided, Source: bridge.FromMerchant,
		}, nil)
		if !errors.Is(err, fault.Conflict) {
			t.Errorf("resolved while the capture is under way: got %v, want Conflict", err)
		}
	}))
	if _, err := w.capture(o.ID, 400, nil); err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Paid, 400)
}

func TestACaptureIsNotBegunWhileACallForTheOrderIsUnderWay(t *testing.T) {
	w := newTill(t)
	req, hold := request(), true
	req.Hold = &hold
	w.alpha.plan("create", while(func() {
		list, err := w.store.Orders(w.Context(), store.OrderQuery{App: "shop", Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatalf("got %d orders, %v", len(list), err)
		}
		o := w.order(list[0].ID)
		if err := w.notifies(false, news(&o, wallet.Authorized)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.capture(o.ID, 400, nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("got %v, want Conflict", err)
		}
	}))
	if _, err := w.engine.CreateOrder(w.Context(), req, nil); err != nil {
		t.Fatal(err)
	}
	if n := w.alpha.called("capture"); n != 0 {
		t.Errorf("the wallet was called %d times to capture", n)
	}
}

func TestAnAnswerToACaptureThatWasResolvedLeavesTheNextAsItIs(t *testing.T) {
	w := newTill(t)
	o := w.held()
	slow := answer{err: fault.New(fault.Unavailable, "test", "The wallet is busy.")}
	slow.during = func() { // a person ends the capture, and requests another
		w.alpha.plan("query", lostBefore)
		w.now = w.now.Add(2 * time.Hour)
		_, _ = w.engine.RunOnce(w.Context())
		_, err := w.engine.Resolve(w.Context(), o.ID, resolution.Decision{
			Attention: bridge.OperationUnresolved, Note: "the wallet has none", By: "ann", Outcome: resolution.Failed, Source: bridge.FromMerchant,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.alpha.plan("capture", lostBefore)
		_, _ = w.capture(o.ID, 300, nil)
	}
	w.alpha.plan("capture", slow)
	_, _ = w.capture(o.ID, 400, nil)
	op := w.order(o.ID).Payments[0].Operation
	if op == nil || op.Amount != 300 || op.Calls.Tries != 1 {
		t.Errorf("the second capture is %+v, want 300 after one call without an answer", op)
	}
}

// The caller of a capture that a person has ended meanwhile as not executed receives that,
// whatever the late answer of the wallet is.
func TestACaptureThatEndedMeanwhileIsNoSuccess(t *testing.T) {
	for name, err := range map[string]error{
		"busy":    fault.New(fault.Unavailable, "test", "The wallet is busy."),
		"refused": fault.New(fault.Declined, "test", "No."),
		"lost":    fault.New(fault.Unknown, "test", "No answer."),
	} {
		t.Run(name, func(t *testing.T) {
			w := newTill(t)
			o := w.held()
			slow := answer{err: err}
			slow.during = func() {
				w.alpha.plan("query", lostBefore)
				w.now = w.now.Add(2 * time.Hour)
				_, _ = w.engine.RunOnce(w.Context())
				_, err := w.engine.Resolve(w.Context(), o.ID, resolution.Decision{
					Attention: bridge.OperationUnresolved, Note: "the wallet has none", By: "ann", Outcome: resolution.Failed, Source: bridge.FromMerchant,
				}, nil)
				if err != nil {
					t.Fatal(err)
				}
			}
			w.alpha.plan("capture", slow)
			if _, err := w.capture(o.ID, 400, nil); !errors.Is(err, fault.Declined) {
				t.Errorf("got %v, want Declined", err)
			}
			if p := w.order(o.ID).Payments[0]; p.Operation != nil || p.Status != wallet.Authorized {
				t.Errorf("the payment is %s with operation %+v, want held without one", p.Status, p.Operation)
			}
		})
	}
}
