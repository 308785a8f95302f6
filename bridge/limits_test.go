package bridge

import (
	"context"
	"fmt"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// pricer sells anything for a cent a line.
type pricer struct{}

func (pricer) Price(_ context.Context, req PriceRequest) (Price, error) {
	return Price{Amount: usd(int64(len(req.Items)))}, nil
}

func TestAnOrderHasOneToAHundredLines(t *testing.T) {
	for lines, fits := range map[int]bool{0: false, 1: true, MaxLines: true, MaxLines + 1: false} {
		t.Run(fmt.Sprintf("%d lines", lines), func(t *testing.T) {
			price, err := (&Engine{}).price(t.Context(), &App{Pricer: pricer{}}, &OrderRequest{Items: make([]ItemRequest, lines)})
			if fits && (err != nil || price.Amount != usd(int64(lines))) {
				t.Errorf("got %v, %v; want a price", price.Amount, err)
			}
			if f := fault.Of(err); !fits && (f.Kind != fault.Invalid || f.Fields[0] != (fault.Field{Name: "items", Detail: "must have 1 to 100 lines"})) {
				t.Errorf("got %v, want that there must be 1 to 100 lines", err)
			}
		})
	}
}

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
