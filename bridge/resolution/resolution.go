package resolution

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Decision is what a person decides about a reason for attention.
type Decision struct {
	Attention bridge.Attention
	Note      string // why; required
	By        string // who
	// Outcome is the outcome of the payment, operation or refund that the reason is about;
	// empty when only the reason is cleared. Outcomes lists those that are allowed.
	Outcome string
	Amount  wallet.Money // of the outcome; zero: all that it can be
	Refund  int          // the number of the refund, where the reason stands for several
	Source  bridge.Source
}

// The outcomes that a person may state.
const (
	Paid     = "paid"     // the payment was captured, or was not reversed
	Failed   = "failed"   // the payment, operation or refund was not executed and will not be
	Refunded = "refunded" // the payer has the money back, by this refund or in another way
	Voided   = "voided"   // the hold was released
)

// Outcomes are the outcomes that each reason may be resolved with, beside none.
// Reasons about what is open are resolved without an outcome only once it has ended.
var Outcomes = map[bridge.Attention][]string{
	bridge.AmountMismatch:      {Paid, Failed, Refunded},
	bridge.AmountUnknown:       {Paid, Failed},
	bridge.LatePayment:         {Refunded},
	bridge.LateAuthorization:   {Voided},
	bridge.DoublePayment:       {Refunded},
	bridge.PaymentReversed:     {Paid},
	bridge.PaymentUnresolved:   {Paid, Failed},
	bridge.HoldUnresolved:      {Paid, Voided},
	bridge.OperationUnresolved: {Paid, Voided, Failed},
	bridge.RefundMismatch:      {},
	bridge.ForeignRefund:       {},
	bridge.RefundUnconfirmed:   {Refunded, Failed},
	bridge.RefundUnresolved:    {Refunded, Failed},
	bridge.RefundImpossible:    {Refunded},
	bridge.UnknownPayment:      {},
	bridge.UnconfirmedNews:     {Paid, Failed, Refunded},
	bridge.UnreadableNews:      {Paid, Failed},
	bridge.WalletMissing:       {Paid, Failed, Refunded, Voided},
	bridge.InternalError:       {},
}

// Apply clears the flags of a reason and books the outcome for what each is about, once.
//
// Faults: Invalid; Conflict when the reason does not stand, or is about what is open and r
// has no outcome.
func Apply(c *bridge.Change, r *Decision, now time.Time) error {
	const op = "resolution.Apply"
	allowed, known := Outcomes[r.Attention]
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
	if err := oneRefund(&c.Order, r); err != nil {
		return err
	}
	resolved := map[bridge.Flag]bool{} // what each outcome was booked for, once
	for _, f := range slices.Clone(c.Order.Flags) {
		if f.Why != r.Attention || f.Cleared || r.Refund > 0 && f.Refund != r.Refund {
			continue
		}
		if r.Outcome == "" && f.Why.AboutOpen() && c.Order.StillOpen(&f) {
			return fault.New(fault.Conflict, op, "What this is about is still open: say what became of it in outcome.")
		}
		if about := (bridge.Flag{Payment: f.Payment, Refund: f.Refund}); !resolved[about] {
			resolved[about] = true
			if err := resolveFlag(c, &f, r, now); err != nil {
				return err
			}
		}
		c.Record(bridge.AttentionCleared, r.Source, now, bridge.EventData{Cleared: &bridge.Clearing{Flag: f, By: r.By, Note: r.Note, Outcome: r.Outcome}})
	}
	return nil
}

// oneRefund checks that a resolution names a refund that its reason is about, and that an
// outcome is of one refund only.
func oneRefund(o *bridge.Order, r *Decision) error {
	const op = "resolution.Apply"
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
func resolveFlag(c *bridge.Change, f *bridge.Flag, r *Decision, now time.Time) error {
	if r.Outcome == "" {
		return nil
	}
	if number := openRefund(&c.Order, f); number > 0 && aboutRefund(f, r.Outcome, flaggedPayment(&c.Order, f)) {
		return resolveRefund(c, number, r, now)
	}
	p := flaggedPayment(&c.Order, f)
	if f.Why == bridge.RefundUnconfirmed || f.Why == bridge.RefundUnresolved {
		return fault.New(fault.Conflict, "resolution.Apply", "The refund has ended.")
	}
	if p == nil {
		return fault.New(fault.Conflict, "resolution.Apply", "There is no payment that this can be the outcome of.")
	}
	switch r.Outcome {
	case Paid:
		return resolvePaid(c, p, r, now)
	case Refunded:
		return resolveRefunded(c, p, r, now)
	case Voided:
		return resolveEnded(c, p, wallet.Voided, r, now)
	}
	return resolveEnded(c, p, wallet.Failed, r, now)
}

// aboutRefund reports whether an outcome is of the open refund of a payment, and not of the
// payment itself.
func aboutRefund(f *bridge.Flag, outcome string, p *bridge.Payment) bool {
	switch f.Why {
	case bridge.RefundUnconfirmed, bridge.RefundUnresolved:
		return true
	case bridge.WalletMissing:
		return (outcome == Refunded || outcome == Failed) && p != nil && !p.Open() && !p.Held()
	}
	return false
}

// openRefund returns the number of the open refund that a flag is about, or zero.
func openRefund(o *bridge.Order, f *bridge.Flag) int {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if r.Open() && r.Sent() && (f.Refund == r.Number || f.Refund == 0 && (f.Payment == 0 || f.Payment == r.Payment)) {
			return r.Number
		}
	}
	return 0
}

// flaggedPayment returns the payment that a flag is about: where the flag names none, the
// one that is held or open, or else the newest.
func flaggedPayment(o *bridge.Order, f *bridge.Flag) *bridge.Payment {
	if p := o.Payment(f.Payment); p != nil {
		return p
	}
	if f.Why == bridge.RefundImpossible {
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
func resolveRefund(c *bridge.Change, number int, r *Decision, now time.Time) error {
	before := c.Order.Refunds[number-1]
	next := before
	next.Status, next.Code = wallet.RefundFailed, "resolved"
	if r.Outcome == Refunded {
		next.Status = wallet.RefundSucceeded
		next.Amount = cmp.Or(r.Amount.Minor, before.Amount)
		if more := next.Amount - before.Amount; more > 0 && more > c.Order.Left(c.Order.Payment(before.Payment)) {
			return fault.InvalidField("resolution.Apply", "amount", "is more than the payment has left")
		}
	}
	c.RecordRefund(before, next, r.Source, now)
	return nil
}

// resolvePaid books a payment as paid, or removes a reversal that did not happen.
func resolvePaid(c *bridge.Change, p *bridge.Payment, r *Decision, now time.Time) error {
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
			return fault.InvalidField("resolution.Apply", "amount", "is less than what was refunded")
		}
	default:
		next.Status, next.Paid, next.LateHold = wallet.Paid, amount, false // the wallet's time of it is not known
	}
	c.RecordPayment(p, next, bridge.News{Source: r.Source}, now)
	if double {
		c.RaisePaymentAttention(number, bridge.DoublePayment, nil, bridge.News{Source: r.Source}, now)
	}
	return nil
}

// resolveRefunded books a refund that was made outside the wallets' APIs.
func resolveRefunded(c *bridge.Change, p *bridge.Payment, r *Decision, now time.Time) error {
	left := c.Order.Left(p)
	amount := cmp.Or(r.Amount.Minor, left)
	if amount <= 0 || amount > left {
		return fault.InvalidField("resolution.Apply", "amount", "must be at most what the payment has left, "+c.Order.Money(left).String())
	}
	c.Record(bridge.RefundSucceeded, r.Source, now, bridge.EventData{Refund: &bridge.Refund{
		Number: len(c.Order.Refunds) + 1, Payment: p.Number, Status: wallet.RefundSucceeded,
		Amount: amount, Reason: r.Note, CreatedAt: now,
	}})
	return nil
}

// resolveEnded books that a payment ended unpaid, that a hold was released, or that an
// operation was not executed, after which the money is still held.
func resolveEnded(c *bridge.Change, p *bridge.Payment, status wallet.Status, r *Decision, now time.Time) error {
	next := *p
	switch {
	case status == wallet.Failed && p.Operation != nil:
		next.Operation = nil
	case status == wallet.Voided && p.LateHold:
		next.LateHold = false
	case p.Open() && status == wallet.Failed, p.Status == wallet.Authorized:
		next.Status, next.Code = status, "resolved"
	default:
		return fault.New(fault.Conflict, "resolution.Apply", "The payment is "+string(p.Status)+".")
	}
	c.RecordPayment(p, next, bridge.News{Source: r.Source}, now)
	return nil
}
