package agreement

import (
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestAnAgreementIsChargedUpToItsLimit(t *testing.T) {
	for name, test := range map[string]struct {
		limit, amount wallet.Money
		field         string // that is wrong; empty when the charge is permitted
	}{
		"one less than the limit":        {usd(5000), usd(4999), ""},
		"exactly the limit":              {usd(5000), usd(5000), ""},
		"one more than the limit":        {usd(5000), usd(5001), "amount"},
		"the limit in another currency":  {usd(5000), wallet.Money{Minor: 5000, Currency: "EUR"}, "amount.currency"},
		"an agreement without a limit":   {wallet.Money{}, usd(1 << 50), ""},
		"a limit of zero, which is none": {usd(0), usd(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&Agreement{Limit: test.limit}).permits(test.amount)
			if (err == nil) != (test.field == "") || err != nil && fault.Of(err).Fields[0].Name != test.field {
				t.Errorf("got %v, want a mistake in %q", err, test.field)
			}
		})
	}
}

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }
