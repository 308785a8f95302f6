package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// TestEventsNameWhoActed does what merchants and operators may do, as a named actor.
func TestEventsNameWhoActed(t *testing.T) {
	const by = "ann with till (key_1)"
	for name, act := range map[string]func(w *world) bridge.OrderID{
		"a refund": func(w *world) bridge.OrderID {
			o := w.paid()
			w.must(w.engine.Refund(engine.WithActor(w.ctx, by), o.ID, refund.Request{Source: bridge.FromMerchant}, nil))
			return o.ID
		},
		"a capture": func(w *world) bridge.OrderID {
			o := w.held()
			w.must(w.engine.Capture(engine.WithActor(w.ctx, by), o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil))
			return o.ID
		},
		"a void": func(w *world) bridge.OrderID {
			o := w.held()
			w.must(w.engine.Void(engine.WithActor(w.ctx, by), o.ID, bridge.FromOperator, nil))
			return o.ID
		},
		"a cancel": func(w *world) bridge.OrderID {
			o := w.create()
			if _, err := w.engine.Cancel(engine.WithActor(w.ctx, by), o.ID, bridge.FromMerchant); err != nil {
				w.Fatal(err)
			}
			return o.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if name == "a capture" || name == "a void" {
				w = newWorld(t, holding)
			}
			events, err := w.engine.Events(w.ctx, act(w), 0)
			if err != nil {
				t.Fatal(err)
			}
			named := 0
			for _, e := range events {
				acted := e.Source == bridge.FromMerchant || e.Source == bridge.FromOperator
				if e.Data.By != "" {
					named++
				}
				if e.Data.By != "" && (!acted || e.Data.By != by) {
					t.Errorf("event %s from %s is by %q", e.Type, e.Source, e.Data.By)
				}
				if view := view.NewEvent(&e); view.By != e.Data.By {
					t.Errorf("event %s shows %q, want %q", e.Type, view.By, e.Data.By)
				}
			}
			if named == 0 {
				t.Errorf("no event of %d is named", len(events))
			}
		})
	}
}

func TestEventsOfWalletsAndClientsHaveNoActor(t *testing.T) {
	w := newWorld(t)
	w.ctx = engine.WithActor(w.ctx, "an actor")
	o := w.paid()
	if o.Status != wallet.Paid {
		t.Fatalf("the order is %s", o.Status)
	}
	events, err := w.engine.Events(w.ctx, o.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Data.By != "" && e.Source != bridge.FromMerchant {
			t.Errorf("event %s from %s is by %q", e.Type, e.Source, e.Data.By)
		}
	}
}

// must ends the test where an operation has failed.
func (w *world) must(_ idempotency.Outcome[bridge.Order], err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
