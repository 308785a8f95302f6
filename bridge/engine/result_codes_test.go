package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
)

// TestNoResultCodeDecidesAnOrder reports each code of the contract for an order that its
// wallet calls pending.
func TestNoResultCodeDecidesAnOrder(t *testing.T) {
	var codes map[string]string
	testdata.JSON(t, "contract/results.json", &codes)
	w := newWorld(t)
	for code := range codes {
		o := w.create()
		if got, err := w.engine.Result(w.ctx, o.ID, engine.Hint{Code: code}); err != nil || got.Status != wallet.Pending {
			t.Errorf("%s gave %s, %v; want pending", code, got.Status, err)
		}
	}
}
