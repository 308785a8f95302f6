package schedule

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// The intervals between status queries.
const (
	firstQueryInterval   = 5 * time.Second
	MaxInterval          = 5 * time.Minute
	expiredQueryInterval = 6 * time.Hour      // the longest when an expired order could not be closed
	BusyGrace            = 2 * time.Second    // added to the deadline of a call before its order is released
	lateQueryLimit       = 7 * 24 * time.Hour // how long late queries wait for a wallet that does not answer
)

var lateQueryIntervals = [...]time.Duration{time.Hour, 5 * time.Hour, 18 * time.Hour}

// Next returns when to send the next status queries about an order, at the pace of its
// wallet, or when the approval of a refund expires; zero when neither is to come. It is a
// pure function, its jitter included.
func Next(o *bridge.Order, now time.Time, pace wallet.Pace) time.Time {
	at, ends := nextQuery(o, now, pace), o.ApprovalEnds()
	if !ends.IsZero() && !ends.After(now) {
		ends = now.Add(firstQueryInterval) // it expires once the wallet has answered
	}
	if at.IsZero() || !ends.IsZero() && ends.Before(at) {
		return ends
	}
	return at
}

// nextQuery returns when to send the next status queries about an order; zero when none is
// needed.
func nextQuery(o *bridge.Order, now time.Time, pace wallet.Pace) time.Time {
	switch {
	case o.IdleQueries < 0:
		return now.Add(cmp.Or(pace.First, firstQueryInterval)) // no wallet has answered since the restore
	case o.BusyUntil.After(now):
		return o.BusyUntil.Add(BusyGrace)
	case len(o.Payments) == 0 && !o.Final():
		return o.ExpiresAt.Add(bridge.ExpiryGrace)
	case o.Superfluous() != nil && o.IdleQueries == 0:
		return now
	case o.Unsettled():
		return nextOpenQuery(o, now, pace)
	case maybeLate(o) && o.IdleQueries < len(lateQueryIntervals):
		at, end := now.Add(Jitter(lateQueryIntervals[o.IdleQueries], string(o.ID), o.IdleQueries)), o.ExpiresAt.Add(bridge.ExpiryGrace)
		if o.Closed == "" && o.Paid == 0 && now.Before(end) && at.After(end) {
			return end // the order is closed then
		}
		return at
	}
	return time.Time{}
}

func nextOpenQuery(o *bridge.Order, now time.Time, pace wallet.Pace) time.Time {
	first, slowest := cmp.Or(pace.First, firstQueryInterval), cmp.Or(pace.Slowest, MaxInterval)
	end := o.ExpiresAt.Add(bridge.ExpiryGrace)
	if now.After(end) {
		slowest = max(slowest, expiredQueryInterval)
	}
	delay := slowest
	if o.IdleQueries < 20 {
		delay = min(slowest, first<<o.IdleQueries)
	}
	at := now.Add(Jitter(delay, string(o.ID), o.IdleQueries))
	if o.OpenPayment() != nil && now.Before(end) && at.After(end) {
		return end
	}
	if limit := o.NextLimit(now); !limit.IsZero() && at.After(limit) {
		return limit // a flag is raised then
	}
	return at
}

// maybeLate reports whether a payment that ended unpaid may still be paid, or a refund that
// failed may still succeed; or whether late money is flagged, which may be reversed.
func maybeLate(o *bridge.Order) bool {
	if o.Flagged(bridge.LatePayment) || slices.ContainsFunc(o.Refunds, func(r bridge.Refund) bool {
		return r.Status == wallet.RefundFailed && r.RequestID != "" && r.Sent()
	}) {
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
// number of a try; it spreads retries of what began at the same time.
func Jitter(d time.Duration, id string, n int) time.Duration {
	h := fnv.New64a() // 32 bits of nanoseconds are four seconds
	_, _ = h.Write([]byte(id))
	_, _ = h.Write(strconv.AppendInt(nil, int64(n), 10))
	fifth := int64(d / 5)
	return d + time.Duration(int64(h.Sum64()>>1)%(2*fifth+1)-fifth)
}

// Plan sets when the next status query about the order of a completed change is due.
func Plan(c *bridge.Change, now time.Time, pace wallet.Pace) {
	if c.HasNews() && c.Order.IdleQueries > 0 {
		c.Order.IdleQueries = 0
	}
	if due := c.Before().DueAt; len(c.Events) > 0 && !due.IsZero() && !due.After(now) && (c.Due.IsZero() || c.Due.After(due)) {
		c.Due = due // a query that is due stays due: claiming it moves DueAt first
	}
	if refundEnded(c) {
		c.WaitFor(now.Add(firstQueryInterval), now) // the inbox may hold news that waits for the end of this refund
	}
	switch {
	case !c.Due.IsZero():
		c.Order.DueAt = c.Due
	case len(c.Events) > 0 || c.Order.BusyUntil != c.Before().BusyUntil || c.Order.IdleQueries != c.Before().IdleQueries:
		c.Order.DueAt = Next(&c.Order, now, pace)
	}
}

// refundEnded reports whether the change has ended a refund that was open.
func refundEnded(c *bridge.Change) bool {
	for i := range c.Before().Refunds {
		if c.Before().Refunds[i].Open() && !c.Order.Refunds[i].Open() {
			return true
		}
	}
	return false
}

// CountQuery counts a status query that brought nothing new, which slows down the next
// ones. unanswered is the fault of a query that the wallet did not answer: such a query does
// not count for an order that has not been queried since a restore, nor among late queries.
func CountQuery(c *bridge.Change, unanswered error, now time.Time) {
	switch {
	case c.Order.IdleQueries >= 0 && !c.HasNews() && (unanswered == nil || c.Order.Unsettled() || now.After(c.Order.ExpiresAt.Add(lateQueryLimit))):
		c.Order.IdleQueries++ // a late query that no wallet answered does not count, for a week
	case c.Order.IdleQueries < 0 && unanswered == nil:
		c.Order.IdleQueries = 0
	case c.Order.IdleQueries >= 0 && !c.HasNews():
		c.WaitFor(now.Add(lateQueryIntervals[0]), now)
	}
}
