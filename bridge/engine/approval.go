package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// ApproveRefund approves a refund that waits for a second operator, and sends it to the
// wallet. The person of ctx is the operator; see WithPerson. A refund is sent once, however
// many approve it: later calls return the order as it stands.
//
// Faults: NotFound; Invalid; KeyReused; Forbidden for the person who requested the refund and for keys of
// that person; Conflict when it was rejected or has expired, when the payment has changed
// since or has too little left, while the call of an earlier approval is under way, or while
// refunds are held after a restore; Unsupported; then those of Refund.
func (e *Engine) ApproveRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *Once) (Outcome, error) {
	if done, ok, err := e.take(ctx, id, once); ok || err != nil {
		return done, err
	}
	if err := input.CheckTexts("engine.ApproveRefund", "note", d.Note); err != nil {
		return Outcome{}, err
	}
	if err := e.mayPayOut(ctx); err != nil {
		return Outcome{}, err
	}
	d.By = personOf(ctx)
	var again bool
	outcome, done, err := e.decide(ctx, id, func(c *bridge.Change, outcome *Outcome) (err error) {
		outcome.Refund = d.Refund
		if again, err = refund.Approve(c, &d, e.canRefund, e.clock()); err != nil {
			return err
		}
		if again {
			return e.repeatApproval(c, outcome, once)
		}
		c.Due = e.clock().Add(e.timeout + schedule.BusyGrace) // an earlier query would find the call under way
		return checkVersion(ctx, c.Before())
	})
	if done || again {
		return outcome, err
	}
	order := outcome.Subject
	return e.sendRefund(ctx, order, d.Refund, sending{Calls: order.Refunds[d.Refund-1].Calls}, once)
}

// repeatApproval answers an approval of a refund that was approved before.
//
// Faults: Conflict while the refund's call may be under way.
func (e *Engine) repeatApproval(c *bridge.Change, outcome *Outcome, once *Once) error {
	r := &c.Order.Refunds[outcome.Refund-1]
	if r.Status == wallet.RefundPending && !r.Accepted() && e.underWay(r.Calls, r.CreatedAt) {
		return idempotency.ErrBusy()
	}
	outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
	return nil
}

// RejectRefund rejects a refund that waits for a second operator. It has failed then, and its
// money is refundable again. The person of ctx is the operator; see WithPerson.
//
// Faults: NotFound; Invalid; KeyReused; Forbidden as for ApproveRefund; Conflict when it was
// approved or has expired.
func (e *Engine) RejectRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *Once) (Outcome, error) {
	if err := input.CheckTexts("engine.RejectRefund", "note", d.Note); err != nil {
		return Outcome{}, err
	}
	d.By = personOf(ctx)
	outcome, _, err := e.begin(ctx, id, once, func(c *bridge.Change, outcome *Outcome) error {
		outcome.Refund = d.Refund
		again, err := refund.Reject(c, &d, e.clock())
		if err == nil && !again {
			err = checkVersion(ctx, c.Before())
		}
		if err == nil {
			outcome.Answer = once.Keep(&c.Answer, c.Order, nil)
		}
		return err
	})
	return outcome, err
}

// refusedRefund returns why a refund has failed.
func refusedRefund(r *bridge.Refund) error {
	detail := "The wallet refused the refund."
	switch r.Code {
	case refund.CodeRejected:
		detail = "The refund was rejected by a second operator."
	case refund.CodeExpired:
		detail = "The refund was not approved in time."
	}
	return &fault.Error{Kind: fault.Declined, Op: "engine.Refund", Code: r.Code, Detail: detail}
}
