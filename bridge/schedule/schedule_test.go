package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/wallet"
)

// TestStatusQueriesStartFastAndSlowDown follows an order that stays open, at the usual pace
// and at that of a wallet with one of its own.
func TestStatusQueriesStartFastAndSlowDown(t *testing.T) {
	for name, test := range map[string]struct {
		pace  wallet.Pace
		steps []time.Duration
	}{
		"the usual pace":  {wallet.Pace{}, []time.Duration{5, 10, 20, 40, 80, 160, 300, 300}},
		"a wallet's own":  {wallet.Pace{First: time.Minute, Slowest: 3 * time.Minute}, []time.Duration{60, 120, 180, 180}},
		"only a slow one": {wallet.Pace{Slowest: 15 * time.Second}, []time.Duration{5, 10, 15, 15}},
	} {
		t.Run(name, func(t *testing.T) {
			o := bridgetest.Unpaid(false).Order
			o.ExpiresAt = bridgetest.Noon.Add(24 * time.Hour)
			for queries, seconds := range test.steps {
				o.IdleQueries = queries
				step := seconds * time.Second
				got := Next(&o, bridgetest.Noon, test.pace).Sub(bridgetest.Noon)
				if got < step*4/5 || got > step*6/5 {
					t.Errorf("query %d comes after %v, want %v and a fifth either way", queries, got, step)
				}
			}
		})
	}
}

func TestTheLastQueryBeforeTheExpiryIsAtTheExpiry(t *testing.T) {
	o := bridgetest.Unpaid(false).Order
	o.IdleQueries = 6
	if got, want := Next(&o, o.ExpiresAt.Add(-time.Minute), wallet.Pace{}), o.ExpiresAt.Add(bridge.ExpiryGrace); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJitterSpreadsByAFifthAndIsTheSameEachTime(t *testing.T) {
	const step = time.Minute
	var seen []time.Duration
	for _, id := range []string{"ord_1", "ord_2", "dlv_1"} {
		for n := range 300 {
			d := Jitter(step, id, n)
			if d < step*4/5 || d > step*6/5 || d != Jitter(step, id, n) {
				t.Fatalf("%s, try %d: got %v and %v, want the same within a fifth of %v", id, n, d, Jitter(step, id, n), step)
			}
			seen = append(seen, d)
		}
	}
	slices.Sort(seen)
	if seen[0] > step*5/6 || seen[len(seen)-1] < step*7/6 || len(slices.Compact(seen)) < 800 {
		t.Errorf("900 tries come from %v to %v", seen[0], seen[len(seen)-1])
	}
	if got := Jitter(4, "ord_1", 1); got != 4 {
		t.Errorf("a step too short to spread became %v", got)
	}
}

// An order whose time is up is queried every few hours; what is open is flagged by a query at
// the end of its limit, not hours later.
func TestAQueryIsPlannedWhenSomethingHasBeenOpenForTooLong(t *testing.T) {
	for name, test := range map[string]struct {
		make  func() *bridge.Change
		limit time.Time
	}{
		"a refund": {func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundPending)
		}, bridgetest.Noon.Add(24 * time.Hour)},
		"a refund that a person approves": {func() *bridge.Change {
			return bridgetest.Refund(bridgetest.Order(false, bridgetest.Paid(1234)), 1, 300, wallet.RefundWaiting)
		}, bridgetest.Noon.Add(72 * time.Hour)},
		"a payment": {func() *bridge.Change {
			return bridgetest.Order(false, bridge.Payment{Status: wallet.Pending})
		}, bridgetest.Noon.Add(15*time.Minute + time.Hour)},
		"a hold": {func() *bridge.Change {
			return bridgetest.Order(true, bridge.Payment{Status: wallet.Authorized, Authorized: 1234})
		}, bridgetest.Noon.Add(6 * 24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.make().Order
			o.IdleQueries = 30
			if got := Next(&o, test.limit.Add(-time.Minute), wallet.Pace{}); !got.Equal(test.limit) {
				t.Errorf("a minute before the limit: the next query is at %v, want %v", got, test.limit)
			}
			if got := Next(&o, test.limit, wallet.Pace{}); got.Before(test.limit.Add(expiredQueryInterval * 4 / 5)) {
				t.Errorf("at the limit: the next query is at %v, want one hours later", got)
			}
		})
	}
}
