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
	c.record(RefundPending, FromMerchant, noon, EventData{Refund: &Refund{
		Number: 1, Payment: 1, Status: wallet.RefundPending, RequestID: testOrder.requestID(opRefund, 1, 0), Amount: 100,
		Calls: Calls{1, noon}, CreatedAt: noon,
	}})
	o := c.Order
	o.DueAt = due
	return NewChange(o)
}

func engineAt(now time.Time) *Engine { return &Engine{now: func() time.Time { return now }} }

// A look that is due was asked for by somebody: another change does not put it off, and a
// change that brings nothing writes nothing.
func TestALookThatIsDueStaysDue(t *testing.T) {
	due := noon.Add(-time.Second)
	c := paidOrder(t, due)
	if err := engineAt(noon).finish(c); err != nil || !c.Empty() {
		t.Errorf("a change without events: got %v and a change of the schedule, want nothing to commit", err)
	}
	c.flag(UnknownPayment, FromNotification, noon)
	if err := engineAt(noon).finish(c); err != nil || !c.Order.DueAt.Equal(due) {
		t.Errorf("got due at %v, %v, want %v as before", c.Order.DueAt, err, due)
	}
}

// News of a refund may be kept until one of ours has ended, and nothing else looks at an
// order of which everything is known.
func TestTheEndOfARefundBringsALook(t *testing.T) {
	c := paidOrder(t, noon.Add(time.Hour))
	done := wallet.Refund{RefundRef: wallet.RefundRef{RequestID: testOrder.requestID(opRefund, 1, 0), RefundID: "R1"}, Status: wallet.RefundSucceeded, Amount: usd(100)}
	mustApply(t, c, News{Source: FromWallet, Wallet: "sandbox", Refund: &done})
	if err := engineAt(noon).finish(c); err != nil || !c.Order.DueAt.Equal(noon.Add(firstLook)) {
		t.Errorf("got due at %v, %v, want a look after %v", c.Order.DueAt, err, firstLook)
	}
}
