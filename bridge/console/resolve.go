package console

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/resolution"
)

// reasonForm is a reason for attention with the ways to clear it.
type reasonForm struct {
	Why      bridge.Attention
	Meaning  meaning
	Outcomes []string // that may be stated; none: a note is all
	Refunds  []string // the refunds that it stands for, where there are several
	CanNote  bool
	CanState bool
}

// reasonForms are the open reasons of the page's order.
func (p *page) reasonForms() (list []reasonForm) {
	for _, why := range p.order.Attention() {
		list = append(list, reasonForm{
			Why: why, Meaning: meanings[why], Outcomes: resolution.Outcomes[why], Refunds: p.flaggedRefunds(why),
			CanNote: p.May(operator.Note), CanState: p.May(operator.Outcome),
		})
	}
	return list
}

// flaggedRefunds are the refunds that a reason stands for, where there are several.
func (p *page) flaggedRefunds(why bridge.Attention) (ids []string) {
	for _, f := range p.order.Flags {
		if f.Why == why && !f.Cleared && f.Refund > 0 {
			ids = append(ids, p.order.ID.RefundID(f.Refund))
		}
	}
	if len(ids) < 2 {
		return nil
	}
	return ids
}

// resolveOrder clears a reason for attention with a note, or states an outcome. Both routes
// lead here: the one for notes takes no outcome.
func resolveOrder(p *page) error {
	note, err := p.reason(input.MaxNote)
	r := resolution.Decision{
		Attention: bridge.Attention(p.r.PostFormValue("attention")), Note: note, By: p.operator.Name,
		Outcome: p.r.PostFormValue("outcome"), Source: bridge.FromOperator,
	}
	name := operator.Note
	if err == nil && r.Outcome != "" {
		name, err = operator.Outcome, p.mayState()
	}
	if err == nil {
		r.Amount, err = p.amount()
	}
	if err == nil && r.Outcome == "" && r.Amount.Positive() {
		err = invalid("amount", "goes with an outcome only")
	}
	if of, number, ok := bridge.ParseRefundID(p.r.PostFormValue("refund")); ok && of == p.order.ID {
		r.Refund = number
	}
	if err != nil {
		return p.showOrder(0, false, err)
	}
	return p.operate(name, "resolve", note, func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return p.engine.Resolve(ctx, id, r, once)
	})
}

// mayState checks that the operator may state an outcome, which changes the books without the
// wallet.
//
// Faults: Forbidden.
func (p *page) mayState() error {
	if p.May(operator.Outcome) {
		return nil
	}
	return forbidden("Your role clears a reason with a note; an outcome needs the role finance.")
}
