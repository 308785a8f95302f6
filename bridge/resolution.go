package bridge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Resolution is what a person decides about a reason for attention.
type Resolution struct {
	Attention Attention
	Note      string // why; required
	By        string // who
	// Outcome is the outcome of the payment, operation or refund that the reason is about;
	// empty when only the reason is cleared. ResolveOutcomes lists those that are allowed.
	Outcome string
	Amount  wallet.Money // of the outcome; zero: all that it can be
	Refund  int          // the number of the refund, where the reason stands for several
	Source  Source
}

// The outcomes that a person may state.
const (
	ResolvedPaid     = "paid"     // the payment was captured, or was not reversed
	ResolvedFailed   = "failed"   // the payment, operation or refund was not executed and will not be
	ResolvedRefunded = "refunded" // the payer has the money back, by this refund or in another way
	ResolvedVoided   = "voided"   // the hold was released
)

// ResolveOutcomes are the outcomes that each reason may be resolved with, beside none.
// Reasons about what is open are resolved without an outcome only once it has ended.
var ResolveOutcomes = map[Attention][]string{
	AmountMismatch:      {ResolvedPaid, ResolvedFailed, ResolvedRefunded},
	AmountUnknown:       {ResolvedPaid, ResolvedFailed},
	LatePayment:         {ResolvedRefunded},
	LateAuthorization:   {ResolvedVoided},
	DoublePayment:       {ResolvedRefunded},
	PaymentReversed:     {ResolvedPaid},
	PaymentUnresolved:   {ResolvedPaid, ResolvedFailed},
	HoldUnresolved:      {ResolvedPaid, ResolvedVoided},
	OperationUnresolved: {ResolvedPaid, ResolvedVoided, ResolvedFailed},
	RefundMismatch:      {},
	ForeignRefund:       {},
	RefundUnconfirmed:   {ResolvedRefunded, ResolvedFailed},
	RefundUnresolved:    {ResolvedRefunded, ResolvedFailed},
	RefundImpossible:    {ResolvedRefunded},
	UnknownPayment:      {},
	UnconfirmedNews:     {ResolvedPaid, ResolvedFailed, ResolvedRefunded},
	UnreadableNews:      {ResolvedPaid, ResolvedFailed},
	WalletMissing:       {ResolvedPaid, ResolvedFailed, ResolvedRefunded, ResolvedVoided},
	InternalError:       {},
}

// Resolve clears the flags of a reason and books the outcome for what each is about, once.
//
// Faults: Invalid; Conflict when the reason does not stand, or is about what is open and r
// has no outcome.
func (c *Change) Resolve(r *Resolution, now time.Time) error {
	const op = "bridge.Resolve"
	allowed, known := ResolveOutcomes[r.Attention]
	switch {
	case !known:
		return fault.InvalidField(op, "attention", "is not a reason for attention")
	case strings.TrimSpace(r.Note) == "":
		return fault.InvalidField(op, "note", "is required")
	case wallet.TextFlaw(r.Note) != "":
		return fault.InvalidField(op, "note", wallet.TextFlaw(r.Note))
	case r.Outcome != "" && len(allowed) == 0:
		return fault.InvalidField(op, "outcome", "must be left out for this reason")
	case r.Outcome != "" && !slices.Contains(allowed, r.Outcome):
		return fault.InvalidField(op, "outcome", "must be one of: "+strings.Join(allowed, ", ")+"; or left out")
	case !c.Order.Flagged(r.Attention):
		return fault.New(fault.Conflict, op, "The order has no such attention.")
	case r.Amount != (wallet.Money{}) && (r.Amount.Currency != c.Order.Amount.Currency || !r.Amount.Positive()):
		return fault.InvalidField(op, "amount", "must be more than zero, in "+string(c.Order.Amount.Currency))
	}
	if err := c.Order.oneRefund(r); err != nil {
		return err
	}
	resolved := map[Flag]bool{} // what each outcome was booked for, once
	for _, f := range slices.Clone(c.Order.Flags) {
		if f.Why != r.Attention || f.Cleared || r.Refund > 0 && f.Refund != r.Refund {
			continue
		}
		if r.Outcome == "" && f.Why.aboutOpen() && c.Order.open(&f) {
			return fault.New(fault.Conflict, op, "What this is about is still open: say what became of it in outcome.")
		}
		if about := (Flag{Payment: f.Payment, Refund: f.Refund}); !resolved[about] {
			resolved[about] = true
			if err := c.resolveFlag(&f, r, now); err != nil {
				return err
			}
		}
		c.Record(AttentionCleared, r.Source, now, EventData{Cleared: &Clearing{Flag: f, By: r.By, Note: r.Note, Outcome: r.Outcome}})
	}
	return nil
}

// oneRefund checks that a resolution names a refund that its reason is about, and that an
// outcome is of one refund only.
func (o *Order) oneRefund(r *Resolution) error {
	const op = "bridge.Resolve"
	var refunds []string
	named := r.Refund == 0
	for _, f := range o.Flags {
		if f.Why == r.Attention && !f.Cleared && f.Refund > 0 {
			refunds = append(refunds, o.ID.RefundID(f.Refund))
			named = named || f.Refund == r.Refund
		}
	}
	switch {
	case !named:
		return fault.InvalidField(op, "refund", "is not a refund that this is about")
	case r.Refund == 0 && r.Outcome != "" && len(refunds) > 1:
		return fault.InvalidField(op, "refund", "must name one of: "+strings.Join(refunds, ", "))
	}
	return nil
}

// resolveFlag books an outcome for what one flag is about.
func (c *Change) resolveFlag(f *Flag, r *Resolution, now time.Time) error {
	if r.Outcome == "" {
		return nil
	}
	if number := c.Order.openRefund(f); number > 0 && f.aboutRefund(r.Outcome, c.Order.flaggedPayment(f)) {
		return c.resolveRefund(number, r, now)
	}
	p := c.Order.flaggedPayment(f)
	if f.Why == RefundUnconfirmed || f.Why == RefundUnresolved {
		return fault.New(fault.Conflict, "bridge.Resolve", "The refund has ended.")
	}
	if p == nil {
		return fault.New(fault.Conflict, "bridge.Resolve", "There is no payment that this can be the outcome of.")
	}
	switch r.Outcome {
	case ResolvedPaid:
		return c.resolvePaid(p, r, now)
	case ResolvedRefunded:
		return c.resolveRefunded(p, r, now)
	case ResolvedVoided:
		return c.resolveEnded(p, wallet.Voided, r, now)
	}
	return c.resolveEnded(p, wallet.Failed, r, now)
}

// aboutRefund reports whether an outcome is of the open refund of a payment, and not of the
// payment itself.
func (f *Flag) aboutRefund(outcome string, p *Payment) bool {
	switch f.Why {
	case RefundUnconfirmed, RefundUnresolved:
		return true
	case WalletMissing:
		return (outcome == ResolvedRefunded || outcome == ResolvedFailed) && p != nil && !p.Open() && !p.Held()
	}
	return false
}

// openRefund returns the number of the open refund that a flag is about, or zero.
func (o *Order) openRefund(f *Flag) int {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if r.Open() && (f.Refund == r.Number || f.Refund == 0 && (f.Payment == 0 || f.Payment == r.Payment)) {
			return r.Number
		}
	}
	return 0
}

// flaggedPayment returns the payment that a flag is about: where the flag names none, the
// one that is held or open, or else the newest.
func (o *Order) flaggedPayment(f *Flag) *Payment {
	if p := o.Payment(f.Payment); p != nil {
		return p
	}
	if f.Why == RefundImpossible {
		for i := range o.Payments {
			if p := &o.Payments[i]; o.Left(p) > 0 {
				return p
			}
		}
	}
	if p := o.HeldPayment(); p != nil {
		return p
	}
	if p := o.OpenPayment(); p != nil {
		return p
	}
	return o.LastPayment()
}

// resolveRefund books the outcome of an open refund.
func (c *Change) resolveRefund(number int, r *Resolution, now time.Time) error {
	before := c.Order.Refunds[number-1]
	next := before
	next.Status, next.Code = wallet.RefundFailed, "resolved"
	if r.Outcome == ResolvedRefunded {
		next.Status = wallet.RefundSucceeded
		next.Amount = cmp.Or(r.Amount.Minor, before.Amount)
		if more := next.Amount - before.Amount; more > 0 && more > c.Order.Left(c.Order.Payment(before.Payment)) {
			return fault.InvalidField("bridge.Resolve", "amount", "is more than the payment has left")
		}
	}
	c.recordRefund(before, next, r.Source, now)
	return nil
}

// resolvePaid books a payment as paid, or removes a reversal that did not happen.
func (c *Change) resolvePaid(p *Payment, r *Resolution, now time.Time) error {
	next := *p
	amount := cmp.Or(r.Amount.Minor, c.Order.Amount.Minor)
	if op := p.Operation; op != nil && !op.Void {
		amount = cmp.Or(r.Amount.Minor, op.Amount)
	}
	double, number := c.Order.Paid > 0 && p.Status != wallet.Paid, p.Number
	switch {
	case p.Status == wallet.Paid && p.Reversed > 0:
		next.Reversed, next.ReversedAt = 0, now // older news of it is known to be untrue
	case p.Status == wallet.Paid:
		next.Paid = cmp.Or(r.Amount.Minor, p.Paid)
		if next.Paid < p.Paid-c.Order.Left(p) {
			return fault.InvalidField("bridge.Resolve", "amount", "is less than what was refunded")
		}
	default:
		next.Status, next.Paid, next.LateHold = wallet.Paid, amount, false // the wallet's time of it is not known
	}
	c.recordPayment(p, next, News{Source: r.Source}, now)
	if double {
		c.RaisePaymentAttention(number, DoublePayment, nil, News{Source: r.Source}, now)
	}
	return nil
}

// resolveRefunded books a refund that was made outside the wallets' APIs.
func (c *Change) resolveRefunded(p *Payment, r *Resolution, now time.Time) error {
	left := c.Order.Left(p)
	amount := cmp.Or(r.Amount.Minor, left)
	if amount <= 0 || amount > left {
		return fault.InvalidField("bridge.Resolve", "amount", "must be at most what the payment has left, "+c.Order.Money(left).String())
	}
	c.Record(RefundSucceeded, r.Source, now, EventData{Refund: &Refund{
		Number: len(c.Order.Refunds) + 1, Payment: p.Number, Status: wallet.RefundSucceeded,
		Amount: amount, Reason: r.Note, CreatedAt: now,
	}})
	return nil
}

// resolveEnded books that a payment ended unpaid, that a hold was released, or that an
// operation was not executed, after which the money is still held.
func (c *Change) resolveEnded(p *Payment, status wallet.Status, r *Resolution, now time.Time) error {
	next := *p
	switch {
	case status == wallet.Failed && p.Operation != nil:
		next.Operation = nil
	case status == wallet.Voided && p.LateHold:
		next.LateHold = false
	case p.Open() && status == wallet.Failed, p.Status == wallet.Authorized:
		next.Status, next.Code = status, "resolved"
	default:
		return fault.New(fault.Conflict, "bridge.Resolve", "The payment is "+string(p.Status)+".")
	}
	c.recordPayment(p, next, News{Source: r.Source}, now)
	return nil
}
