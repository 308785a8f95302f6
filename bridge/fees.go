package bridge

import (
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// learnFacts keeps what a wallet tells about the money beside the amount. Of each sum the
// largest that was named stays, so that late and repeated news changes nothing.
func (p *Payment) learnFacts(w *wallet.Payment) {
	p.Settled = larger(p.Settled, w.Settled)
	for _, fee := range w.Fees {
		p.learnFee(fee)
	}
}

func (p *Payment) learnFee(fee wallet.Fee) {
	i := slices.IndexFunc(p.Fees, func(have wallet.Fee) bool { return have.Type == fee.Type })
	switch {
	case !feeType(fee.Type) || !fee.Amount.Positive():
	case i >= 0 && larger(p.Fees[i].Amount, fee.Amount) != p.Fees[i].Amount:
		p.Fees = slices.Clone(p.Fees)
		p.Fees[i] = fee
	case i < 0 && len(p.Fees) < MaxFees:
		p.Fees = append(slices.Clone(p.Fees), fee)
		slices.SortFunc(p.Fees, func(a, b wallet.Fee) int { return strings.Compare(a.Type, b.Type) })
	}
}

func feeType(name string) bool {
	return name != "" && len(name) <= MaxFeeType && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// larger is the larger of two sums; the first where they cannot be compared.
func larger(a, b wallet.Money) wallet.Money {
	switch {
	case !b.Positive():
		return a
	case a == (wallet.Money{}), a.Currency == b.Currency && b.Minor > a.Minor:
		return b
	}
	return a
}

// WithFacts completes a wallet's answer about a payment with what its notification told
// beside the amount, where the answer bears the notification out. Other names of a payment
// are of that payment only where both say the same of its id.
func WithFacts(answer, told *wallet.Payment) *wallet.Payment {
	if answer == nil || told == nil {
		return answer
	}
	whole := *answer
	whole.Settled = larger(whole.Settled, told.Settled)
	whole.Fees = append(slices.Clone(answer.Fees), told.Fees...)
	if told.PaymentID != "" && told.PaymentID == answer.PaymentID {
		whole.OtherIDs = append(slices.Clone(answer.OtherIDs), told.OtherIDs...)
	}
	return &whole
}

// withoutFees is news whose Amount is the order's where the payer was charged that, with
// any of the fees or without, or more than that by fees that are not named. Where the payer
// was charged another sum, that is the amount.
func withoutFees(told *wallet.Payment, order wallet.Money, fees []wallet.Fee) *wallet.Payment {
	if told.Amount != (wallet.Money{}) || told.Charged == (wallet.Money{}) {
		return told
	}
	whole, more := *told, told.Charged.Minor-order.Minor
	whole.Amount = told.Charged
	switch {
	case told.Charged.Currency != order.Currency:
	case sumOfSome(fees, order.Currency, more):
		whole.Amount = order
	case told.FeesUnnamed && more > 0:
		whole.Amount, whole.Overpaid = order, true
	}
	return &whole
}

// clearExplained clears the flags about a sum that was told before the fees that it
// contains: a query may name a sum alone, and the notification after it the fees.
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

// sumOfSome says that minor is the sum of some of the fees; zero is the sum of none.
func sumOfSome(fees []wallet.Fee, currency wallet.Currency, minor int64) bool {
	if minor == 0 || len(fees) == 0 {
		return minor == 0
	}
	fee, rest := fees[0].Amount, fees[1:]
	with := fee.Currency == currency && fee.Minor <= minor && sumOfSome(rest, currency, minor-fee.Minor)
	return with || sumOfSome(rest, currency, minor)
}
