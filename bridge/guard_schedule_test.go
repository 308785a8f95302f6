package bridge

import (
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// manyQueries is more than the queries for late money.
const manyQueries = 10

func TestWhatIsNotSettledStaysDue(t *testing.T) {
	tests := map[string]struct {
		make  func(t *testing.T) *Change
		looks int
	}{
		"an open payment": {func(*testing.T) *Change { return begin(false) }, manyQueries},
		"held money": {func(t *testing.T) *Change {
			c := begin(true)
			mustApply(t, c, says(1, wallet.Authorized))
			return c
		}, manyQueries},
		"money held though its payment has ended": {func(t *testing.T) *Change {
			c := begin(true)
			mustApply(t, c, says(1, wallet.Canceled))
			mustApply(t, c, answers(c, wallet.Authorized))
			return c
		}, manyQueries},
		"an open refund": {withRefund, manyQueries},
		"a refund that failed": {func(t *testing.T) *Change {
			c := withRefund(t)
			mustApply(t, c, saysRefund(wallet.RefundFailed))
			return c
		}, 0},
		"a payment that failed":       {func(t *testing.T) *Change { return ended(t, wallet.Failed) }, 0},
		"a payment that was canceled": {func(t *testing.T) *Change { return ended(t, wallet.Canceled) }, 0},
		"a payment that expired":      {func(t *testing.T) *Change { return ended(t, wallet.Expired) }, 0},
		"money that came late": {func(t *testing.T) *Change {
			c := ended(t, wallet.Expired)
			mustApply(t, c, answers(c, wallet.Paid))
			return c
		}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := test.make(t).Order
			o.Looks = test.looks
			now := noon.Add(48 * time.Hour)
			if at := NextQuery(&o, now, wallet.Pace{}); !at.After(now) {
				t.Errorf("after %d looks the next is at %v, want one after %v", test.looks, at, now)
			}
		})
	}
}

// ended is an order whose payment has ended without money.
func ended(t *testing.T, status wallet.Status) *Change {
	t.Helper()
	c := begin(false)
	mustApply(t, c, says(1, status))
	return c
}

func TestNothingIsLeftToLearnOfMoneyThatIsThere(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	if at := NextQuery(&c.Order, noon, wallet.Pace{}); !at.IsZero() {
		t.Errorf("the next look is at %v, want none", at)
	}
}

func TestASuperfluousPaymentIsQueriedNow(t *testing.T) {
	c := ended(t, wallet.Failed)
	if err := c.OpenPayment("sandbox", "", FromClient, noon); err != nil {
		t.Fatal(err)
	}
	mustApply(t, c, answers(c, wallet.Paid))
	if at := NextQuery(&c.Order, noon, wallet.Pace{}); !at.Equal(noon) {
		t.Errorf("the next look is at %v, want now: the payer could pay twice", at)
	}
}

func TestAnOrderWithoutAPaymentIsClosedWhenItsTimeIsUp(t *testing.T) {
	o := Order{ID: testOrder, Amount: usd(1234), Status: wallet.Created, CreatedAt: noon, ExpiresAt: noon.Add(time.Minute)}
	if at, want := NextQuery(&o, noon, wallet.Pace{}), o.ExpiresAt.Add(expiryGrace); !at.Equal(want) {
		t.Errorf("the next look is at %v, want %v", at, want)
	}
}

func TestAnOrderThatNoWalletAnsweredForAfterARestoreStaysDue(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	c.Order.Looks = Unasked
	if at := NextQuery(&c.Order, noon, wallet.Pace{}); !at.After(noon) {
		t.Errorf("the next look is at %v, want one: the order was not asked about", at)
	}
}
