package engine_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// TestOfManyDecisionsOnOneVersionOneIsExecuted: each operator has a key of his own, as each
// rendered form has.
func TestOfManyDecisionsOnOneVersionOneIsExecuted(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	ctx := engine.WithVersion(w.ctx, o.Sequence)
	var all sync.WaitGroup
	var mu sync.Mutex
	done := map[fault.Kind]int{}
	succeeded := 0
	for i := range 8 {
		all.Go(func() {
			_, err := w.engine.Refund(ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromOperator}, keyed(fmt.Sprint("form", i)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				succeeded++
			} else {
				done[fault.KindOf(err)]++
			}
		})
	}
	all.Wait()
	if got := w.want(o.ID, wallet.Paid, 450, ""); got.Refunded != 100 || len(got.Refunds) != 1 || succeeded != 1 || done[fault.Conflict] != 7 {
		t.Errorf("got %d refunded in %d refunds, %d done and %v, want 100 in one, one done and 7 conflicts", got.Refunded, len(got.Refunds), succeeded, done)
	}
}

func TestADecisionThatBeganOnItsVersionGoesOn(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	ctx := engine.WithVersion(w.ctx, o.Sequence)
	for range 2 { // the second press finds another version, and its own refund
		if _, err := w.engine.Refund(ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromOperator}, keyed("form")); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.want(o.ID, wallet.Paid, 450, ""); got.Refunded != 100 {
		t.Errorf("got %d refunded, want 100", got.Refunded)
	}
}

func TestAnOldVersionDecidesNothing(t *testing.T) {
	for name, act := range map[string]func(w *world, o bridge.Order) error{
		"a capture": func(w *world, o bridge.Order) error {
			_, err := w.engine.Capture(engine.WithVersion(w.ctx, o.Sequence-1), o.ID, engine.CaptureRequest{Source: bridge.FromOperator}, keyed("form"))
			return err
		},
		"a void": func(w *world, o bridge.Order) error {
			_, err := w.engine.Void(engine.WithVersion(w.ctx, o.Sequence-1), o.ID, bridge.FromOperator, nil)
			return err
		},
		"a resolution": func(w *world, o bridge.Order) error {
			r := resolution.Decision{Attention: bridge.HoldUnresolved, Note: "queried", By: "ann", Source: bridge.FromOperator}
			_, err := w.engine.Resolve(engine.WithVersion(w.ctx, o.Sequence-1), o.ID, r, keyed("form"))
			return err
		},
	} {
		w := newWorld(t, holding)
		o := w.held()
		if err := act(w, o); fault.KindOf(err) != fault.Conflict || fault.Of(err).Detail != "The order has changed since you read it." {
			t.Errorf("%s: got %v, want a conflict about the version", name, err)
		}
	}
}
