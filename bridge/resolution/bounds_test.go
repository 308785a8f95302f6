package resolution

import (
	"errors"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// flaggedWith is a change with a reason for attention to its first payment.
func flaggedWith(c *bridge.Change, why bridge.Attention) *bridge.Change {
	c.RaisePaymentAttention(1, why, nil, bridge.News{Source: bridge.FromQuery}, bridgetest.Noon)
	return c
}

// withRefund is a paid order with a refund of 200.
func withRefund(status wallet.RefundStatus) *bridge.Change {
	return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 200, status)
}

func TestWhatNoResolutionMaySay(t *testing.T) {
	resolution := func(why bridge.Attention, outcome string, amount wallet.Money) Decision {
		return Decision{Attention: why, Note: "queried the wallet", By: "ann", Outcome: outcome, Amount: amount, Source: bridge.FromMerchant}
	}
	silent := resolution(bridge.PaymentReversed, "", wallet.Money{})
	silent.Note = " "
	tests := map[string]struct {
		change *bridge.Change
		r      Decision
		want   error
	}{
		"nothing about why": {flaggedWith(withRefund(wallet.RefundSucceeded), bridge.PaymentReversed), silent, fault.Invalid},
		"an outcome of another reason": {
			flaggedWith(withRefund(wallet.RefundSucceeded), bridge.PaymentReversed), resolution(bridge.PaymentReversed, Voided, wallet.Money{}), fault.Invalid,
		},
		"a reason that does not stand": {withRefund(wallet.RefundSucceeded), resolution(bridge.PaymentReversed, "", wallet.Money{}), fault.Conflict},
		"nothing about what is open": {
			flaggedWith(bridgetest.Unpaid(false), bridge.PaymentUnresolved), resolution(bridge.PaymentUnresolved, "", wallet.Money{}), fault.Conflict,
		},
		"another currency": {
			flaggedWith(withRefund(wallet.RefundSucceeded), bridge.DoublePayment), resolution(bridge.DoublePayment, Refunded, wallet.Money{Minor: 1, Currency: "EUR"}), fault.Invalid,
		},
		"more refunded than is left": {
			flaggedWith(withRefund(wallet.RefundSucceeded), bridge.DoublePayment), resolution(bridge.DoublePayment, Refunded, bridgetest.USD(1035)), fault.Invalid,
		},
		"less paid than was refunded": {
			flaggedWith(withRefund(wallet.RefundSucceeded), bridge.AmountMismatch), resolution(bridge.AmountMismatch, Paid, bridgetest.USD(199)), fault.Invalid,
		},
		"more of an open refund than is left": {
			flaggedRefund(withRefund(wallet.RefundPending)), resolution(bridge.RefundUnresolved, Refunded, bridgetest.USD(1235)), fault.Invalid,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := test.change.Order
			if err := Apply(test.change, &test.r, bridgetest.Noon); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if o := test.change.Order; o.Paid != before.Paid || o.Refunded != before.Refunded || !slices.Equal(o.Attention(), before.Attention()) {
				t.Errorf("got %d paid, %d refunded, attention %q; want %d, %d, %q as before",
					o.Paid, o.Refunded, o.Attention(), before.Paid, before.Refunded, before.Attention())
			}
		})
	}
}

func flaggedRefund(c *bridge.Change) *bridge.Change {
	c.RaiseRefundAttention(1, bridge.RefundUnresolved, nil, bridge.FromTime, bridgetest.Noon)
	return c
}
