package webhook

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	pollEvery = 500 * time.Millisecond
	// breath is the least time between two looks at the outbox, since an app that sells
	// a lot rings for each of its orders. Endpoints at work find new messages anyway.
	breath = 20 * time.Millisecond
	// rest is how long an endpoint is left alone that was due and had nothing to claim:
	// another node is at it, or all that is due waits behind a message that is not.
	rest = 5 * time.Second
)

// Wake says that an app has new messages, so that they need not wait for a poll. It
// costs a lock and never blocks.
func (d *Deliverer) Wake(app string) {
	d.mu.Lock()
	d.rung[app] = true
	d.mu.Unlock()
	d.ring()
}

func (d *Deliverer) ring() {
	select {
	case d.bell <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends and the attempts under way have ended. One look at the
// outbox finds the endpoints that have something due, and each of them gets a worker
// until it has nothing more, so that one that hangs occupies its own worker and nobody
// else's. Any number of nodes may run at once.
func (d *Deliverer) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer d.hangUp()
	defer workers.Wait()
	poll, list := time.NewTicker(pollEvery), time.NewTicker(listEvery)
	defer poll.Stop()
	defer list.Stop()
	for {
		d.look(ctx, &workers)
		if !pause(ctx, breath) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.bell:
		case <-poll.C:
		case <-list.C:
			d.stale.Store(true)
		}
	}
}

// pause waits, and says whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// hangUp closes the connections that are kept.
func (d *Deliverer) hangUp() {
	d.public.CloseIdleConnections()
	d.private.CloseIdleConnections()
}

// look starts a worker for each endpoint that has something due and none yet.
func (d *Deliverer) look(ctx context.Context, workers *sync.WaitGroup) {
	if d.stale.Load() {
		if err := d.reload(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("the webhook endpoints cannot be read", "fault", err)
		}
	}
	rung := d.takeRung()
	due, err := d.outbox.DueEndpoints(ctx, d.now())
	if err != nil && ctx.Err() == nil {
		d.log.Error("the outbox cannot be read", "fault", err)
	}
	for _, key := range due {
		if t := d.hire(key, rung[key.App]); t != nil {
			workers.Go(func() { d.serve(ctx, key, t) })
		}
	}
}

func (d *Deliverer) takeRung() map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	rung := d.rung
	d.rung = map[string]bool{}
	return rung
}

// hire returns the endpoint of that key when it is to get a worker. One that has a
// worker is told to look again before that one goes, or it would miss what came after
// its last look. One that rests is left alone, unless its app has new messages, and so is
// one that asked to wait.
func (d *Deliverer) hire(key bridge.EndpointKey, rung bool) *target {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.targets[key]
	switch {
	case t == nil || t.Disabled:
		return nil
	case t.busy:
		t.again = true
		return nil
	case d.now().Before(t.restsTo) && !rung, d.now().Before(t.waitsTo):
		return nil
	}
	t.busy, t.again = true, false
	return t
}

// serve drains an endpoint until it has nothing more to claim.
func (d *Deliverer) serve(ctx context.Context, key bridge.EndpointKey, t *target) {
	for idle := true; ; {
		n, err := d.drain(ctx, t)
		if err != nil && ctx.Err() == nil {
			d.log.Error("the outbox cannot be read or written", "app", key.App, "endpoint", key.Endpoint, "fault", err)
		}
		idle = idle && n == 0 && err == nil
		if (n == 0 || err != nil || ctx.Err() != nil) && d.dismiss(ctx, t, idle) {
			return
		}
	}
}

// dismiss ends an endpoint's worker, unless it is to look again. idle says that the
// worker never had anything to do.
func (d *Deliverer) dismiss(ctx context.Context, t *target, idle bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.again && ctx.Err() == nil {
		t.again = false
		return false
	}
	if t.busy = false; idle {
		t.restsTo = d.now().Add(rest)
	}
	return true
}

// RunOnce makes one attempt at everything that is due, and returns how many it made.
func (d *Deliverer) RunOnce(ctx context.Context) (int, error) {
	faults := []error{d.reload(ctx)}
	due, err := d.outbox.DueEndpoints(ctx, d.now())
	faults = append(faults, err)
	slices.SortFunc(due, func(a, b bridge.EndpointKey) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	total := 0
	for _, key := range due {
		n, err := d.empty(ctx, key)
		total += n
		faults = append(faults, err)
	}
	return total, errors.Join(faults...)
}

// empty drains one endpoint.
func (d *Deliverer) empty(ctx context.Context, key bridge.EndpointKey) (int, error) {
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
