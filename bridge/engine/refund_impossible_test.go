package engine_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/wallet"
)

// Of two payments the first cannot be refunded by its wallet, and the second was. A person
// gave the money of the first back in another way and could not say so: the reason was
// taken to be about the newest payment, which has nothing left.
func TestMoneyThatItsWalletCannotRefundHasAWayOut(t *testing.T) {
	w := newWorld(t)
	o := w.paidTwice()
	h := w.hook("sandbox")
	w.config.Wallets["sandbox"] = unable{h, h, h}
	w.restart()
	for range 2 {
		_, _ = w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
	}
	w.want(o.ID, wallet.Paid, 900, "double_payment refund_impossible")
	w.resolve(o.ID, bridge.RefundImpossible, resolution.Refunded)
	w.wantRefunds(o.ID, 900, 0)
}
