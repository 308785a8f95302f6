package bridge

import (
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// The limits of the fees of a payment that are kept.
const (
	maxFees    = 8 // kinds
	MaxFeeType = 32
)

// mergeFacts stores the settled sum and the fees that a wallet reports. It keeps the largest
// value of each, so that late and repeated news changes nothing.
func (p *Payment) mergeFacts(w *wallet.Payment) {
	p.Settled = larger(p.Settled, w.Settled)
	for _, fee := range w.Fees {
		p.mergeFee(fee)
	}
}

func (p *Payment) mergeFee(fee wallet.Fee) {
	i := slices.IndexFunc(p.Fees, func(have wallet.Fee) bool { return have.Type == fee.Type })
	switch {
	case !feeType(fee.Type) || !fee.Amount.Positive():
	case i >= 0 && larger(p.Fees[i].Amount, fee.Amount) != p.Fees[i].Amount:
		p.Fees = slices.Clone(p.Fees)
		p.Fees[i] = fee
	case i < 0 && len(p.Fees) < maxFees:
		p.Fees = append(slices.Clone(p.Fees), fee)
		slices.SortFunc(p.Fees, func(a, b wallet.Fee) int { return strings.Compare(a.Type, b.Type) })
	}
}

func feeType(name string) bool {
	return name != "" && len(name) <= MaxFeeType && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// larger returns the larger of two sums; the first where they cannot be compared.
func larger(a, b wallet.Money) wallet.Money {
	switch {
	case !b.Positive():
		return a
	case a == (wallet.Money{}), a.Currency == b.Currency && b.Minor > a.Minor:
		return b
	}
	return a
}

// WithFacts returns a wallet's answer to a status query together with the settled sum, the
// fees and the other ids of the notification that it confirms. Other ids are taken only
// where both name the same payment id.
func WithFacts(answer, notified *wallet.Payment) *wallet.Payment {
	if answer == nil || notified == nil {
		return answer
	}
	whole := *answer
	whole.Settled = larger(whole.Settled, notified.Settled)
	whole.Fees = append(slices.Clone(answer.Fees), notified.Fees...)
	if notified.PaymentID != "" && notified.PaymentID == answer.PaymentID {
		whole.OtherIDs = append(slices.Clone(answer.OtherIDs), notified.OtherIDs...)
	}
	return &whole
}

// withoutFees returns news with an Amount derived from the charged sum. Amount is the
// order's when the payer was charged that, with any of the fees or without, or more by fees
// that are not named; otherwise it is the charged sum.
func withoutFees(notified *wallet.Payment, order wallet.Money, fees []wallet.Fee) *wallet.Payment {
	if notified.Amount != (wallet.Money{}) || notified.Charged == (wallet.Money{}) {
		return notified
	}
	whole, more := *notified, notified.Charged.Minor-order.Minor
	whole.Amount = notified.Charged
	switch {
	case notified.Charged.Currency != order.Currency:
	case sumOfSome(fees, order.Currency, more):
		whole.Amount = order
	case notified.FeesUnnamed && more > 0:
		whole.Amount, whole.Overpaid = order, true
	}
	return &whole
}

// clearExplained clears flags about a sum that was reported before the fees it contains: a
// query may return the sum alone, and the notification after it the fees.
func (c *Change) clearExplained(number int, n News, now time.Time) {
	if n.Payment.Charged == (wallet.Money{}) {
		return
	}
	order, fees := c.Order.Amount, c.Order.Payment(number).Fees
	for _, f := range slices.Clone(c.Order.Flags) {
		if f.Cleared || f.Why != AmountMismatch || f.Payment != number || f.Refund > 0 || f.Observed == nil {
			continue
		}
		if f.Observed.Currency == order.Currency && sumOfSome(fees, order.Currency, f.Observed.Minor-order.Minor) {
			c.Record(AttentionCleared, n.Source, now, EventData{
				Cleared: &Clearing{Flag: f, By: "minitill", Note: "The sum is the order's amount with the wallet's fees."},
			})
		}
	}
}

// sumOfSome reports whether minor is the sum of some of the fees; zero is the sum of none.
func sumOfSome(fees []wallet.Fee, currency wallet.Currency, minor int64) bool {
	if minor == 0 || len(fees) == 0 {
		return minor == 0
	}
	fee, rest := fees[0].Amount, fees[1:]
	with := fee.Currency == currency && fee.Minor <= minor && sumOfSome(rest, currency, minor-fee.Minor)
	return with || sumOfSome(rest, currency, minor)
}
