package schedule

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/wallet"
)

// manyQueries is more than the queries for late money.
const manyQueries = 10

func TestWhatIsNotSettledStaysDue(t *testing.T) {
	tests := map[string]struct {
		make    func(t *testing.T) *bridge.Change
		queries int
	}{
		"an open payment": {func(*testing.T) *bridge.Change { return bridgetest.Unpaid(false) }, manyQueries},
		"held money": {func(t *testing.T) *bridge.Change {
			c := bridgetest.Unpaid(true)
			bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Authorized))
			return c
		}, manyQueries},
		"money held though its payment has ended": {func(t *testing.T) *bridge.Change {
			c := bridgetest.Unpaid(true)
			bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Canceled))
			bridgetest.Apply(t, c, bridgetest.Answer(c, wallet.Authorized))
			return c
		}, manyQueries},
		"an open refund":              {func(*testing.T) *bridge.Change { return withRefund(wallet.RefundPending) }, manyQueries},
		"a refund that failed":        {func(*testing.T) *bridge.Change { return withRefund(wallet.RefundFailed) }, 0},
		"a payment that failed":       {func(t *testing.T) *bridge.Change { return ended(t, wallet.Failed) }, 0},
		"a payment that was canceled": {func(t *testing.T) *bridge.Change { return ended(t, wallet.Canceled) }, 0},
		"a payment that expired":      {func(t *testing.T) *bridge.Change { return ended(t, wallet.Expired) }, 0},
		"money that came late": {func(t *testing.T) *bridge.Change {
			c := ended(t, wallet.Expired)
			bridgetest.Apply(t, c, bridgetest.Answer(c, wallet.Paid))
			return c
		}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := test.make(t).Order
			o.IdleQueries = test.queries
			now := bridgetest.Noon.Add(48 * time.Hour)
			if at := Next(&o, now, wallet.Pace{}); !at.After(now) {
				t.Errorf("after %d queries the next is at %v, want one after %v", test.queries, at, now)
			}
		})
	}
}

// withRefund is a paid order with a refund.
func withRefund(status wallet.RefundStatus) *bridge.Change {
	return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 200, status)
}

// ended is an order whose payment has ended without money.
func ended(t *testing.T, status wallet.Status) *bridge.Change {
	t.Helper()
	c := bridgetest.Unpaid(false)
	bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, status))
	return c
}

func TestNothingIsLeftToLearnOfMoneyThatIsThere(t *testing.T) {
	c := bridgetest.Unpaid(false)
	bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Paid))
	if at := Next(&c.Order, bridgetest.Noon, wallet.Pace{}); !at.IsZero() {
		t.Errorf("the next query is at %v, want none", at)
	}
}

func TestASuperfluousPaymentIsQueriedNow(t *testing.T) {
	c := ended(t, wallet.Failed)
	if err := c.OpenPayment("first", "", bridge.FromClient, bridgetest.Noon); err != nil {
		t.Fatal(err)
	}
	bridgetest.Apply(t, c, bridgetest.Answer(c, wallet.Paid))
	if at := Next(&c.Order, bridgetest.Noon, wallet.Pace{}); !at.Equal(bridgetest.Noon) {
		t.Errorf("the next query is at %v, want now: the payer could pay twice", at)
	}
}

func TestAnOrderWithoutAPaymentIsClosedWhenItsTimeIsUp(t *testing.T) {
	o := bridge.Order{ID: bridgetest.ID, Amount: bridgetest.USD(1234), Status: wallet.Created, CreatedAt: bridgetest.Noon, ExpiresAt: bridgetest.Noon.Add(time.Minute)}
	if at, want := Next(&o, bridgetest.Noon, wallet.Pace{}), o.ExpiresAt.Add(bridge.ExpiryGrace); !at.Equal(want) {
		t.Errorf("the next query is at %v, want %v", at, want)
	}
}

func TestAnOrderThatNoWalletAnsweredForAfterARestoreStaysDue(t *testing.T) {
	c := bridgetest.Unpaid(false)
	bridgetest.Apply(t, c, bridgetest.News(bridge.FromNotification, wallet.Paid))
	c.Order.IdleQueries = bridge.NeverQueried
	if at := Next(&c.Order, bridgetest.Noon, wallet.Pace{}); !at.After(bridgetest.Noon) {
		t.Errorf("the next query is at %v, want one: the order was not queried", at)
	}
}
