package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// applyPaid books money whose amount matches, in every state. News of a payment that has
// ended may be older than the end, and the money refunded since: a status query must confirm
// it first.
func (c *Change) applyPaid(p *Payment, next Payment, n News, now time.Time) error {
	captured, err := c.captured(p, n, now)
	if err != nil {
		return err
	}
	if p.Status == wallet.Paid {
		return c.applyPaidAgain(p, next, captured, n, now)
	}
	closed := !p.Open() && p.Status != wallet.Authorized
	if n.Unproven || closed && n.Queryable && !n.proves(p) {
		return ErrUnconfirmed
	}
	if n.unsigned(p) {
		return c.applyUnsigned(p, next, n, now)
	}
	double := c.Order.Paid > 0
	late := closed || c.Order.Closed != "" && n.Source != FromWallet && !n.TimedOut
	unrequested := p.Operation != nil && (p.Operation.Void || captured.Minor != p.Operation.Amount)
	number := p.Number
	next.Status, next.Paid, next.LateHold = wallet.Paid, captured.Minor, false
	next.PaidID, next.PaidAt, next.Code = n.Payment.PaymentID, ToMillis(n.Payment.OccurredAt), n.Payment.Code
	c.RecordPayment(p, next, n, now)
	switch {
	case double:
		c.RaisePaymentAttention(number, DoublePayment, nil, n, now)
	case late:
		c.RaisePaymentAttention(number, LatePayment, nil, n, now)
	}
	if unrequested {
		c.RaisePaymentAttention(number, AmountMismatch, &captured, n, now)
	}
	c.noteOverpaid(number, n, now)
	c.clearExplained(number, n, now)
	return nil
}

// noteOverpaid raises a flag when the payer has sent more than the order's amount: the
// payment is paid, and a person decides about the excess.
func (c *Change) noteOverpaid(number int, n News, now time.Time) {
	received := cmp.Or(n.Payment.Charged, n.Payment.Settled)
	switch {
	case !n.Payment.Overpaid:
	case received == (wallet.Money{}):
		c.RaisePaymentAttention(number, AmountMismatch, nil, n, now)
	default:
		c.RaisePaymentAttention(number, AmountMismatch, &received, n, now)
	}
}

// applyPaidAgain applies news that a paid payment is paid. Under another id of the wallet it
// is a second payment by the payer: it becomes a payment of its own, since the wallet
// refunds it by its own id.
func (c *Change) applyPaidAgain(p *Payment, next Payment, captured wallet.Money, n News, now time.Time) error {
	id := n.Payment.PaymentID
	one := slices.Contains(next.SameIDs, id) && slices.Contains(next.SameIDs, p.PaidID)
	if id == "" || p.PaidID == "" || id == p.PaidID || one {
		if p.PaidID == "" {
			next.PaidID = id
		}
		if n.Unproven && captured.Minor > p.Paid {
			return ErrUnconfirmed
		}
		if n.unsigned(p) && captured.Minor > p.Paid {
			return c.applyUnsigned(p, next, n, now)
		}
		next.Paid = max(p.Paid, captured.Minor)
		number := p.Number
		c.RecordPayment(p, next, n, now)
		c.noteOverpaid(number, n, now)
		c.clearExplained(number, n, now)
		return nil
	}
	if n.unsigned(p) {
		c.RaisePaymentAttention(p.Number, UnconfirmedNews, nil, n, now)
		return nil
	}
	if n.Unproven {
		return ErrUnconfirmed
	}
	twin := Payment{
		Number: len(c.Order.Payments) + 1, Wallet: p.Wallet, Status: wallet.Paid, RequestID: p.RequestID,
		WalletPaymentID: id, PaidID: id, Method: next.Method, Paid: captured.Minor,
		PaidAt: ToMillis(n.Payment.OccurredAt), CreatedAt: now, Calls: p.Calls,
	}
	c.Record(PaymentUpdated, n.Source, now, EventData{Payment: &twin, Hint: n.Hint})
	c.RaisePaymentAttention(twin.Number, DoublePayment, nil, n, now)
	return nil
}

// captured returns how much of a payment was captured according to the news. It compares the
// amount with the order's first. A wallet that names no sum captured all of it, except after
// a partial capture: then only the answer to that capture counts, or a status query that
// returns the requested sum as the amount.
func (c *Change) captured(p *Payment, n News, now time.Time) (wallet.Money, error) {
	order, sum := c.Order.Amount, n.Payment.Captured
	if n.Payment.Short {
		return sum, c.short(p, n, now)
	}
	part := c.Order.Money(0)
	switch op := p.Operation; {
	case p.Status == wallet.Paid:
		part.Minor = p.Paid
	case op != nil && !op.Void:
		part.Minor = op.Amount
	}
	switch amount := n.Payment.Amount; {
	case amount == wallet.Money{}:
		return sum, c.withoutAmount(p, n, now)
	case amount == order:
	case c.Order.Hold && amount == part && part.Positive():
		if sum == (wallet.Money{}) {
			sum = part
		}
	default:
		return sum, c.mismatch(p, amount, n, now)
	}
	switch {
	case sum != wallet.Money{}:
	case part.Minor == 0 || p.Status == wallet.Paid || part == order:
		sum = order
		if p.Status == wallet.Paid {
			sum = part
		}
	case n.Operation != "" && n.Operation == p.Operation.RequestID:
		sum = part
	default:
		return sum, ErrUnconfirmed
	}
	partial := sum != order
	if partial && (!c.Order.Hold || sum.Currency != order.Currency || sum.Minor <= 0 || sum.Minor > order.Minor) {
		return sum, c.mismatch(p, sum, n, now)
	}
	return sum, nil
}

// short refuses money that does not cover the price: a status query must confirm it, and
// then a person decides. After the price was paid such news is old.
func (c *Change) short(p *Payment, n News, now time.Time) error {
	settled := n.Payment.Settled
	switch {
	case p.Status == wallet.Paid:
		return ErrPaidSince
	case settled == wallet.Money{}:
		return c.withoutAmount(p, n, now)
	}
	return c.mismatch(p, settled, n, now)
}

// withoutAmount refuses news of money that names no amount: a status query must return it,
// and where that does not either, a flag is raised.
func (c *Change) withoutAmount(p *Payment, n News, now time.Time) error {
	another := n.Payment.PaymentID != "" && p.PaidID != "" && n.Payment.PaymentID != p.PaidID && !slices.Contains(p.SameIDs, n.Payment.PaymentID)
	switch {
	case p.Status == wallet.Paid && !another:
		return fault.New(fault.Invalid, "bridge.Apply", "The wallet named no amount.")
	case n.Source != FromQuery:
		return ErrUnconfirmed
	}
	c.RaisePaymentAttention(p.Number, AmountUnknown, nil, n, now)
	return fault.New(fault.Invalid, "bridge.Apply", "The wallet named no amount.")
}

// mismatch raises a flag about a sum that is not the order's.
func (c *Change) mismatch(p *Payment, observed wallet.Money, n News, now time.Time) error {
	c.RaisePaymentAttention(p.Number, AmountMismatch, &observed, n, now)
	return fault.New(fault.Invalid, "bridge.Apply", "The amount is not the order's.")
}
