package bridge

import (
	"errors"
	"slices"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// shortOf is a wallet's answer that money came which does not settle the price.
func shortOf(settled wallet.Money) News {
	n := says(1, wallet.Paid)
	n.Source, n.Payment.Short, n.Payment.Settled = FromQuery, true, settled
	return n
}

func TestMoneyThatDoesNotSettleThePriceIsNeverCredited(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settled wallet.Money
		why     Attention
	}{
		"less":                    {usd(1000), AmountMismatch},
		"as much as the price":    {usd(1234), AmountMismatch},
		"another currency":        {wallet.Money{Minor: 1234, Currency: "USDT"}, AmountMismatch},
		"a sum that is not told":  {wallet.Money{}, AmountUnknown},
		"more, in another manner": {usd(5000), AmountMismatch},
	} {
		c := begin(false)
		err := c.Apply(shortOf(test.settled), noon)
		if !errors.Is(err, fault.Invalid) || c.Order.Paid != 0 || c.Order.Status == wallet.Paid || !slices.Equal(c.Order.Attention(), []Attention{test.why}) {
			t.Errorf("%s: got %v, %d paid, %s, attention %v; want %s alone", name, err, c.Order.Paid, c.Order.Status, c.Order.Attention(), test.why)
		}
		if observed := c.Order.Flags[0].Observed; test.why == AmountMismatch && *observed != test.settled {
			t.Errorf("%s: the flag says %v, want %v", name, observed, test.settled)
		}
	}
}

func TestShortMoneyThatIsToppedUpIsPaid(t *testing.T) {
	t.Parallel()
	c := begin(false)
	_ = c.Apply(shortOf(usd(1000)), noon)
	mustApply(t, c, says(1, wallet.Paid))
	events := len(c.Events)
	if err := c.Apply(shortOf(usd(1000)), noon); !errors.Is(err, fault.Invalid) || len(c.Events) != events {
		t.Errorf("told again after it was paid: got %v and %d new events, want Invalid and none", err, len(c.Events)-events)
	}
	if c.Order.Paid != 1234 || !slices.Equal(c.Order.Attention(), []Attention{AmountMismatch}) {
		t.Errorf("got %d paid, attention %v; want 1234, and the flag stands", c.Order.Paid, c.Order.Attention())
	}
}
