package bridge

import (
	"slices"
	"testing"
	"time"

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
			o := begin(false).Order
			o.ExpiresAt = noon.Add(24 * time.Hour)
			for looks, seconds := range test.steps {
				o.Looks = looks
				step := seconds * time.Second
				got := NextQuery(&o, noon, test.pace).Sub(noon)
				if got < step*4/5 || got > step*6/5 {
					t.Errorf("look %d comes after %v, want %v and a fifth either way", looks, got, step)
				}
			}
		})
	}
}

func TestTheLastQueryBeforeTheExpiryIsAtTheExpiry(t *testing.T) {
	o := begin(false).Order
	o.Looks = 6
	if got, want := NextQuery(&o, o.ExpiresAt.Add(-time.Minute), wallet.Pace{}), o.ExpiresAt.Add(expiryGrace); !got.Equal(want) {
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

// An order whose time is up is queried every few hours; what is open is flagged by the
// queryDue at the end of its limit, not hours later.
func TestAQueryIsPlannedWhenSomethingHasBeenOpenForTooLong(t *testing.T) {
	for name, test := range map[string]struct {
		make  func() *Change
		limit time.Time
	}{
		"a refund": {func() *Change {
			return refunding(stood(false, paidPayment(1234)), 1, 300, wallet.RefundPending)
		}, noon.Add(openRefundLimit)},
		"a refund that a person approves": {func() *Change {
			return refunding(stood(false, paidPayment(1234)), 1, 300, wallet.RefundWaiting)
		}, noon.Add(waitingRefundLimit)},
		"a payment": {func() *Change {
			return stood(false, Payment{Status: wallet.Pending})
		}, noon.Add(15*time.Minute + openPaymentLimit)},
		"a hold": {func() *Change {
			return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234})
		}, noon.Add(openHoldLimit)},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.make().Order
			o.Looks = 30
			if got := NextQuery(&o, test.limit.Add(-time.Minute), wallet.Pace{}); !got.Equal(test.limit) {
				t.Errorf("a minute before the limit: the next look is at %v, want %v", got, test.limit)
			}
			if got := NextQuery(&o, test.limit, wallet.Pace{}); got.Before(test.limit.Add(expiredQueryInterval * 4 / 5)) {
				t.Errorf("at the limit: the next look is at %v, want one hours later", got)
			}
		})
	}
}
