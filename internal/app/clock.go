package app

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	measureEvery = time.Minute
	// mostStep is how far one measurement moves the offset. A node with a larger error
	// corrects it over several.
	mostStep = 5 * time.Second
	// slowestAnswer is how long a measurement may take; a slower one is too inaccurate.
	slowestAnswer = 2 * time.Second
)

// timeSource is a store with a clock that all its nodes share.
type timeSource interface {
	Now(ctx context.Context) (time.Time, error)
}

// clock is a node's clock. Nodes that share a database use the time of the database, so
// that leases, due times and expiry mean the same on each; a single node uses its own. It
// never goes backwards.
type clock struct {
	source timeSource       // nil: this machine's own time
	local  func() time.Time // monotonic, when there is a source
	log    *slog.Logger

	mu     sync.Mutex
	offset time.Duration // of the source against local
	last   time.Time     // that Now has returned
}

// clockOf returns the clock of the nodes on a store, after one measurement.
//
// Faults: those of the store.
func clockOf(ctx context.Context, store database, log *slog.Logger) (*clock, error) {
	return skewedClock(ctx, store, log, 0)
}

// skewedClock is clockOf where this machine's clock is made to be ahead, for tests.
//
// Faults: those of the store.
func skewedClock(ctx context.Context, store database, log *slog.Logger, skew time.Duration) (*clock, error) {
	began := time.Now().Add(skew)
	c := &clock{local: func() time.Time { return began.Add(time.Since(began.Add(-skew))) }, log: log}
	source, shared := store.(timeSource)
	if !shared {
		c.local = func() time.Time { return time.Now().Add(skew) }
		return c, nil
	}
	c.source = source
	offset, _, err := c.measure(ctx)
	c.offset = offset
	return c, err
}

// Now returns the time.
func (c *clock) Now() time.Time {
	if c.source == nil {
		return c.local()
	}
	now := c.local()
	c.mu.Lock()
	defer c.mu.Unlock()
	if now = now.Add(c.offset); now.Before(c.last) {
		return c.last
	}
	c.last = now
	return now
}

// Run measures the offset every minute, until ctx ends.
func (c *clock) Run(ctx context.Context) error {
	if c.source == nil {
		return nil
	}
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			c.RunOnce(ctx)
		}
	}
}

// RunOnce measures the offset once. It ignores a measurement that fails or is too slow.
func (c *clock) RunOnce(ctx context.Context) {
	measured, took, err := c.measure(ctx)
	switch {
	case err != nil:
		c.log.Warn("clock: the time of the database cannot be read; the offset is unchanged", "fault", err)
		return
	case took > slowestAnswer:
		c.log.Warn("clock: reading the time of the database took too long; the offset is unchanged", "took", took)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	step := measured - c.offset
	if bounded := max(-mostStep, min(mostStep, step)); bounded != step {
		c.log.Error("clock: the offset to the database has changed and is corrected in steps; check the time synchronization of this machine and of the database's", "off", step, "step", bounded)
		step = bounded
	}
	c.offset += step
}

// measure reads the time of the source, and takes it for that of the middle of the round
// trip.
func (c *clock) measure(ctx context.Context) (offset, took time.Duration, err error) {
	before := c.local()
	at, err := c.source.Now(ctx)
	took = c.local().Sub(before)
	return at.Sub(before.Add(took / 2)), took, err
}
