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
	AmountMismatch      Attention = "amount_mismatch"      // the wallet reports another amount or currency
	AmountUnknown       Attention = "amount_unknown"       // the wallet reports paid without an amount, in a status query too
	LatePayment         Attention = "late_payment"         // money for an order that had ended unpaid
	LateAuthorization   Attention = "late_authorization"   // held money for an order that had ended
	DoublePayment       Attention = "double_payment"       // two payments of one order were paid
	PaymentReversed     Attention = "payment_reversed"     // the wallet took back money that was paid
	PaymentUnresolved   Attention = "payment_unresolved"   // a payment is open long after the order expired
	HoldUnresolved      Attention = "hold_unresolved"      // money is held for days, neither captured nor voided
	OperationUnresolved Attention = "operation_unresolved" // the outcome of a capture or void stays unknown
	RefundMismatch      Attention = "refund_mismatch"      // a refund contradicts the order's books
	ForeignRefund       Attention = "foreign_refund"       // a refund that this server did not request
	RefundUnconfirmed   Attention = "refund_unconfirmed"   // a refund has no answer, and the wallet has no refund query
	RefundUnresolved    Attention = "refund_unresolved"    // a refund is pending for days
	RefundImpossible    Attention = "refund_impossible"    // no wallet of the order can make the requested refund
	UnknownPayment      Attention = "unknown_payment"      // news of a payment that the order does not have
	UnconfirmedNews     Attention = "unconfirmed_news"     // news that needs a status query, at a wallet without one
	UnreadableNews      Attention = "unreadable_news"      // news whose amount or time cannot be represented
	WalletMissing       Attention = "wallet_missing"       // the wallet of open work is not configured
	InternalError       Attention = "internal_error"       // processing the order failed by an error of this server
)

// Attentions lists all reasons.
var Attentions = []Attention{
	AmountMismatch, AmountUnknown, LatePayment, LateAuthorization, DoublePayment, PaymentReversed,
	PaymentUnresolved, HoldUnresolved, OperationUnresolved, RefundMismatch, ForeignRefund, RefundUnconfirmed,
	RefundUnresolved, RefundImpossible, UnknownPayment, UnconfirmedNews, UnreadableNews, WalletMissing, InternalError,
}

// The times for which work may be open before a person must look at it.
const (
	openPaymentLimit   = time.Hour          // after the order expired
	openHoldLimit      = 6 * 24 * time.Hour // shortly before most holds expire
	openOperationLimit = time.Hour
	openRefundLimit    = 24 * time.Hour
	waitingRefundLimit = 72 * time.Hour // a person at the provider approves it
)

// Flag is one reason for attention, with the payment or refund that it is about. It stands
// until it is cleared, and the same flag is raised once.
type Flag struct {
	Why      Attention     `json:"why"`
	Payment  int           `json:"payment,omitzero"`
	Refund   int           `json:"refund,omitzero"`
	Observed *wallet.Money `json:"observed,omitempty"` // the wallet's sum, where it differs from ours
	Cleared  bool          `json:"cleared,omitzero"`
}

// maxFlags bounds the flags that a faulty wallet can add to an order. A reason that does not
// stand yet is always raised.
const maxFlags = 64

// Attention returns the reasons that stand, in the order in which they were raised.
func (o *Order) Attention() []Attention {
	var list []Attention
	for _, f := range o.Flags {
		if !f.Cleared && !slices.Contains(list, f.Why) {
			list = append(list, f.Why)
		}
	}
	return list
}

// Flagged reports whether a reason stands.
func (o *Order) Flagged(why Attention) bool {
	return slices.ContainsFunc(o.Flags, func(f Flag) bool { return f.Why == why && !f.Cleared })
}

// RaisePaymentAttention raises a flag about a payment. observed is the sum that the wallet
// reported, where that is the reason; nil elsewhere.
func (c *Change) RaisePaymentAttention(number int, why Attention, observed *wallet.Money, n News, now time.Time) {
	c.raise(Flag{Why: why, Payment: number, Observed: observed}, n.Source, n.Hint, now)
}

// RaiseRefundAttention raises a flag about a refund. observed is as for
// RaisePaymentAttention.
func (c *Change) RaiseRefundAttention(number int, why Attention, observed *wallet.Money, source Source, now time.Time) {
	c.raise(Flag{Why: why, Payment: c.Order.Refunds[number-1].Payment, Refund: number, Observed: observed}, source, "", now)
}

// RaiseOrderAttention raises a flag about the order itself.
func (c *Change) RaiseOrderAttention(why Attention, source Source, now time.Time) {
	c.raise(Flag{Why: why}, source, "", now)
}

// raise raises a flag once, also where it was cleared since. A flag about a state is raised
// again when the order enters that state again.
func (c *Change) raise(f Flag, source Source, hint string, now time.Time) {
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

// same reports whether two flags are about the same thing, cleared or not.
func (f Flag) same(g *Flag) bool {
	return f.Why == g.Why && f.Payment == g.Payment && f.Refund == g.Refund &&
		(f.Observed == nil) == (g.Observed == nil) && (f.Observed == nil || *f.Observed == *g.Observed)
}

// RaiseOverdue raises a flag about each payment, operation and refund that has been open
// longer than its limit.
func (c *Change) RaiseOverdue(now time.Time) {
	o := &c.Order
	for _, p := range slices.Clone(o.Payments) {
		if why, since, limit := p.overdue(o); limit > 0 && !now.Before(since.Add(limit)) {
			c.RaisePaymentAttention(p.Number, why, nil, News{Source: FromTime}, now)
		}
	}
	for _, r := range slices.Clone(o.Refunds) {
		if r.Open() && r.Sent() && !now.Before(r.since().Add(r.limit())) {
			c.RaiseRefundAttention(r.Number, RefundUnresolved, nil, FromTime, now)
		}
	}
}

// NextLimit returns the earliest time after now at which a limit of open work passes; zero
// when there is none.
func (o *Order) NextLimit(now time.Time) (next time.Time) {
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
		if r := &o.Refunds[i]; r.Open() && r.Sent() {
			earlier(r.since().Add(r.limit()))
		}
	}
	return next
}

// limit returns how long the refund may be open.
func (r *Refund) limit() time.Duration {
	if r.Status == wallet.RefundWaiting {
		return waitingRefundLimit
	}
	return openRefundLimit
}

// overdue returns what is open about a payment, since when, and the limit of that; a limit
// of zero means that nothing is open.
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

// clearEnded clears flags about open work that has ended since.
func (c *Change) clearEnded(now time.Time) {
	for _, f := range slices.Clone(c.Order.Flags) {
		if !f.Cleared && f.Why.endsByItself() && !c.Order.StillOpen(&f) {
			c.Record(AttentionCleared, FromTime, now, EventData{
				Cleared: &Clearing{Flag: f, By: "minitill", Note: "What was open has ended."},
			})
		}
	}
}

// AboutOpen reports whether the reason is that something is open: a person clears such a
// reason by stating the outcome.
func (why Attention) AboutOpen() bool {
	switch why {
	case PaymentUnresolved, HoldUnresolved, OperationUnresolved, RefundUnresolved, RefundUnconfirmed, LateAuthorization, AmountUnknown, WalletMissing:
		return true
	}
	return false
}

// endsByItself reports whether the reason is cleared when what it is about ends. Money whose
// amount the wallet never reported needs a person all the same.
func (why Attention) endsByItself() bool { return why.AboutOpen() && why != AmountUnknown }

// StillOpen reports whether what a flag is about is still open.
func (o *Order) StillOpen(f *Flag) bool {
	if f.Refund > 0 {
		return o.Refunds[f.Refund-1].Open()
	}
	refunds := slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Payment == f.Payment && r.Open() && r.Sent() })
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
