package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/resolution"
)

// Resolve clears a reason for attention, and books the outcome that a person has found. It
// clears every flag of that reason and books the outcome for each; where the reason stands
// for several refunds, r names one.
//
// Faults: NotFound; Invalid; Conflict when the reason does not stand, while a call for
// the order is under way, or when what it is about is open and no outcome is given;
// KeyReused.
func (e *Engine) Resolve(ctx context.Context, id bridge.OrderID, r resolution.Decision, once *Once) (Outcome, error) {
	outcome, _, err := e.begin(WithActor(ctx, r.By), id, once, func(c *bridge.Change, outcome *Outcome) error {
		if r.Outcome != "" && e.busyWith(&c.Order) {
			return idempotency.ErrBusy()
		}
		if err := checkVersion(ctx, &c.Order); err != nil {
			return err
		}
		if err := resolution.Apply(c, &r, e.clock()); err != nil {
			return err
		}
		outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
		return nil
	})
	return outcome, err
}
