package engine

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

// waiters are those who wait for orders to change: one small struct each.
type waiters struct {
	mu sync.Mutex
	of map[bridge.OrderID]map[chan struct{}]struct{}
}

func newWaiters() *waiters { return &waiters{of: map[bridge.OrderID]map[chan struct{}]struct{}{}} }

func (w *waiters) add(id bridge.OrderID) chan struct{} {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[id] == nil {
		w.of[id] = map[chan struct{}]struct{}{}
	}
	w.of[id][ch] = struct{}{}
	return ch
}

func (w *waiters) remove(id bridge.OrderID, ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of[id], ch)
	if len(w.of[id]) == 0 {
		delete(w.of, id)
	}
}

func (w *waiters) wake(id bridge.OrderID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ring(w.of[id])
}

func (w *waiters) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, channels := range w.of {
		ring(channels)
	}
}

func ring(channels map[chan struct{}]struct{}) {
	for ch := range channels {
		select {
		case ch <- struct{}{}:
		default: // it is awake already
		}
	}
}

// wake tells everyone who waits for an order, here and on other nodes.
func (e *Engine) wake(id bridge.OrderID) {
	e.waiters.wake(id)
	if e.feed != nil {
		e.feed.Publish(id)
	}
}

// Wait returns an order at once when it is final, else when its Sequence differs
// from seen, or as it is when d ends, the server drains or ctx ends. Unless ctx ended it
// is read once more first, since a wake-up of another node may be lost. A seen below zero means the
// Sequence that is read first.
func (e *Engine) Wait(ctx context.Context, id bridge.OrderID, seen int64, d time.Duration) (bridge.Order, error) {
	if d <= 0 {
		return e.store.Order(ctx, id)
	}
	ch := e.waiters.add(id) // before the read, so that no change falls between
	defer e.waiters.remove(id, ch)
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		order, err := e.store.Order(ctx, id)
		if err != nil {
			return bridge.Order{}, err
		}
		if seen < 0 {
			seen = order.Sequence
		}
		if order.Final() || order.Sequence != seen {
			return order, nil
		}
		select {
		case <-ch:
		case <-end.C:
			return e.store.Order(ctx, id)
		case <-e.draining:
			return e.store.Order(ctx, id)
		case <-ctx.Done():
			return order, nil
		}
	}
}

// Drain lets everyone who waits go, now and from now on, so that a server can stop
// without cutting its long polls.
func (e *Engine) Drain() { e.drainOnce.Do(func() { close(e.draining) }) }

// follow keeps waiters awake for what happens on other nodes. While the feed is
// away, everyone looks for themselves once a second.
func (e *Engine) follow(ctx context.Context) {
	if e.feed == nil {
		return
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := e.feed.Subscribe(ctx, e.waiters.wake); err != nil && ctx.Err() == nil {
			e.log.Error("the feed has ended; waiting falls back to polling", "fault", err)
		}
	})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			if !e.feed.Healthy() {
				e.waiters.wakeAll()
			}
		}
	}
	running.Wait()
}
