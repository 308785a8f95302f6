package postgres

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// mostInBatch bounds how many callers share a batch, and so what one of them can
// spoil for the others.
const mostInBatch = 64

// gatherer sends to PostgreSQL together what many callers want at the same time. It
// has a few lines. A caller who finds one free is sent at once; when all are in use,
// whoever comes waits, and the first line to come free takes all who wait.
type gatherer[T any] struct {
	// send does a batch in one round trip. Its error is that of all.
	send func(ctx context.Context, batch []T) error

	mu      sync.Mutex
	waiting []*caller[T]
	free    int // lines that are not in use
	closed  bool
	lines   sync.WaitGroup // those in use
}

type caller[T any] struct {
	wants T
	state atomic.Int32
	done  chan error
}

// The states of a caller. It may give up while it waits, but not once its batch is sent.
const (
	callerWaiting = iota
	callerSent
	callerGone
)

func newGatherer[T any](lines int, send func(ctx context.Context, batch []T) error) *gatherer[T] {
	return &gatherer[T]{send: send, free: lines}
}

// do has wants sent and returns what became of it. When a batch was refused because
// of one in it, each is sent again alone. When ctx ends before the batch is sent, the
// caller is dropped from it; afterwards the outcome is waited for.
func (g *gatherer[T]) do(ctx context.Context, wants T) error {
	if err := ctx.Err(); err != nil {
		return &unreached{err}
	}
	c := &caller[T]{wants: wants, done: make(chan error, 1)}
	if !g.push(c) {
		return &unreached{rows.ErrClosed}
	}
	err := c.wait(ctx)
	if err == errTogether {
		return g.send(ctx, []T{wants})
	}
	return err
}

func (c *caller[T]) wait(ctx context.Context) error {
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
	}
	if c.state.CompareAndSwap(callerWaiting, callerGone) {
		return &unreached{ctx.Err()}
	}
	return <-c.done
}

func (g *gatherer[T]) push(c *caller[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting = append(g.waiting, c)
	if g.free > 0 {
		g.free--
		g.lines.Add(1)
		go g.line()
	}
	return true
}

// line sends batches until nobody waits.
func (g *gatherer[T]) line() {
	defer g.lines.Done()
	for batch := g.take(); batch != nil; batch = g.take() {
		list := make([]T, len(batch))
		for i, c := range batch {
			list[i] = c.wants
		}
		err := g.send(context.Background(), list)
		if err != nil && len(list) > 1 && !isUnreached(err) && !isLost(err) {
			err = errTogether
		}
		for _, c := range batch {
			c.done <- err
		}
	}
}

// take returns those who wait, or frees the line when there are none.
func (g *gatherer[T]) take() (batch []*caller[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(batch) == 0 && len(g.waiting) > 0 {
		n := min(len(g.waiting), mostInBatch)
		for _, c := range g.waiting[:n] {
			if c.state.CompareAndSwap(callerWaiting, callerSent) {
				batch = append(batch, c)
			}
		}
		rest := copy(g.waiting, g.waiting[n:])
		clear(g.waiting[rest:])
		g.waiting = g.waiting[:rest]
	}
	if len(batch) == 0 {
		g.free++
		return nil
	}
	return batch
}

// close lets those who wait be sent, refuses who comes, and returns when all have
// their answer.
func (g *gatherer[T]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.lines.Wait()
}
