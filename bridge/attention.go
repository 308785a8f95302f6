package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Attention says why a person should look at an order.
type Attention string

// The reasons for attention. docs/attention.md says what a person does about each.
const (
	AmountMismatch      Attention = "amount_mismatch"      // the wallet names another amount or currency
	AmountUnknown       Attention = "amount_unknown"       // the wallet says paid and no amount, in answer to a query too
	LatePayment         Attention = "late_payment"         // money for an order that had ended without
	LateAuthorization   Attention = "late_authorization"   // held money for an order that had ended
	DoublePayment       Attention = "double_payment"       // two payments of one order were paid
	PaymentReversed     Attention = "payment_reversed"     // the wallet took back money that was paid
	PaymentUnresolved   Attention = "payment_unresolved"   // a payment is open long after the order's time
	HoldUnresolved      Attention = "hold_unresolved"      // money is held for days, neither captured nor voided
	OperationUnresolved Attention = "operation_unresolved" // the outcome of a capture or void stays unknown
	RefundMismatch      Attention = "refund_mismatch"      // a refund that does not fit what we know
	ForeignRefund       Attention = "foreign_refund"       // a refund we did not ask for
	RefundUnconfirmed   Attention = "refund_unconfirmed"   // the wallet cannot be asked whether a refund was made
	RefundUnresolved    Attention = "refund_unresolved"    // a refund is pending for days
	RefundImpossible    Attention = "refund_impossible"    // a refund was asked for that no wallet of the order can make
	UnknownPayment      Attention = "unknown_payment"      // news of a payment that the order does not have
	UnconfirmedNews     Attention = "unconfirmed_news"     // news that the wallet has to bear out, and cannot be asked about
	UnreadableNews      Attention = "unreadable_news"      // news whose amount or time cannot be represented
	WalletMissing       Attention = "wallet_missing"       // the wallet of open work is not configured
	InternalError       Attention = "internal_error"       // looking at the order failed by a mistake of ours
)

// Attentions are all reasons.
var Attentions = []Attention{
	AmountMismatch, AmountUnknown, LatePayment, LateAuthorization, DoublePayment, PaymentReversed,
	PaymentUnresolved, HoldUnresolved, OperationUnresolved, RefundMismatch, ForeignRefund, RefundUnconfirmed,
	RefundUnresolved, RefundImpossible, UnknownPayment, UnconfirmedNews, UnreadableNews, WalletMissing, InternalError,
}

// How long work may be open before it needs a person.
const (
	openPaymentLimit   = time.Hour          // after the order's time
	openHoldLimit      = 6 * 24 * time.Hour // shortly before most holds lapse
	openOperationLimit = time.Hour
	openRefundLimit    = 24 * time.Hour
	waitingRefundLimit = 72 * time.Hour // a person at the wallet approves it
)

// Flag is one reason why a person should look at an order, with what it is about. It
// stands until it is cleared, and the same flag is raised once.
type Flag struct {
	Why      Attention     `json:"why"`
	Payment  int           `json:"payment,omitzero"`
	Refund   int           `json:"refund,omitzero"`
	Observed *wallet.Money `json:"observed,omitempty"` // what the wallet named, where it is not ours
	Cleared  bool          `json:"cleared,omitzero"`
}

// maxFlags bounds what a lying wallet can make an order remember. A reason that does not
// stand yet is always raised.
const maxFlags = 64

// Attention is the set of reasons that stand, in the order in which they were raised.
func (o *Order) Attention() []Attention {
	var list []Attention
	for _, f := range o.Flags {
		if !f.Cleared && !slices.Contains(list, f.Why) {
			list = append(list, f.Why)
		}
	}
	return list
}

// Flagged says whether a reason stands.
func (o *Order) Flagged(why Attention) bool {
	return slices.ContainsFunc(o.Flags, func(f Flag) bool { return f.Why == why && !f.Cleared })
}

// RaisePayment asks for a person's attention to a payment.
func (c *Change) RaisePayment(number int, why Attention, observed *wallet.Money, n News, now time.Time) {
	c.flagWith(Flag{Why: why, Payment: number, Observed: observed}, n.Source, n.Hint, now)
}

// RaiseRefund asks for a person's attention to a refund.
func (c *Change) RaiseRefund(number int, why Attention, observed *wallet.Money, source Source, now time.Time) {
	c.flagWith(Flag{Why: why, Payment: c.Order.Refunds[number-1].Payment, Refund: number, Observed: observed}, source, "", now)
}

// RaiseOrder asks for a person's attention to the order itself.
func (c *Change) RaiseOrder(why Attention, source Source, now time.Time) {
	c.flagWith(Flag{Why: why}, source, "", now)
}

// flagWith raises a flag once, whether it stands or was cleared since. What is about a
// state, and was cleared, is raised again when that state comes again.
func (c *Change) flagWith(f Flag, source Source, hint string, now time.Time) {
	raised := slices.ContainsFunc(c.Order.Flags, func(have Flag) bool {
		return have.same(&f) && !(have.Cleared && (f.Why.endsByItself() || f.Why == PaymentReversed))
	})
	if raised || len(c.Order.Flags) >= maxFlags && c.Order.Flagged(f.Why) {
		return
	}
	data := EventData{Attention: f.Why, Flag: &f, Observed: f.Observed, Hint: hint}
	if p := c.Order.Payment(f.Payment); p != nil {
		copied := *p
		data.Payment = &copied
	}
	c.Record(OrderAttention, source, now, data)
}

// same says that two flags are about the same, whether cleared or not.
func (f Flag) same(g *Flag) bool {
	return f.Why == g.Why && f.Payment == g.Payment && f.Refund == g.Refund &&
		(f.Observed == nil) == (g.Observed == nil) && (f.Observed == nil || *f.Observed == *g.Observed)
}

// FlagOverdue raises what has been open for too long.
func (c *Change) FlagOverdue(now time.Time) {
	o := &c.Order
	for _, p := range slices.Clone(o.Payments) {
		if why, since, limit := p.overdue(o); limit > 0 && !now.Before(since.Add(limit)) {
			c.RaisePayment(p.Number, why, nil, News{Source: FromTime}, now)
		}
	}
	for _, r := range slices.Clone(o.Refunds) {
		if r.Open() && !now.Before(r.CreatedAt.Add(r.limit())) {
			c.RaiseRefund(r.Number, RefundUnresolved, nil, FromTime, now)
		}
	}
}

// nextLimit is the earliest time after now at which something will have been open for too
// long; zero when there is none.
func (o *Order) nextLimit(now time.Time) (next time.Time) {
	earlier := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for i := range o.Payments {
		if _, since, limit := o.Payments[i].overdue(o); limit > 0 {
			earlier(since.Add(limit))
		}
	}
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Open() {
			earlier(r.CreatedAt.Add(r.limit()))
		}
	}
	return next
}

// limit is how long the refund may be open.
func (r *Refund) limit() time.Duration {
	if r.Status == wallet.RefundWaiting {
		return waitingRefundLimit
	}
	return openRefundLimit
}

// overdue is what is open about a payment, since when, and for how long it may be; a
// limit of zero means that nothing is.
func (p *Payment) overdue(o *Order) (why Attention, since time.Time, limit time.Duration) {
	switch {
	case p.Operation != nil:
		return OperationUnresolved, p.Operation.CreatedAt, openOperationLimit
	case p.Status == wallet.Authorized:
		return HoldUnresolved, p.CreatedAt, openHoldLimit
	case p.Open():
		return PaymentUnresolved, o.ExpiresAt, openPaymentLimit
	}
	return "", time.Time{}, 0
}

// clearEnded clears flags about what was open and has ended since.
func (c *Change) clearEnded(now time.Time) {
	for _, f := range slices.Clone(c.Order.Flags) {
		if !f.Cleared && f.Why.endsByItself() && !c.Order.open(&f) {
			c.Record(AttentionCleared, FromTime, now, EventData{
				Cleared: &Clearing{Flag: f, By: "minitill", Note: "What was open has ended."},
			})
		}
	}
}

// aboutOpen says that the reason is that something is open: a person clears it by saying
// what became of it.
func (why Attention) aboutOpen() bool {
	switch why {
	case PaymentUnresolved, HoldUnresolved, OperationUnresolved, RefundUnresolved, RefundUnconfirmed, LateAuthorization, AmountUnknown, WalletMissing:
		return true
	}
	return false
}

// endsByItself says that the reason goes when what it is about ends. Money whose amount
// nobody has named stays a person's.
func (why Attention) endsByItself() bool { return why.aboutOpen() && why != AmountUnknown }

// open says whether what a flag is about is still open.
func (o *Order) open(f *Flag) bool {
	if f.Refund > 0 {
		return o.Refunds[f.Refund-1].Open()
	}
	refunds := slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Payment == f.Payment && r.Open() })
	if f.Why == RefundUnconfirmed { // of a payment's refunds
		return refunds
	}
	p := o.Payment(f.Payment)
	switch {
	case p == nil:
		return false
	case f.Why == OperationUnresolved:
		return p.Operation != nil
	case f.Why == LateAuthorization:
		return p.Held()
	case f.Why == WalletMissing:
		return p.Open() || p.Held() || refunds
	case f.Why == HoldUnresolved:
		return p.Status == wallet.Authorized
	}
	return p.Open() || p.Status == wallet.Authorized
}
