package bridge

import (
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// paidOrder is a paid order with an open refund, as it was read.
func paidOrder(t *testing.T, due time.Time) *Change {
	t.Helper()
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	c.Record(RefundPending, FromMerchant, noon, EventData{Refund: &Refund{
		Number: 1, Payment: 1, Status: wallet.RefundPending, RequestID: testOrder.RequestID(OpRefund, 1, 0), Amount: 100,
		Calls: Calls{1, noon}, CreatedAt: noon,
	}})
	o := c.Order
	o.DueAt = due
	return NewChange(o)
}

// A status query that is due is wanted: another change does not put it off, and a
// change that brings nothing writes nothing.
func TestAQueryThatIsDueStaysDue(t *testing.T) {
	due := noon.Add(-time.Second)
	c := paidOrder(t, due)
	if c.Complete(noon, wallet.Pace{}); !c.Empty() {
		t.Errorf("a change without events: got a change of the schedule, want nothing to commit")
	}
	c.RaiseOrderAttention(UnknownPayment, FromNotification, noon)
	if c.Complete(noon, wallet.Pace{}); !c.Order.DueAt.Equal(due) {
		t.Errorf("got due at %v, want %v as before", c.Order.DueAt, due)
	}
}

// News of a refund may be kept until one of ours has ended, and nothing else looks at an
// order of which everything is known.
func TestTheEndOfARefundPlansAQuery(t *testing.T) {
	c := paidOrder(t, noon.Add(time.Hour))
	done := wallet.Refund{RefundRef: wallet.RefundRef{RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1"}, Status: wallet.RefundSucceeded, Amount: usd(100)}
	mustApply(t, c, News{Source: FromWallet, Wallet: "sandbox", Refund: &done})
	if c.Complete(noon, wallet.Pace{}); !c.Order.DueAt.Equal(noon.Add(firstQueryInterval)) {
		t.Errorf("got due at %v, want a look after %v", c.Order.DueAt, firstQueryInterval)
	}
}
