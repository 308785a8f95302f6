package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/fault"
)

const (
	// probeEvery is how often Run writes to the store to check that it can be written.
	probeEvery = 2 * time.Second
	// probeTime bounds one probe.
	probeTime = time.Second
	// probeStale is the age from which on the result of a probe does not count.
	probeStale = 4 * probeEvery
)

// probe holds the result of the last health check of the store.
type probe struct {
	turn chan struct{} // one probe at a time
	seen atomic.Pointer[probeResult]
}

type probeResult struct {
	at  time.Time
	err error
}

func newProbe() probe { return probe{turn: make(chan struct{}, 1)} }

// Ready checks that the engine can take money: its store reads and writes. It returns the
// result of the last probe, which Run makes. When that is too old, one of the callers probes
// and the others wait for it.
//
// Faults: Unavailable.
func (e *Engine) Ready(ctx context.Context) error { return e.probeStore(ctx, probeStale) }

// probeStore returns the result of the last probe, unless that is older than age: then it
// writes to the store and stores the result.
//
// Faults: Unavailable.
func (e *Engine) probeStore(ctx context.Context, age time.Duration) error {
	if seen := e.probe.newer(e.now(), age); seen != nil {
		return seen.err
	}
	select {
	case e.probe.turn <- struct{}{}:
		defer func() { <-e.probe.turn }()
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "engine.Ready", ctx.Err())
	}
	if seen := e.probe.newer(e.now(), age); seen != nil { // another caller has probed
		return seen.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
	defer cancel()
	err := e.store.Ping(ctx)
	e.probe.seen.Store(&probeResult{at: e.now(), err: err})
	return err
}

// newer returns the result of the last probe when it is younger than age, or nil.
func (p *probe) newer(now time.Time, age time.Duration) *probeResult {
	if seen := p.seen.Load(); seen != nil && now.Sub(seen.at) < age {
		return seen
	}
	return nil
}

// followStore probes the store until ctx ends, and logs when it stops to take writes and when
// it takes them again.
func (e *Engine) followStore(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		err := e.probeStore(ctx, probeEvery/2) // Ready returns the fault
		if failed := err != nil && ctx.Err() == nil; failed != failing {
			failing = failed
			e.logStore(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// logStore logs that the store takes no writes, or takes them again.
func (e *Engine) logStore(err error) {
	if err != nil {
		e.log.Error("the store takes no writes: this node is not ready and answers 503; make room on its disk, and check the database with minitill doctor", "fault", err)
		return
	}
	e.log.Info("the store takes writes again: this node is ready")
}
