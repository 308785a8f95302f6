package bridge

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// applyAuthorized books a hold of the order's full amount.
func (c *Change) applyAuthorized(p *Payment, next Payment, n News, now time.Time) error {
	switch {
	case p.Status == wallet.Paid, p.Status == wallet.Voided:
		return nil // older than what is known
	case n.Payment.Amount == wallet.Money{}:
		return c.withoutAmount(p, n, now)
	case n.Payment.Amount != c.Order.Amount:
		return c.mismatch(p, n.Payment.Amount, n, now)
	case n.Unproven && !p.Held():
		return ErrUnconfirmed
	case !p.Open() && p.Status != wallet.Authorized:
		return c.applyLateHold(p, next, n, now)
	case p.Open() && n.unsigned(p):
		return c.applyUnsigned(p, next, n, now)
	}
	late, number := c.Order.Closed != "" && p.Open(), p.Number
	next.Status = wallet.Authorized
	next.Authorized = c.Order.Amount.Minor
	next.Code = n.Payment.Code
	c.RecordPayment(p, next, n, now)
	if late {
		c.RaisePaymentAttention(number, LateAuthorization, nil, n, now)
	}
	return nil
}

// applyLateHold records money that is held for a payment that has ended. The order stays as
// it is, and a person voids the hold. News from before the end looks the same, so a status
// query must confirm it.
func (c *Change) applyLateHold(p *Payment, next Payment, n News, now time.Time) error {
	if n.Queryable && !n.proves(p) && !p.LateHold {
		return ErrUnconfirmed
	}
	number := p.Number
	next.LateHold, next.Authorized = true, c.Order.Amount.Minor
	c.RecordPayment(p, next, n, now)
	c.RaisePaymentAttention(number, LateAuthorization, nil, n, now)
	return nil
}

// applyClosed ends a payment unpaid. The first end stays. A payment that is paid stays paid,
// and the news is a reversal.
func (c *Change) applyClosed(p *Payment, next Payment, n News, now time.Time) error {
	switch {
	case n.Unproven && (p.Held() || p.Open() || p.Status == wallet.Paid && p.Reversed == 0):
		return ErrUnconfirmed
	case p.Status == wallet.Paid:
		return c.applyReversal(p, next, n, now)
	case p.LateHold:
		next.LateHold = false
	case p.Open() || p.Status == wallet.Authorized:
		next.Status = n.Payment.Status
		if n.TimedOut && next.Status == wallet.Canceled {
			next.Status = wallet.Expired
		}
		next.Code = n.Payment.Code
	}
	c.RecordPayment(p, next, n, now)
	return nil
}

// closing returns the Closed that the end of a payment gives the order: the order expires
// with a payment that expires when the order does.
func (c *Change) closing(next *Payment, now time.Time) wallet.Status {
	last := next.Number == len(c.Order.Payments) && c.Order.Closed == "" && c.Order.Paid == 0
	if last && next.Status == wallet.Expired && !now.Before(c.Order.ExpiresAt.Add(-ClockSkew)) {
		return wallet.Expired
	}
	return ""
}

// applyReversal records that a wallet took back captured money. News from before the
// payment, such as a first attempt at the cashier that failed, is no reversal.
//
// A wallet that closes a payment when all of it is refunded may report that before it
// answers the refund: ErrUndecided lets the news wait for that answer.
func (c *Change) applyReversal(p *Payment, next Payment, n News, now time.Time) error {
	at := ToMillis(n.Payment.OccurredAt)
	gone := c.Order.Money(p.Paid - p.Refunded)
	decided := p.Reversed == 0 && !p.ReversedAt.IsZero() && !at.After(p.ReversedAt) // by a person, as untrue
	if p.Reversed > 0 || gone.Minor <= 0 || decided || !at.IsZero() && !p.PaidAt.IsZero() && at.Before(p.PaidAt) {
		return nil
	}
	if c.Order.Left(p) <= 0 {
		return ErrUndecided
	}
	number := p.Number
	next.Reversed = gone.Minor
	if next.ReversedAt = at; at.IsZero() {
		next.ReversedAt = now
	}
	c.RecordPayment(p, next, n, now)
	c.RaisePaymentAttention(number, PaymentReversed, &gone, n, now)
	return nil
}
