package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
)

// Once ties an operation on an order to its caller's idempotency key.
type Once = idempotency.Once[bridge.Order]

// Outcome is the result of a request about an order.
type Outcome = idempotency.Outcome[bridge.Order]

// begin is the first half of every operation at a wallet: it claims the request's key, and
// runs decide in one transaction, which reserves a call or gives the outcome its answer.
// done reports that the outcome is final.
//
//	begin: claim the key ─► reserve, commit ─► call the wallet ─► settle, commit
//
// A fault of decide is returned and leaves nothing behind. decide may run more than once.
//
// Faults: NotFound; KeyReused; those of decide.
func (e *Engine) begin(ctx context.Context, id bridge.OrderID, once *Once, decide func(c *bridge.Change, outcome *Outcome) error) (outcome Outcome, done bool, err error) {
	if outcome, ok, err := e.take(ctx, id, once); ok || err != nil {
		return outcome, true, err
	}
	return e.decide(ctx, id, decide)
}

// decide is begin for a request whose key was claimed before.
func (e *Engine) decide(ctx context.Context, id bridge.OrderID, decide func(c *bridge.Change, outcome *Outcome) error) (outcome Outcome, done bool, err error) {
	order, err := e.update(ctx, id, func(c *bridge.Change) error {
		outcome = Outcome{}
		return decide(c, &outcome)
	})
	outcome.Subject = order
	return outcome, err != nil || outcome.Answer != nil, err
}

// called is how a call to a wallet ended.
type called struct {
	sending
	verdict  outbound.Verdict
	err      error
	releases bool // the call has reserved the order; its end releases it
}

// settlement applies the outcome of a call to an order. Its methods are run in a transaction,
// possibly more than once.
type settlement interface {
	// calls returns the present count of the operation's calls; nil when the operation has
	// ended meanwhile, by news that came before the answer.
	calls(o *bridge.Order) *bridge.Calls
	// accept applies the wallet's answer.
	accept(c *bridge.Change) error
	// refuse ends the operation after a refusal that proves that nothing was executed.
	refuse(c *bridge.Change, code string) error
	// recordCalls records the calls without one that was surely not executed.
	recordCalls(c *bridge.Change, calls bridge.Calls)
	// ended returns the result of an operation that has ended meanwhile.
	ended(o *bridge.Order) error
	// wait plans the next status query while the outcome is open, unless the schedule does.
	wait(c *bridge.Change)
}

// usual is the part of a settlement that most operations share: they do not end meanwhile,
// and the schedule plans their status queries.
type usual struct{}

func (usual) ended(*bridge.Order) error { return nil }
func (usual) wait(*bridge.Change)       {}

// settle is the second half: it applies the outcome of a call to the order and commits that
// together with the answer to the request. A refusal ends the operation only when no other
// call can have been executed; otherwise the outcome stays open until a status query returns
// it.
func (e *Engine) settle(ctx context.Context, id bridge.OrderID, once *Once, call called, s settlement) (Outcome, error) {
	return e.settleWith(ctx, id, once, func(c *bridge.Change) error {
		if call.releases {
			c.Release()
		}
		calls := s.calls(&c.Order)
		switch {
		case call.verdict == outbound.Accepted:
			return s.accept(c)
		case calls == nil:
			return s.ended(&c.Order)
		case call.verdict == outbound.Refused && call.final(*calls):
			return s.refuse(c, fault.Of(call.err).Code)
		case call.verdict == outbound.Undone:
			s.recordCalls(c, calls.Undone())
		}
		s.wait(c)
		return outbound.OpenFault(call.err)
	})
}

// settleWith runs apply in one transaction and commits the answer to the request with it.
// The fault of apply is the outcome of the request; it does not roll back the change.
func (e *Engine) settleWith(ctx context.Context, id bridge.OrderID, once *Once, apply func(c *bridge.Change) error) (Outcome, error) {
	var settled struct {
		answer  *bridge.Answer
		failure error
	}
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *bridge.Change) error {
		settled.failure = apply(c)
		settled.answer = once.Keep(&c.Answer, c.Order, settled.failure)
		return nil
	})
	switch {
	case err != nil:
		return Outcome{Subject: order}, err
	case settled.answer != nil:
		return Outcome{Subject: order, Answer: settled.answer}, nil
	}
	return Outcome{Subject: order}, settled.failure
}
