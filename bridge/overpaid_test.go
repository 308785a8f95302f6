package bridge

import (
	"errors"
	"slices"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestAPaymentOfMoreThanThePriceIsPaidAndFlagged(t *testing.T) {
	t.Parallel()
	more := wallet.Money{Minor: 13_000_000, Currency: "USDT"}
	for name, settled := range map[string]wallet.Money{"told": more, "not told": {}} {
		c := begin(false)
		n := paidWith(settled)
		n.Payment.Overpaid = true
		mustApply(t, c, n)
		events := len(c.Events)
		mustApply(t, c, n)
		if c.Order.Status != wallet.Paid || c.Order.Paid != 1234 || !slices.Equal(c.Order.Attention(), []Attention{AmountMismatch}) {
			t.Errorf("%s: got %s, %d paid, attention %v; want paid, 1234 and amount_mismatch", name, c.Order.Status, c.Order.Paid, c.Order.Attention())
		}
		observed := c.Order.Flags[0].Observed
		if (observed == nil) != (settled == wallet.Money{}) || observed != nil && *observed != settled {
			t.Errorf("%s: the flag says %v, want %v", name, observed, settled)
		}
		if len(c.Events) != events {
			t.Errorf("%s: the same news again made the event %+v", name, c.Events[len(c.Events)-1])
		}
	}
}

func TestAPaidPaymentThatTurnsOutToBeOverpaidIsFlagged(t *testing.T) {
	t.Parallel()
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	n := paidWith(wallet.Money{Minor: 13_000_000, Currency: "USDT"})
	n.Payment.Overpaid = true
	mustApply(t, c, n)
	if c.Order.Paid != 1234 || !c.Order.Flagged(AmountMismatch) {
		t.Errorf("got %d paid, attention %v; want 1234 and amount_mismatch", c.Order.Paid, c.Order.Attention())
	}
}

func TestMoneyThatTheWalletCallsTooLittleIsNeverCredited(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]News{"open": nil, "failed": {says(1, wallet.Failed)}} {
		c := begin(false)
		for _, n := range before {
			mustApply(t, c, n)
		}
		n := says(1, wallet.Paid)
		n.Payment.Short, n.Payment.Settled = true, n.Payment.Amount
		if err := c.Apply(n, noon); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
		if c.Order.Paid != 0 || c.Order.Status == wallet.Paid || !c.Order.Flagged(AmountMismatch) {
			t.Errorf("%s: got %s, %d paid, attention %v; want nothing paid and amount_mismatch", name, c.Order.Status, c.Order.Paid, c.Order.Attention())
		}
	}
}
