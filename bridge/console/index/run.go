package index

import (
	"context"
	"time"
)

// How the index shares the machine with the till. It works for a part of the time, so that
// after a burst, or while it is built, it lags for longer and orders are created as fast as
// without it. While the till stays busy, the part grows with the lag: an index that needs a
// share of the time is lagGoal × share ÷ shareBusy behind, and catches up afterwards.
const (
	poll       = time.Second // between reads of feeds that have nothing new
	retry      = 5 * time.Second
	shareBusy  = 3  // percent of the time, while the till is busy
	shareMost  = 25 // percent of the time, while the till is busy and the index is far behind
	shareIdle  = 50 // percent of the time, else
	lagGoal    = 15 * time.Second
	busyRate   = 100 // changes a second from which the till is busy
	longPause  = 5 * time.Second
	shortPause = 10 * time.Millisecond
)

// Run follows the feeds until ctx ends, and returns its error. On several nodes that share
// the tables, one at a time follows.
func (x *Index) Run(ctx context.Context) error {
	defer func() {
		released, cancel := context.WithTimeout(context.WithoutCancel(ctx), retry)
		defer cancel()
		x.release(released)
	}()
	load := load{changes: x.config.Changes}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		began := time.Now()
		more, err := x.RunOnce(ctx)
		if err != nil && ctx.Err() == nil {
			x.config.Log.Warn("the console's index cannot follow the feed; it is tried again", "err", err)
		}
		timer.Reset(pause(more, err, time.Since(began), share(load.busy(time.Now()), time.Duration(x.lag.Load()))))
	}
}

// share returns for how many percent of the time the index works.
func share(busy bool, lag time.Duration) int {
	if !busy {
		return shareIdle
	}
	return int(min(max(shareBusy, shareBusy*min(lag, time.Hour)/lagGoal), shareMost))
}

// pause returns how long to wait after a step.
func pause(more bool, err error, took time.Duration, share int) time.Duration {
	switch {
	case err != nil:
		return retry
	case !more:
		return max(poll, pauseAfter(took, shareBusy))
	}
	return pauseAfter(took, share)
}

// pauseAfter returns how long to wait after work, so that work takes a share of the time.
func pauseAfter(took time.Duration, share int) time.Duration {
	return min(max(took*time.Duration(100-share)/time.Duration(share), shortPause), longPause)
}

// load tells from the store's changes whether the till is busy.
type load struct {
	changes func() uint64
	count   uint64
	at      time.Time
}

// busy reports whether more than busyRate changes a second were committed since it was
// called before. The till counts as busy until that is known.
func (l *load) busy(now time.Time) bool {
	if l.changes == nil {
		return true
	}
	count := l.changes()
	since, more := now.Sub(l.at), count-l.count
	first := l.at.IsZero()
	l.count, l.at = count, now
	return first || int64(more) > busyRate*since.Milliseconds()/1000
}
