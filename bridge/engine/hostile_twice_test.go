package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// A second charge under another id of the wallet, whose news names no amount.
func TestASecondChargeWithoutAnAmountIsFlagged(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	second := func(p *wallet.Payment) { p.PaymentID, p.Amount = "second", wallet.Money{} }
	f.alpha.query = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Paid, second) }
	reply := f.tellPayment(&o.Payments[0], wallet.Paid, second)
	f.pass(72*time.Hour, time.Hour)
	items, err := f.store.InboxItems(f.ctx, store.InboxQuery{Wallets: []string{"alpha"}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if now := f.order(o.ID); len(now.Attention()) == 0 && len(items) == 0 {
		t.Errorf("the notification was answered %d; the order has %d paid and no attention, and the inbox is empty", reply, now.Paid)
	}
}

// Two refunds are open, of which one was made: a person must be able to say which.
func TestTwoOpenRefundsCanBeResolvedDifferently(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = unheard[wallet.RefundRequest, wallet.Refund]
	for _, sum := range []int64{300, 700} { // the wallet makes the first alone
		_, _ = f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(sum), Source: bridge.FromMerchant}, nil)
	}
	f.pass(26*time.Hour, time.Hour)
	f.want(o.ID, wallet.Paid, 1000, 0, bridge.RefundUnresolved)
	r := resolution.Decision{
		Attention: bridge.RefundUnresolved, Outcome: resolution.Refunded, Refund: 1, Note: "made", By: "ann", Source: bridge.FromOperator,
	}
	if _, err := f.engine.Resolve(f.ctx, o.ID, r, nil); err != nil {
		t.Fatal(err)
	}
	f.want(o.ID, wallet.Paid, 1000, 300, bridge.RefundUnresolved)
}
