package app

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	measureEvery = time.Minute
	// mostStep is how far one measurement moves a clock that runs. A node that is further
	// off catches up over several.
	mostStep = 5 * time.Second
	// slowestAnswer is how long a measurement may take; one that is slower tells too little.
	slowestAnswer = 2 * time.Second
)

// timeSource is a store that has a clock of its own, which all nodes share.
type timeSource interface {
	Now(ctx context.Context) (time.Time, error)
}

// clock is the time by which a node works. Nodes that share a database take the database's
// time, so that leases, due dates and expiry mean the same on each; a node alone takes its
// own. It never goes backwards.
type clock struct {
	source timeSource       // nil: this machine's own time
	local  func() time.Time // runs evenly, whatever is done to the machine's clock
	log    *slog.Logger

	mu     sync.Mutex
	offset time.Duration // of the source against local
	last   time.Time     // that Now has returned
}

// clockOf is the clock of the nodes on a store, measured once.
//
// Faults: those of the store.
func clockOf(ctx context.Context, store database, log *slog.Logger) (*clock, error) {
	began := time.Now()
	c := &clock{local: func() time.Time { return began.Add(time.Since(began)) }, log: log}
	source, shared := store.(timeSource)
	if !shared {
		c.local = time.Now
		return c, nil
	}
	c.source = source
	offset, _, err := c.measure(ctx)
	c.offset = offset
	return c, err
}

// Now is the time.
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

// RunOnce measures the offset once. A measurement that fails, or takes long, changes
// nothing.
func (c *clock) RunOnce(ctx context.Context) {
	measured, took, err := c.measure(ctx)
	switch {
	case err != nil:
		c.log.Warn("the database's time cannot be read; the last offset stays", "fault", err)
		return
	case took > slowestAnswer:
		c.log.Warn("reading the database's time took too long; the last offset stays", "took", took)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	step := measured - c.offset
	if bounded := max(-mostStep, min(mostStep, step)); bounded != step {
		c.log.Error("this node's time is off from the database's; it catches up step by step", "off", step, "step", bounded)
		step = bounded
	}
	c.offset += step
}

// measure asks the source for its time, which is that of the middle of the round trip.
func (c *clock) measure(ctx context.Context) (offset, took time.Duration, err error) {
	before := c.local()
	at, err := c.source.Now(ctx)
	took = c.local().Sub(before)
	return at.Sub(before.Add(took / 2)), took, err
}
