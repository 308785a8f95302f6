package postgres

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// maxBatch bounds how many callers share a batch, and so how many wait for the retry
// when one of them is rejected.
const maxBatch = 64

// batcher sends the requests of concurrent callers to PostgreSQL in batches. It has a few
// workers. A request that finds one idle is sent at once; when all are busy, requests
// queue, and the first worker that becomes idle takes all of them.
type batcher[T any] struct {
	// send sends a batch in one round trip. Its error is that of every request in it.
	send func(ctx context.Context, batch []T) error

	mu      sync.Mutex
	waiting []*caller[T]
	idle    int // workers
	closed  bool
	workers sync.WaitGroup // that are busy
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

func newBatcher[T any](workers int, send func(ctx context.Context, batch []T) error) *batcher[T] {
	return &batcher[T]{send: send, idle: workers}
}

// do sends a request in a batch and returns its outcome. When the server rejects a batch
// because of one request in it, each is sent again alone. When ctx ends before the batch
// is sent, the request is removed from the queue; afterwards do waits for the outcome.
func (g *batcher[T]) do(ctx context.Context, wants T) error {
	if err := ctx.Err(); err != nil {
		return &notSent{err}
	}
	c := &caller[T]{wants: wants, done: make(chan error, 1)}
	if !g.push(c) {
		return &notSent{rows.ErrClosed}
	}
	err := c.wait(ctx)
	if err == errBatchRejected {
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
		return &notSent{ctx.Err()}
	}
	return <-c.done
}

func (g *batcher[T]) push(c *caller[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting = append(g.waiting, c)
	if g.idle > 0 {
		g.idle--
		g.workers.Add(1)
		go g.work()
	}
	return true
}

// work sends batches until no request waits.
func (g *batcher[T]) work() {
	defer g.workers.Done()
	for {
		rows.Gather(g.pending, maxBatch)
		batch := g.take()
		if batch == nil {
			return
		}
		list := make([]T, len(batch))
		for i, c := range batch {
			list[i] = c.wants
		}
		err := g.send(context.Background(), list)
		if err != nil && len(list) > 1 && !isNotSent(err) && !isLost(err) {
			err = errBatchRejected
		}
		for _, c := range batch {
			c.done <- err
		}
	}
}

func (g *batcher[T]) pending() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// take returns the requests that wait, or marks the worker as idle when there are none.
func (g *batcher[T]) take() (batch []*caller[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(batch) == 0 && len(g.waiting) > 0 {
		n := min(len(g.waiting), maxBatch)
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
		g.idle++
		return nil
	}
	return batch
}

// close sends the requests that wait, rejects new ones, and returns when all have their
// outcome.
func (g *batcher[T]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.workers.Wait()
}
