package refund

import (
	"errors"
	"fmt"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// TestWhatMayBeRefunded is what a refund is taken from, or why not, as a table.
func TestWhatMayBeRefunded(t *testing.T) {
	orders := []struct {
		name string
		make func() *bridge.Change
	}{
		{"not paid", func() *bridge.Change { return bridgetest.Order(false, bridge.Payment{Status: wallet.Pending}) }},
		{"one payment of 1234", func() *bridge.Change { return bridgetest.Order(false, bridgetest.Paid(1234)) }},
		{"one payment of 1234, 300 refunded", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundSucceeded)
		}},
		{"one payment of 1234, 300 on their way", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundPending)
		}},
		{"one payment of 1234, 300 waiting for approval", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundWaiting)
		}},
		{"one payment of 1234, a refund of 300 failed", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundFailed)
		}},
		{"one payment of 1234, all refunded", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 1234, wallet.RefundSucceeded)
		}},
		{"one payment of 1234, reversed", func() *bridge.Change { return bridgetest.Order(false, reversed(bridgetest.Paid(1234), 1234)) }},
		{"one payment of 1234, reversed after 300 were refunded", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, reversed(bridgetest.Paid(1234), 934)), 1, 300, wallet.RefundSucceeded)
		}},
		{"a payment of 1000 of what was held", func() *bridge.Change { return bridgetest.Order(true, bridgetest.Paid(1000)) }},
		{"two payments of 1234", func() *bridge.Change { return bridgetest.Order(false, bridgetest.Paid(1234), bridgetest.Paid(1234)) }},
		{"two payments of 1234, the first refunded", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234), bridgetest.Paid(1234)), 1, 1234, wallet.RefundSucceeded)
		}},
		{"two payments of 1234, 1000 of the first refunded", func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234), bridgetest.Paid(1234)), 1, 1000, wallet.RefundSucceeded)
		}},
		{"two payments of 1234, the first at a wallet that cannot refund", func() *bridge.Change {
			p := bridgetest.Paid(1234)
			p.Wallet = "unable"
			return bridgetest.Order(false, p, bridgetest.Paid(1234))
		}},
		{"two payments of 1234, the first at a wallet that cannot refund, the second refunded", func() *bridge.Change {
			p := bridgetest.Paid(1234)
			p.Wallet = "unable"
			return bridgetest.Refund(bridgetest.Order(false, p, bridgetest.Paid(1234)), 2, 1234, wallet.RefundSucceeded)
		}},
		{"one payment of 1234 at a wallet that cannot refund", func() *bridge.Change {
			p := bridgetest.Paid(1234)
			p.Wallet = "unable"
			return bridgetest.Order(false, p)
		}},
	}
	requests := []struct {
		name string
		req  Request
	}{
		{"all", Request{}},
		{"all of payment 1", Request{Payment: 1}},
		{"all of payment 2", Request{Payment: 2}},
		{"500", Request{Amount: bridgetest.USD(500)}},
		{"500 of payment 1", Request{Amount: bridgetest.USD(500), Payment: 1}},
		{"500 of payment 2", Request{Amount: bridgetest.USD(500), Payment: 2}},
		{"1234", Request{Amount: bridgetest.USD(1234)}},
		{"1235", Request{Amount: bridgetest.USD(1235)}},
		{"zero", Request{Amount: bridgetest.USD(0)}},
		{"less than zero", Request{Amount: bridgetest.USD(-1)}},
		{"500 in another currency", Request{Amount: wallet.Money{Minor: 500, Currency: "EUR"}}},
	}
	able := func(name string) bool { return name != "unable" }
	var g golden.Table
	for _, order := range orders {
		g.Block(order.name)
		for _, request := range requests {
			c := order.make()
			before := c.Order
			number, err := Reserve(c, &request.req, "", able, bridgetest.Noon)
			outcome := explain(err)
			if err == nil {
				r := c.Order.Refunds[number-1]
				outcome = fmt.Sprintf("%d of payment %d", r.Amount, r.Payment)
				if r.Status != wallet.RefundPending || r.Calls.Tries != 1 {
					t.Errorf("%s, %s: the refund is %s after %d calls, want pending and counted as sent once", order.name, request.name, r.Status, r.Calls.Tries)
				}
			}
			if c.Order.Flagged(bridge.RefundImpossible) {
				outcome += ", ! refund_impossible"
			}
			g.Line(outcome, request.name)
			wantCovered(t, order.name+", "+request.name, &before, &c.Order)
		}
	}
	g.Compare(t, "bounds_refund.golden")
}

// wantCovered wants what goes back, at each payment, to be no more than what was paid.
func wantCovered(t *testing.T, cell string, before, after *bridge.Order) {
	t.Helper()
	for i := range after.Payments {
		if left := after.Left(&after.Payments[i]); left < 0 && left < before.Left(&before.Payments[i]) {
			t.Errorf("%s: payment %d has %d left", cell, i+1, left)
		}
	}
}

func TestARefundStaysWithinWhatItsPaymentHasLeft(t *testing.T) {
	tests := map[string]struct {
		make   func(t *testing.T) *bridge.Change
		amount wallet.Money
		want   error
	}{
		"less than nothing":        {withRefund, bridgetest.USD(-1), fault.Invalid},
		"in another currency":      {withRefund, wallet.Money{Minor: 10, Currency: "EUR"}, fault.Invalid},
		"more than an open leaves": {withRefund, bridgetest.USD(1035), fault.Invalid},
		"what an open one leaves":  {withRefund, bridgetest.USD(1034), nil},
		"of reversed money": {func(t *testing.T) *bridge.Change {
			c := bridgetest.Unpaid(false)
			bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Paid))
			bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Canceled))
			return c
		}, bridgetest.USD(1), fault.Conflict},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := test.make(t)
			_, err := Reserve(c, &Request{Amount: test.amount, Source: bridge.FromMerchant}, "", anyWallet, bridgetest.Noon)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestARefundIsSentWithWhatTheBooksSayOfItsPayment(t *testing.T) {
	t.Parallel()
	o := bridge.Order{Amount: bridgetest.USD(1000), Refunds: []bridge.Refund{
		{Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 100},
		{Number: 2, Payment: 1, Status: wallet.RefundPending, Amount: 20},
		{Number: 3, Payment: 1, Status: wallet.RefundWaiting, Amount: 3},
		{Number: 4, Payment: 1, Status: wallet.RefundFailed, Amount: 500},
		{Number: 5, Payment: 2, Status: wallet.RefundSucceeded, Amount: 700},
		{Number: 6, Payment: 1, Status: wallet.RefundSucceeded, Amount: 200},
	}}
	want := wallet.RefundBooks{Amount: bridgetest.USD(20), Refunded: bridgetest.USD(300), Open: bridgetest.USD(3)}
	if got := Books(&o, &o.Refunds[1]); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
