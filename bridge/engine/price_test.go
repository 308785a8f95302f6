package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
)

// pricer sells anything for a cent a line.
type pricer struct{}

func (pricer) Price(_ context.Context, req pricing.Request) (pricing.Price, error) {
	return pricing.Price{Amount: usd(int64(len(req.Items)))}, nil
}

func TestAnOrderHasOneToAHundredLines(t *testing.T) {
	for lines, fits := range map[int]bool{0: false, 1: true, input.MaxLines: true, input.MaxLines + 1: false} {
		t.Run(fmt.Sprintf("%d lines", lines), func(t *testing.T) {
			price, err := (&Engine{}).price(t.Context(), &App{Pricer: pricer{}}, &OrderRequest{Items: make([]pricing.ItemRequest, lines)})
			if fits && (err != nil || price.Amount != usd(int64(lines))) {
				t.Errorf("got %v, %v; want a price", price.Amount, err)
			}
			if f := fault.Of(err); !fits && (f.Kind != fault.Invalid || f.Fields[0] != (fault.Field{Name: "items", Detail: "must have 1 to 100 lines"})) {
				t.Errorf("got %v, want that there must be 1 to 100 lines", err)
			}
		})
	}
}
