package bridge

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/wallet"
)

// The schedule of looks: quick at first, then slower, until the order expires; then
// a few more for late money.
const (
	firstLook   = 5 * time.Second
	SlowestLook = 5 * time.Minute
	expiredLook = 6 * time.Hour // the slowest when an expired order could not be closed
	expiryGrace = 2 * time.Second
	BusyGrace   = 2 * time.Second
	lateLimit   = 7 * 24 * time.Hour // how long late looks wait for a wallet that does not answer
)

var lateLooks = [...]time.Duration{time.Hour, 5 * time.Hour, 18 * time.Hour}

// NextLook is when to ask about an order again, at the pace of its wallet; zero when
// nothing is left to learn. It is a pure function, its jitter included, so that a
// replay agrees with history.
func NextLook(o *Order, now time.Time, pace wallet.Pace) time.Time {
	switch {
	case o.Looks < 0:
		return now.Add(cmp.Or(pace.First, firstLook)) // it has to be asked about: no wallet answered
	case o.BusyUntil.After(now):
		return o.BusyUntil.Add(BusyGrace)
	case len(o.Payments) == 0 && !o.Final():
		return o.ExpiresAt.Add(expiryGrace)
	case o.Superfluous() != nil && o.Looks == 0:
		return now
	case o.Unsettled():
		return nextOpenLook(o, now, pace)
	case o.maybeLate() && o.Looks < len(lateLooks):
		at, end := now.Add(Jitter(lateLooks[o.Looks], string(o.ID), o.Looks)), o.ExpiresAt.Add(expiryGrace)
		if o.Closed == "" && o.Paid == 0 && now.Before(end) && at.After(end) {
			return end // the order is closed then
		}
		return at
	}
	return time.Time{}
}

func nextOpenLook(o *Order, now time.Time, pace wallet.Pace) time.Time {
	first, slowest := cmp.Or(pace.First, firstLook), cmp.Or(pace.Slowest, SlowestLook)
	end := o.ExpiresAt.Add(expiryGrace)
	if now.After(end) {
		slowest = max(slowest, expiredLook)
	}
	delay := slowest
	if o.Looks < 20 {
		delay = min(slowest, first<<o.Looks)
	}
	at := now.Add(Jitter(delay, string(o.ID), o.Looks))
	if o.OpenPayment() != nil && now.Before(end) && at.After(end) {
		return end
	}
	if limit := o.nextLimit(now); !limit.IsZero() && at.After(limit) {
		return limit // it is flagged then
	}
	return at
}

// Unsettled says that something is under way whose end is not known.
func (o *Order) Unsettled() bool {
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Open() || p.Held() {
			return true
		}
	}
	return o.RefundOpen > 0
}

// Superfluous is a payment that is still open though the order has its money by
// another one, or nil. It has to be closed before the payer pays twice.
func (o *Order) Superfluous() *Payment {
	if o.Status != wallet.Paid && o.Status != wallet.Authorized {
		return nil
	}
	return o.OpenPayment()
}

// Overdue says that the order's time is up.
func (o *Order) Overdue(now time.Time) bool { return !now.Before(o.ExpiresAt.Add(expiryGrace)) }

// maybeLate says that money could still come for a payment that ended without, or go for
// a refund that ended as failed; or that late money is not yet sure to stay.
func (o *Order) maybeLate() bool {
	if o.Flagged(LatePayment) || slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Status == wallet.RefundFailed && r.RequestID != "" }) {
		return true
	}
	for i := range o.Payments {
		switch o.Payments[i].Status {
		case wallet.Failed, wallet.Canceled, wallet.Expired:
			return true
		}
	}
	return false
}

// Jitter moves d by up to a fifth to either side. It is a pure function of an id and the
// number of a try, so that what was begun together does not come again together.
func Jitter(d time.Duration, id string, n int) time.Duration {
	h := fnv.New64a() // 32 bits of nanoseconds are four seconds
	_, _ = h.Write([]byte(id))
	_, _ = h.Write(strconv.AppendInt(nil, int64(n), 10))
	fifth := int64(d / 5)
	return d + time.Duration(int64(h.Sum64()>>1)%(2*fifth+1)-fifth)
}

// planLook sets when the order is looked at next.
func (c *Change) planLook(now time.Time, pace wallet.Pace) {
	if len(c.Events) > c.counted && c.Order.Looks > 0 {
		c.Order.Looks = 0
	}
	if due := c.before.DueAt; len(c.Events) > 0 && !due.IsZero() && !due.After(now) && (c.Due.IsZero() || c.Due.After(due)) {
		c.Due = due // a look that is due stays due: a look moves it first
	}
	if c.refundEnded() {
		c.WaitFor(now.Add(firstLook), now) // news of a refund may be kept until this one has ended
	}
	switch {
	case !c.Due.IsZero():
		c.Order.DueAt = c.Due
	case len(c.Events) > 0 || c.Order.BusyUntil != c.before.BusyUntil || c.Order.Looks != c.before.Looks:
		c.Order.DueAt = NextLook(&c.Order, now, pace)
	}
}

// refundEnded says that the change has ended a refund that was open.
func (c *Change) refundEnded() bool {
	for i := range c.before.Refunds {
		if c.before.Refunds[i].Open() && !c.Order.Refunds[i].Open() {
			return true
		}
	}
	return false
}

// LookNow makes the order due at once.
func (c *Change) LookNow(now time.Time) { c.Due = now }

// CountLook counts a look that brought nothing new. One that no wallet answered does not
// count for an order that has to be asked about since the store was restored.
func (c *Change) CountLook(unheard error, now time.Time) {
	switch {
	case c.Order.Looks >= 0 && len(c.Events) == c.counted && (unheard == nil || c.Order.Unsettled() || now.After(c.Order.ExpiresAt.Add(lateLimit))):
		c.Order.Looks++ // a late look that no wallet answered does not count, for a week
	case c.Order.Looks < 0 && unheard == nil:
		c.Order.Looks = 0
	case c.Order.Looks >= 0 && len(c.Events) == c.counted:
		c.WaitFor(now.Add(lateLooks[0]), now)
	}
}

// WaitFor makes the order due when a wallet's answer can no longer lag.
func (c *Change) WaitFor(at, now time.Time) {
	if at.After(now) && (c.Due.IsZero() || at.Before(c.Due)) {
		c.Due = at
	}
}

// Unasked is the Schedule.Looks of an order about which no wallet has been asked since
// the store was restored.
const Unasked = -1
