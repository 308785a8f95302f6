package engine

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

// lastReadTime bounds the read that ends a long poll when the server drains.
const lastReadTime = time.Second

// waiters are the long polls on this node, by order: one channel each.
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

func (w *waiters) notify(id bridge.OrderID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	signal(w.of[id])
}

func (w *waiters) notifyAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, channels := range w.of {
		signal(channels)
	}
}

// signal notifies each waiter once, however often it is called before the waiter runs.
func signal(channels map[chan struct{}]struct{}) {
	for ch := range channels {
		select {
		case ch <- struct{}{}:
		default: // a signal is pending already
		}
	}
}

// notifyWaiters notifies the waiters of an order, on this node and on others.
func (e *Engine) notifyWaiters(id bridge.OrderID) {
	e.waiters.notify(id)
	if e.feed != nil {
		e.feed.Publish(id)
	}
}

// Wait returns an order at once when it is final, else when its Sequence differs from seen,
// or as it is when d passes, the server drains or ctx ends. It reads the order once more
// before it returns, since a notification of another node may be lost. A seen below zero
// means the Sequence that is read first.
//
// Long polls are many, so Wait keeps no order while it waits, and a store reads on another
// goroutine's stack: a stack that has grown shrinks by half at a collection, where most of it
// is free.
func (e *Engine) Wait(ctx context.Context, id bridge.OrderID, seen int64, d time.Duration) (*bridge.Order, error) {
	if d <= 0 {
		return e.readOrder(ctx, id)
	}
	ch := e.waiters.add(id) // before the read, so that no change falls between
	defer e.waiters.remove(id, ch)
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		order, err := e.readOrder(ctx, id)
		if err != nil {
			return nil, err
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
			return e.readOrder(ctx, id)
		case <-e.draining:
			return e.readLast(ctx, id)
		case <-ctx.Done():
			return e.readLast(ctx, id)
		}
	}
}

// readOrder reads an order on a stack of its own. A panic of the store is the caller's.
func (e *Engine) readOrder(ctx context.Context, id bridge.OrderID) (order *bridge.Order, err error) {
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		var o bridge.Order
		o, err = e.store.Order(ctx, id)
		order = &o
	}()
	if p := <-done; p != nil {
		panic(p)
	}
	return order, err
}

// readLast reads an order once more. The server that drains may end ctx at the same time,
// so the read has a deadline of its own.
func (e *Engine) readLast(ctx context.Context, id bridge.OrderID) (*bridge.Order, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastReadTime)
	defer cancel()
	return e.readOrder(ctx, id)
}

// Draining reports whether Drain was called.
func (e *Engine) Draining() bool {
	select {
	case <-e.draining:
		return true
	default:
		return false
	}
}

// Drain makes all calls of Wait return at once, now and from now on, so that a server can
// stop without cutting its long polls.
func (e *Engine) Drain() { e.drainOnce.Do(func() { close(e.draining) }) }

// followFeed notifies waiters of changes on other nodes. While the feed is not healthy, it
// notifies all waiters once a second, so that each reads its order again.
func (e *Engine) followFeed(ctx context.Context) {
	if e.feed == nil {
		return
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := e.feed.Subscribe(ctx, e.waiters.notify); err != nil && ctx.Err() == nil {
			e.log.Error("the feed has ended and long polls poll the store instead; check Redis", "fault", err)
		}
	})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			if !e.feed.Healthy() {
				e.waiters.notifyAll()
			}
		}
	}
	running.Wait()
}
