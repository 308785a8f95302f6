package schedule

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/wallet"
)

// paidOrder is a paid order with an open refund, as it was read.
func paidOrder(due time.Time) *bridge.Change {
	c := bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 100, wallet.RefundPending)
	o := c.Order
	o.DueAt = due
	return bridge.NewChange(o)
}

// A status query that is due is wanted: another change does not put it off, and a
// change that brings nothing writes nothing.
func TestAQueryThatIsDueStaysDue(t *testing.T) {
	due := bridgetest.Noon.Add(-time.Second)
	c := paidOrder(due)
	if completed(c); !c.Empty() {
		t.Errorf("a change without events: got a change of the schedule, want nothing to commit")
	}
	c.RaiseOrderAttention(bridge.UnknownPayment, bridge.FromNotification, bridgetest.Noon)
	if completed(c); !c.Order.DueAt.Equal(due) {
		t.Errorf("got due at %v, want %v as before", c.Order.DueAt, due)
	}
}

// News of a refund may be kept until one of ours has ended, and nothing else queries an
// order of which everything is known.
func TestTheEndOfARefundPlansAQuery(t *testing.T) {
	c := paidOrder(bridgetest.Noon.Add(time.Hour))
	done := wallet.Refund{RefundRef: wallet.RefundRef{RequestID: bridgetest.ID.RequestID(bridge.OpRefund, 1, 0), RefundID: "R1"}, Status: wallet.RefundSucceeded, Amount: bridgetest.USD(100)}
	bridgetest.Apply(t, c, bridge.News{Source: bridge.FromWallet, Wallet: "first", Refund: &done})
	if completed(c); !c.Order.DueAt.Equal(bridgetest.Noon.Add(firstQueryInterval)) {
		t.Errorf("got due at %v, want a query after %v", c.Order.DueAt, firstQueryInterval)
	}
}

// completed completes a change as the engine does before it is committed.
func completed(c *bridge.Change) {
	c.Complete(bridgetest.Noon)
	Plan(c, bridgetest.Noon, wallet.Pace{})
}
