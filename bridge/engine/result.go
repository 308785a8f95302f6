package engine

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	resultWait = 3 * time.Second // how long a client waits for the status query
	queryPause = time.Second     // the shortest interval of two queries about one order
)

// Result processes a client's hint: it sends a status query about the payment and returns
// the order as it stands when the answer is committed, or after three seconds. Concurrent
// callers share one query.
//
// Faults: NotFound.
func (e *Engine) Result(ctx context.Context, id bridge.OrderID, hint Hint) (bridge.Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil || order.Final() {
		return order, err
	}
	done := e.queries.do(id, func() {
		if err := e.refresh(context.WithoutCancel(ctx), order, hint.Code); err != nil {
			e.log.InfoContext(ctx, "status query failed", "order", id, "fault", err)
		}
	})
	timer := time.NewTimer(resultWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return e.store.Order(ctx, id)
}

// sharedQueries are the status queries that clients' hints have started, one per order.
type sharedQueries struct {
	mu       sync.Mutex
	of       map[bridge.OrderID]chan struct{}
	panicked func(any) // called with a panic in a query, which must not end the process
}

func newSharedQueries(panicked func(any)) *sharedQueries {
	return &sharedQueries{of: map[bridge.OrderID]chan struct{}{}, panicked: panicked}
}

// do runs f for an order unless it runs already or ended less than queryPause ago, and
// returns a channel that closes when it has ended.
func (a *sharedQueries) do(id bridge.OrderID, f func()) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if done := a.of[id]; done != nil {
		return done
	}
	done := make(chan struct{})
	a.of[id] = done
	go func() {
		defer time.AfterFunc(queryPause, func() { a.forget(id) })
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				a.panicked(p)
			}
		}()
		f()
	}()
	return done
}

func (a *sharedQueries) forget(id bridge.OrderID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, id)
}
