package outbox

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

const (
	pollEvery = 500 * time.Millisecond
	// scanGap is the shortest time between two scans of the outbox: a busy app calls Wake
	// for each of its orders. Workers that run find new messages without a scan.
	scanGap = 20 * time.Millisecond
	// idlePause is how long an endpoint gets no worker after it was due and had nothing to
	// claim: another node holds the leases, or an earlier message of each order is not due.
	idlePause = 5 * time.Second
)

// Wake starts a scan of the outbox for the new messages of an app before the next poll.
// It never blocks.
func (d *Dispatcher) Wake(app string) {
	d.mu.Lock()
	d.woken[app] = true
	d.mu.Unlock()
	d.signal()
}

// signal starts a scan; signals before the scan begins count as one.
func (d *Dispatcher) signal() {
	select {
	case d.wakeup <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends and the attempts in flight have ended, those of interruptible
// endpoints StopGrace later at most; their messages are due at once for another node. A scan
// of the outbox finds the endpoints with messages due. Each of them gets a worker of its own
// until it has none left, so that an endpoint that hangs delays no other. Any number of nodes
// may run at once.
func (d *Dispatcher) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	poll, list := time.NewTicker(pollEvery), time.NewTicker(listEvery)
	defer poll.Stop()
	defer list.Stop()
	for {
		d.schedule(ctx, &workers)
		if !pause(ctx, scanGap) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wakeup:
		case <-poll.C:
		case <-list.C:
			d.stale.Store(true)
		}
	}
}

// pause waits for d and reports whether ctx is still valid.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// schedule scans the outbox and starts a worker for each endpoint with messages due that
// has none.
func (d *Dispatcher) schedule(ctx context.Context, workers *sync.WaitGroup) {
	if d.stale.Load() {
		if err := d.Reload(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("webhook endpoints cannot be read; those known are used; check the database", "fault", err)
		}
	}
	woken := d.takeWoken()
	due, err := d.outbox.DueEndpoints(ctx, d.now())
	if err != nil && ctx.Err() == nil {
		d.log.Error("the outbox cannot be read; webhooks wait; check the database", "fault", err)
	}
	for _, key := range due {
		if t := d.acquire(key, woken[key.App]); t != nil {
			workers.Go(func() { d.serve(ctx, key, t) })
		}
	}
}

// takeWoken returns the apps for which Wake was called since the last scan.
func (d *Dispatcher) takeWoken() map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	woken := d.woken
	d.woken = map[string]bool{}
	return woken
}

// acquire returns the endpoint of key when it gets a worker now, and marks it as busy. A
// busy endpoint is drained once more before its worker ends, for messages that came after
// the last claim. An endpoint in its idlePause gets no worker unless woken, and one that
// sent Retry-After gets none before that time.
func (d *Dispatcher) acquire(key store.EndpointKey, woken bool) *target {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.targets[key]
	switch {
	case t == nil || t.Disabled:
		return nil
	case t.busy:
		t.again = true
		return nil
	case d.now().Before(t.idleUntil) && !woken, d.now().Before(t.pausedUntil):
		return nil
	}
	t.busy, t.again = true, false
	return t
}

// serve is a worker: it drains an endpoint until there is nothing left to claim.
func (d *Dispatcher) serve(ctx context.Context, key store.EndpointKey, t *target) {
	for idle := true; ; {
		n, err := d.drain(ctx, t)
		if err != nil && ctx.Err() == nil {
			d.log.Error("the outbox cannot be read or written; webhooks wait; check the database", "app", key.App, "endpoint", key.Endpoint, "fault", err)
		}
		idle = idle && n == 0 && err == nil
		if (n == 0 || err != nil || ctx.Err() != nil) && d.release(ctx, t, idle) {
			return
		}
	}
}

// release ends an endpoint's worker and reports true, unless the endpoint was due again
// meanwhile. idle reports that the worker has claimed nothing.
func (d *Dispatcher) release(ctx context.Context, t *target, idle bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.again && ctx.Err() == nil {
		t.again = false
		return false
	}
	if t.busy = false; idle {
		t.idleUntil = d.now().Add(idlePause)
	}
	return true
}

// RunOnce makes one attempt at everything that is due, and returns how many it made.
func (d *Dispatcher) RunOnce(ctx context.Context) (int, error) {
	faults := []error{d.Reload(ctx)}
	due, err := d.outbox.DueEndpoints(ctx, d.now())
	faults = append(faults, err)
	slices.SortFunc(due, func(a, b store.EndpointKey) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	total := 0
	for _, key := range due {
		n, err := d.drainAll(ctx, key)
		total += n
		faults = append(faults, err)
	}
	return total, errors.Join(faults...)
}

// drainAll drains one endpoint until there is nothing left to claim.
func (d *Dispatcher) drainAll(ctx context.Context, key store.EndpointKey) (int, error) {
	d.mu.Lock()
	t := d.targets[key]
	d.mu.Unlock()
	if t == nil {
		return 0, nil
	}
	for total := 0; ; {
		n, err := d.drain(ctx, t)
		total += n
		if n == 0 || err != nil {
			return total, err
		}
	}
}
