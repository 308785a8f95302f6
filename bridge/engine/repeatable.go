package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// take claims the request's key for an order. ok reports that the key has an answer already,
// which is in outcome. When the key was claimed before and has no answer, the caller resumes
// what was begun.
//
// Faults: NotFound; KeyReused.
func (e *Engine) take(ctx context.Context, id bridge.OrderID, once *Once) (outcome Outcome, ok bool, err error) {
	if once == nil {
		return outcome, false, nil
	}
	held, err := e.store.Claim(ctx, *once.Claim(string(id), e.clock()))
	if err != nil {
		return outcome, false, err
	}
	return once.Replay(e.sealer, &held, bridge.Order{ID: bridge.OrderID(held.Subject)})
}

// Repeatable runs an operation that is safe to repeat, such as Cancel and Refresh, under an
// idempotency key, and stores its answer: every repeat gets the first answer.
//
// Faults: KeyReused; those of run.
func (e *Engine) Repeatable(ctx context.Context, id bridge.OrderID, once *Once, run func(context.Context) (bridge.Order, error)) (Outcome, error) {
	if done, ok, err := e.take(ctx, id, once); ok || err != nil {
		return done, err
	}
	order, failure := run(ctx)
	if failure != nil && fault.KindOf(failure) != fault.Declined || once == nil {
		return Outcome{Subject: order}, failure
	}
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *bridge.Change) error {
		once.Keep(&c.Answer, c.Order, failure)
		return nil
	})
	if err != nil {
		return Outcome{Subject: order}, err
	}
	if done, ok, err := e.take(ctx, id, once); ok || err != nil { // of two at once, the first answer is stored
		return Outcome{Subject: order, Answer: done.Answer}, err
	}
	return Outcome{Subject: order}, failure
}
