package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// applyRefund applies news of a refund; see Apply.
func (c *Change) applyRefund(n News, now time.Time) error {
	r := c.refundOf(n.Refund.RefundRef, n.Wallet)
	if r == nil {
		return c.foreignRefund(n, now)
	}
	if c.Order.Payments[r.Payment-1].Wallet != n.Wallet {
		return fault.New(fault.Forbidden, "bridge.Apply", "The refund belongs to another wallet.")
	}
	amount := n.Refund.Amount
	if amount != (wallet.Money{}) && amount.Currency != c.Order.Amount.Currency {
		c.RaiseRefundAttention(r.Number, RefundMismatch, &amount, n.Source, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's currency is not the order's.")
	}
	// A person at the provider's console may change a refund's amount, but only a status
	// query proves that.
	if amount.Positive() && amount.Minor != r.Amount && n.Source != FromQuery {
		c.RaiseRefundAttention(r.Number, RefundMismatch, &amount, n.Source, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's amount is not the one that was requested.")
	}
	next := *r
	if r.Awaiting() && n.Refund.Status != "" {
		next.Approval.State = ApprovalOvertaken // and is never sent
	}
	if next.WalletRefundID == "" {
		next.WalletRefundID = n.Refund.RefundID
	}
	next.Fee = larger(next.Fee, n.Refund.Fee)
	if r.Open() && (n.Refund.Status == wallet.RefundPending || n.Refund.Status == wallet.RefundWaiting) {
		next.Taken = true
	}
	return c.moveRefund(r, next, n, now)
}

// refundOf finds the refund that a wallet refers to, by our request id or else by the
// wallet's own id.
func (c *Change) refundOf(ref wallet.RefundRef, walletName string) *Refund {
	var found *Refund
	for i := range c.Order.Refunds {
		r := &c.Order.Refunds[i]
		switch {
		case ref.RequestID != "" && r.RequestID == ref.RequestID:
			return r
		case ref.RefundID == "" || r.WalletRefundID != ref.RefundID || c.Order.Payments[r.Payment-1].Wallet != walletName:
		case found == nil || found.RequestID == "": // our own comes before one that was booked as foreign
			found = r
		}
	}
	return found
}

// moveRefund moves a refund forward: open, then failed, and a success wins over both.
func (c *Change) moveRefund(r *Refund, next Refund, n News, now time.Time) error {
	surprise := false
	switch n.Refund.Status {
	case wallet.RefundSucceeded:
		surprise = r.Status == wallet.RefundFailed
		next.Status = wallet.RefundSucceeded
		if a := n.Refund.Amount; a.Positive() && r.Status != wallet.RefundSucceeded {
			surprise = surprise || a.Minor != r.Amount
			next.Amount = a.Minor
		}
	case wallet.RefundFailed:
		if r.Status != wallet.RefundSucceeded {
			next.Status = wallet.RefundFailed
		}
		surprise = r.Status == wallet.RefundSucceeded // the payer's bank returned the money
	case wallet.RefundPending, wallet.RefundWaiting:
		if r.Open() {
			next.Status = n.Refund.Status
		}
		surprise = r.Status == wallet.RefundFailed && n.Source == FromQuery
	default:
		if n.Source == FromNotification {
			return ErrUnconfirmed
		}
	}
	surprise = surprise || next.Approval.State != r.Approval.State
	if next == *r && !surprise {
		return nil
	}
	if n.Unproven {
		return ErrUnconfirmed
	}
	if next.Status != r.Status {
		next.Code = n.Refund.Code
	}
	number := r.Number
	if next != *r {
		c.RecordRefund(*r, next, n.Source, now)
	}
	if surprise {
		c.RaiseRefundAttention(number, RefundMismatch, &n.Refund.Amount, n.Source, now)
	}
	return nil
}

// RecordRefund records a refund as it now stands. A refund that was booked as foreign under
// the same id of the wallet was this one: it is marked failed, so that the money counts
// once.
func (c *Change) RecordRefund(before, next Refund, source Source, now time.Time) {
	if before.WalletRefundID == "" && next.WalletRefundID != "" {
		for _, r := range slices.Clone(c.Order.Refunds) {
			if r.RequestID == "" && r.Payment == next.Payment && r.WalletRefundID == next.WalletRefundID && r.Status != wallet.RefundFailed {
				r.Status, r.Code = wallet.RefundFailed, "same_as_"+c.Order.ID.RefundID(next.Number)
				c.Record(RefundFailed, source, now, EventData{Refund: &r})
			}
		}
	}
	c.Record(refundEvent(before.Status, next.Status), source, now, EventData{Refund: &next})
}

func refundEvent(before, after wallet.RefundStatus) EventType {
	switch {
	case before == after:
		return RefundUpdated
	case after == wallet.RefundSucceeded:
		return RefundSucceeded
	case after == wallet.RefundFailed:
		return RefundFailed
	}
	return RefundPending
}

// foreignRefund books a refund that this server did not request, such as one made at the
// provider's console. News without a request id may be of one of our refunds whose id at the
// wallet is not known yet: ErrUndecided lets it wait until that id is known.
func (c *Change) foreignRefund(n News, now time.Time) error {
	p, err := c.PaymentOf(n.Refund.Payment, n.Wallet)
	if err != nil {
		return err
	}
	if n.Recovered {
		return c.addRecoveredRefund(p, n, now)
	}
	amount := n.Refund.Amount
	switch {
	case n.Refund.Status != wallet.RefundSucceeded || n.Refund.RefundID == "":
		return fault.New(fault.NotFound, "bridge.Apply", "The order has no such refund.")
	case n.Refund.RequestID == "" && c.Order.HasUnidentifiedRefund(p.Number), p.Open() && p.Paid == 0:
		return ErrUndecided
	case n.Unproven:
		return ErrUnconfirmed
	case n.Refund.Amount.Currency != c.Order.Amount.Currency || !n.Refund.Amount.Positive():
		c.RaisePaymentAttention(p.Number, RefundMismatch, &n.Refund.Amount, n, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund's amount makes no sense for the order.")
	}
	if booked := c.Order.withoutID(p.Number, amount.Minor); booked != nil {
		next := *booked
		next.WalletRefundID = n.Refund.RefundID
		c.Record(RefundUpdated, n.Source, now, EventData{Refund: &next})
		return nil
	}
	if p.Paid == 0 { // it was refunded before it was booked as paid: there is nothing to deduct
		c.RaisePaymentAttention(p.Number, ForeignRefund, &amount, n, now)
		return nil
	}
	r := Refund{
		Number: len(c.Order.Refunds) + 1, Payment: p.Number, Status: wallet.RefundSucceeded,
		WalletRefundID: n.Refund.RefundID, Amount: n.Refund.Amount.Minor, Code: n.Refund.Code, CreatedAt: now,
	}
	c.Record(RefundSucceeded, n.Source, now, EventData{Refund: &r})
	c.RaiseRefundAttention(r.Number, ForeignRefund, &n.Refund.Amount, n.Source, now)
	return nil
}

// addRecoveredRefund adds a refund that a restored store lacks, as the wallet reports it.
func (c *Change) addRecoveredRefund(p *Payment, n News, now time.Time) error {
	amount := n.Refund.Amount
	if amount.Currency != c.Order.Amount.Currency || !amount.Positive() || n.Refund.Status == "" {
		c.RaisePaymentAttention(p.Number, RefundMismatch, &amount, n, now)
		return fault.New(fault.Invalid, "bridge.Apply", "The refund makes no sense for the order.")
	}
	r := Refund{
		Number: len(c.Order.Refunds) + 1, Payment: p.Number, Status: n.Refund.Status, RequestID: n.Refund.RequestID,
		WalletRefundID: n.Refund.RefundID, Amount: amount.Minor, Code: n.Refund.Code, CreatedAt: now, Calls: Calls{1, now},
	}
	c.Record(refundEvent("", r.Status), n.Source, now, EventData{Refund: &r})
	c.RaiseRefundAttention(r.Number, ForeignRefund, &amount, n.Source, now)
	return nil
}

// withoutID returns a refund that a person has booked without the wallet's id, or nil: news
// of that sum from the wallet is of that refund.
func (o *Order) withoutID(payment int, minor int64) *Refund {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if r.Payment == payment && r.Status == wallet.RefundSucceeded && r.WalletRefundID == "" && r.Amount == minor {
			return r
		}
	}
	return nil
}

// Accepted reports whether the wallet has confirmed that it received the refund.
func (r *Refund) Accepted() bool { return r.Taken || r.WalletRefundID != "" }

// HasUnidentifiedRefund reports whether a refund of the payment is open at the wallet whose
// id there is not known.
func (o *Order) HasUnidentifiedRefund(payment int) bool {
	return slices.ContainsFunc(o.Refunds, func(r Refund) bool {
		return r.Payment == payment && r.RequestID != "" && r.WalletRefundID == "" && r.Open() && r.Sent()
	})
}

// Open reports whether a refund's outcome is not known yet.
func (r *Refund) Open() bool {
	return r.Status == wallet.RefundPending || r.Status == wallet.RefundWaiting
}
