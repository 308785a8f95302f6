package bridge

import (
	"errors"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// flaggedWith is a change with a reason for attention to its first payment.
func flaggedWith(c *Change, why Attention) *Change {
	c.RaisePaymentAttention(1, why, nil, News{Source: FromQuery}, noon)
	return c
}

// refunded is a paid order of which 200 went back.
func refunded(t *testing.T) *Change {
	t.Helper()
	c := withRefund(t)
	mustApply(t, c, saysRefund(wallet.RefundSucceeded))
	return c
}

func TestWhatNoResolutionMaySay(t *testing.T) {
	resolution := func(why Attention, outcome string, amount wallet.Money) Resolution {
		return Resolution{Attention: why, Note: "asked the wallet", By: "ann", Outcome: outcome, Amount: amount, Source: FromMerchant}
	}
	silent := resolution(PaymentReversed, "", wallet.Money{})
	silent.Note = " "
	tests := map[string]struct {
		change *Change
		r      Resolution
		want   error
	}{
		"nothing about why": {flaggedWith(refunded(t), PaymentReversed), silent, fault.Invalid},
		"an outcome of another reason": {
			flaggedWith(refunded(t), PaymentReversed), resolution(PaymentReversed, ResolvedVoided, wallet.Money{}), fault.Invalid,
		},
		"a reason that does not stand": {refunded(t), resolution(PaymentReversed, "", wallet.Money{}), fault.Conflict},
		"nothing about what is open": {
			flaggedWith(begin(false), PaymentUnresolved), resolution(PaymentUnresolved, "", wallet.Money{}), fault.Conflict,
		},
		"another currency": {
			flaggedWith(refunded(t), DoublePayment), resolution(DoublePayment, ResolvedRefunded, wallet.Money{Minor: 1, Currency: "EUR"}), fault.Invalid,
		},
		"more refunded than is left": {
			flaggedWith(refunded(t), DoublePayment), resolution(DoublePayment, ResolvedRefunded, usd(1035)), fault.Invalid,
		},
		"less paid than was refunded": {
			flaggedWith(refunded(t), AmountMismatch), resolution(AmountMismatch, ResolvedPaid, usd(199)), fault.Invalid,
		},
		"more of an open refund than is left": {
			flaggedRefund(withRefund(t)), resolution(RefundUnresolved, ResolvedRefunded, usd(1235)), fault.Invalid,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := test.change.Order
			if err := test.change.Resolve(&test.r, noon); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if o := test.change.Order; o.Paid != before.Paid || o.Refunded != before.Refunded || reasons(&o) != reasons(&before) {
				t.Errorf("got %d paid, %d refunded, attention %q; want %d, %d, %q as before",
					o.Paid, o.Refunded, reasons(&o), before.Paid, before.Refunded, reasons(&before))
			}
		})
	}
}

func flaggedRefund(c *Change) *Change {
	c.RaiseRefundAttention(1, RefundUnresolved, nil, FromTime, noon)
	return c
}
