package bridge

import (
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// withRefund is a paid order with a refund of 200 under way.
func withRefund(t *testing.T) *Change {
	t.Helper()
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	return refunding(c, 1, 200, wallet.RefundPending)
}

// saysRefund is the wallet's news of the refund of withRefund.
func saysRefund(status wallet.RefundStatus) News {
	return News{Source: FromNotification, Wallet: "sandbox", Refund: &wallet.Refund{
		RefundRef: wallet.RefundRef{
			RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1",
			Payment: wallet.Ref{RequestID: testOrder.RequestID(OpPayment, 1, 0)},
		},
		Status: status, Amount: usd(200),
	}}
}

// nameless is news of a refund by the wallet's ids alone.
func namelessRefund(status wallet.RefundStatus) News {
	n := saysRefund(status)
	n.Refund.RequestID = ""
	return n
}

// gaveBack checks what an order says of its refunds.
func gaveBack(t *testing.T, c *Change, refunded, open int64, attention Attention) {
	t.Helper()
	if o := &c.Order; o.Refunded != refunded || o.RefundOpen != open || reasons(o) != attention {
		t.Errorf("got %d refunded, %d open, attention %q; want %d, %d, %q", o.Refunded, o.RefundOpen, reasons(o), refunded, open, attention)
	}
}

func TestARefundWhoseSumDoesNotFitIsNotBelieved(t *testing.T) {
	for _, amount := range []wallet.Money{{Minor: 200, Currency: "EUR"}, usd(100), usd(300)} {
		c := withRefund(t)
		n := saysRefund(wallet.RefundSucceeded)
		n.Refund.Amount = amount
		refuses(t, c, n, fault.Invalid)
		gaveBack(t, c, 0, 200, RefundMismatch)
	}
}

func TestARefundInAnotherCurrencyIsNotBelievedOfAQuery(t *testing.T) {
	c := withRefund(t)
	n := saysRefund(wallet.RefundSucceeded)
	n.Source, n.Refund.Amount.Currency = FromQuery, "EUR"
	refuses(t, c, n, fault.Invalid)
	gaveBack(t, c, 0, 200, RefundMismatch)
}

func TestUnprovenNewsOfARefundIsConfirmed(t *testing.T) {
	for _, status := range []wallet.RefundStatus{wallet.RefundSucceeded, wallet.RefundFailed} {
		c := withRefund(t)
		n := saysRefund(status)
		n.Unproven = true
		refuses(t, c, n, ErrUnconfirmed)
		gaveBack(t, c, 0, 200, "")
	}
}

func TestARefundThatFailedAndWasMadeIsFlagged(t *testing.T) {
	c := withRefund(t)
	mustApply(t, c, saysRefund(wallet.RefundFailed))
	gaveBack(t, c, 0, 0, "")
	mustApply(t, c, saysRefund(wallet.RefundSucceeded))
	gaveBack(t, c, 200, 0, RefundMismatch)
}

func TestARefundThatWasMadeStaysAsItIs(t *testing.T) {
	c := withRefund(t)
	mustApply(t, c, saysRefund(wallet.RefundSucceeded))
	mustApply(t, c, saysRefund(wallet.RefundFailed))
	other := saysRefund(wallet.RefundSucceeded)
	other.Source, other.Refund.Amount = FromQuery, usd(100)
	_ = c.Apply(other, noon)
	if c.Order.Refunded != 200 || c.Order.Refunds[0].Status != wallet.RefundSucceeded {
		t.Errorf("got %d refunded by a refund that is %s, want 200 and succeeded", c.Order.Refunded, c.Order.Refunds[0].Status)
	}
}

func TestARefundThatMayBeOursWaitsUntilThatIsKnown(t *testing.T) {
	c := withRefund(t)
	refuses(t, c, namelessRefund(wallet.RefundSucceeded), ErrUndecided)
	mustApply(t, c, saysRefund(wallet.RefundSucceeded))
	mustApply(t, c, namelessRefund(wallet.RefundSucceeded))
	gaveBack(t, c, 200, 0, "")
}

func TestARefundOfOursThatWasTakenForForeignIsCountedOnce(t *testing.T) {
	c := withRefund(t)
	refused := saysRefund(wallet.RefundFailed)
	refused.Refund.RefundID = ""
	mustApply(t, c, refused)
	mustApply(t, c, namelessRefund(wallet.RefundSucceeded))
	if c.Order.Refunded != 200 {
		t.Fatalf("got %d refunded by a refund that is not known, want 200", c.Order.Refunded)
	}
	mustApply(t, c, saysRefund(wallet.RefundSucceeded))
	if c.Order.Refunded != 200 {
		t.Errorf("got %d refunded by one refund of 200", c.Order.Refunded)
	}
}

func TestAForeignRefundCountsOnceItIsMadeAndProven(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	refuses(t, c, namelessRefund(wallet.RefundPending), fault.NotFound)
	unproven := namelessRefund(wallet.RefundSucceeded)
	unproven.Unproven = true
	refuses(t, c, unproven, ErrUnconfirmed)
	mustApply(t, c, namelessRefund(wallet.RefundSucceeded))
	gaveBack(t, c, 200, 0, ForeignRefund)
}

// A wallet has a refund of ours that a restored store has forgotten. One whose amount or
// status makes no sense is not added to the books.
func TestAForgottenRefundThatMakesNoSenseIsFlaggedAndNotBooked(t *testing.T) {
	for name, edit := range map[string]func(*wallet.Refund){
		"in another currency": func(r *wallet.Refund) { r.Amount.Currency = "EUR" },
		"of nothing":          func(r *wallet.Refund) { r.Amount = usd(0) },
		"without a status":    func(r *wallet.Refund) { r.Status = "" },
	} {
		t.Run(name, func(t *testing.T) {
			c := begin(false)
			mustApply(t, c, says(1, wallet.Paid))
			n := saysRefund(wallet.RefundSucceeded)
			n.Source, n.Recovered = FromQuery, true
			edit(n.Refund)
			refuses(t, c, n, fault.Invalid)
			gaveBack(t, c, 0, 0, RefundMismatch)
			if len(c.Order.Refunds) > 0 {
				t.Errorf("got refunds %+v, want none", c.Order.Refunds)
			}
		})
	}
}
