package engine

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	resultWait = 3 * time.Second // how long a client waits for the wallet's word
	askPause   = time.Second     // a wallet is asked about an order no more often
)

// Result takes a client's hint: it asks the wallet how the payment stands and returns
// what is known within three seconds. All who ask at once share one query.
//
// Faults: NotFound.
func (e *Engine) Result(ctx context.Context, id bridge.OrderID, hint Hint) (bridge.Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil || order.Final() {
		return order, err
	}
	done := e.asks.do(id, func() {
		if err := e.refresh(context.WithoutCancel(ctx), order, hint.Code, false); err != nil {
			e.log.Info("status query failed", "order", id, "fault", err)
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

// asks are the queries that clients' hints have set off.
type asks struct {
	mu       sync.Mutex
	of       map[bridge.OrderID]chan struct{}
	panicked func(any) // is told of a panic in a query, which ends no process
}

func newAsks(panicked func(any)) *asks {
	return &asks{of: map[bridge.OrderID]chan struct{}{}, panicked: panicked}
}

// do runs f for an order unless it runs already or ended less than askPause ago, and
// returns a channel that closes when it has ended.
func (a *asks) do(id bridge.OrderID, f func()) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if done := a.of[id]; done != nil {
		return done
	}
	done := make(chan struct{})
	a.of[id] = done
	go func() {
		defer time.AfterFunc(askPause, func() { a.forget(id) })
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

func (a *asks) forget(id bridge.OrderID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, id)
}
