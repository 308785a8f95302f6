package console

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

// approvalForm is a refund that waits for a second operator, with the forms that approve and
// reject it.
type approvalForm struct {
	refundLine
	Order     bridge.OrderID
	Paid      wallet.Money // of the order, and what has gone back so far
	Back      wallet.Money
	Requester string // who requested it
	Until     time.Time
	Key       string // of the forms
	Version   int64  // of the order that they show
	Why       string // why this operator cannot decide; empty: it is possible
}

// approvalForms are the refunds of an order that wait for a second operator.
func (p *page) approvalForms(o *bridge.Order) (list []approvalForm) {
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Awaiting() {
			list = append(list, approvalForm{
				refundLine: lineOfRefund(o, r.Number), Order: o.ID, Paid: o.Money(o.Paid), Back: o.Money(o.Refunded),
				Requester: nameOf(r.Approval.Asked), Until: r.Approval.Until, Key: rand.Text(), Version: o.Sequence,
				Why: p.whyNotApprove(r),
			})
		}
	}
	return list
}

// nameOf names a person to operators.
func nameOf(p bridge.Person) string {
	switch {
	case p.Name == "":
		return p.ID
	case p.ID == "" || p.ID[:min(4, len(p.ID))] == "opr_":
		return p.Name
	}
	return p.ID + " of " + p.Name
}

// whyNotApprove says why the operator cannot decide about a refund; empty when possible.
func (p *page) whyNotApprove(r *bridge.Refund) string {
	switch {
	case !p.May(operator.Approve):
		return whyRole
	case refund.SamePerson(p.person(), r.Approval.Asked):
		return "You requested this refund, or an API key of yours did. Another operator decides."
	}
	return ""
}

// person is the operator as the engine tells one from another.
func (p *page) person() bridge.Person {
	return bridge.Person{ID: p.operator.ID, Name: p.operator.Name}
}

// waitingRefunds are the refunds of the page's app that wait for a second operator, the newest
// first.
func (p *page) waitingRefunds(ctx context.Context) (list []approvalForm, err error) {
	q := store.RefundQuery{App: p.app.Name, Status: wallet.RefundWaiting, Limit: pageSize}
	for len(list) < pageSize {
		page, err := p.store.Refunds(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page {
			for _, f := range p.approvalForms(&page[i].Order) {
				if f.ID == page[i].Order.ID.RefundID(page[i].Number) {
					list = append(list, f)
				}
			}
		}
		if len(page) < pageSize {
			return list, nil
		}
		q.Before = page[len(page)-1].Order.ID.RefundID(page[len(page)-1].Number)
	}
	return list, nil
}

// ofRefund takes the app of the refund that the path names.
func ofRefund(p *page) error {
	id, number, _ := bridge.ParseRefundID(p.r.PathValue("id"))
	order, err := web.FindOrder(p.r.Context(), p.engine, "refund", id, func(o *bridge.Order) bool {
		return p.operator.May(operator.SeeOrders, o.App) && number <= len(o.Refunds)
	})
	p.order, p.refund, p.app = order, number, p.Console.app(order.App)
	return err
}

func approveRefund(p *page) error {
	return p.decideRefund(operator.Approve, "approve", p.engine.ApproveRefund)
}

func rejectRefund(p *page) error {
	return p.decideRefund(operator.Reject, "reject", p.engine.RejectRefund)
}

// decideRefund decides about the page's refund, of the amount that the form has shown.
func (p *page) decideRefund(name operator.Action, done string, run func(context.Context, bridge.OrderID, refund.Decision, *once) (outcome, error)) error {
	amount, err := p.amount()
	if err != nil {
		return p.showOrder(0, false, err)
	}
	d := refund.Decision{Refund: p.refund, Amount: amount, Note: p.r.PostFormValue("reason"), Source: bridge.FromOperator}
	return p.decide(name, done, func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return run(ctx, id, d, once)
	})
}

// awaits reports whether the refund that a form has requested waits for a second operator.
func (p *page) awaits(ctx context.Context, id bridge.OrderID, once *once) bool {
	o, err := p.engine.Order(ctx, id)
	if err != nil {
		return false
	}
	r := o.RefundOf(once.KeyDigest())
	return r != nil && r.Awaiting()
}

// subject is the id of what an operation on the page's order is done to.
func (p *page) subject() string {
	if p.refund > 0 {
		return p.order.ID.RefundID(p.refund)
	}
	return string(p.order.ID)
}

// codeLabel says whose code a refund has: a refund that was never sent has one of ours.
func codeLabel(r *bridge.Refund) string {
	if r.Sent() {
		return "The wallet said"
	}
	return "Code"
}

// decided is how a second operator has decided, and why, of the event that records it.
func decided(r *bridge.Refund, e *bridge.Event) string {
	switch a := &r.Approval; {
	case r.Awaiting():
		return "waits for a second operator"
	case a.State == "" || !a.DecidedAt.Equal(e.At):
		return ""
	case a.Note == "":
		return string(a.State)
	default:
		return string(a.State) + ": " + a.Note
	}
}
