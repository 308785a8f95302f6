package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// feed is a bridge.Feed whose link to the other nodes can be cut.
type feed struct {
	mu      sync.Mutex
	wake    func(bridge.OrderID)
	healthy bool
	peer    *feed
	joined  chan struct{}
}

func newFeeds(healthy bool) (a, b *feed) {
	a, b = &feed{healthy: healthy, joined: make(chan struct{})}, &feed{healthy: healthy, joined: make(chan struct{})}
	a.peer, b.peer = b, a
	return a, b
}

func (f *feed) Publish(ids ...bridge.OrderID) {
	f.peer.mu.Lock()
	defer f.peer.mu.Unlock()
	for _, id := range ids {
		if f.healthy && f.peer.wake != nil {
			f.peer.wake(id)
		}
	}
}

func (f *feed) Subscribe(ctx context.Context, wake func(bridge.OrderID)) error {
	f.mu.Lock()
	f.wake = wake
	f.mu.Unlock()
	close(f.joined)
	<-ctx.Done()
	return nil
}

func (f *feed) Healthy() bool { return f.healthy }

// TestAWaiterIsNotifiedOfAChangeOnAnotherNode, by the feed, or by looking for itself once
// a second while the feed is down.
func TestAWaiterIsNotifiedOfAChangeOnAnotherNode(t *testing.T) {
	for name, healthy := range map[string]bool{"by the feed": true, "without the feed": false} {
		t.Run(name, func(t *testing.T) {
			here, there := newFeeds(healthy)
			w := newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Feed = here })
			other := w.config
			other.Feed = there
			waiting, err := engine.New(other)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { _ = waiting.Run(ctx) })
			<-there.joined
			o := w.create()
			got := make(chan *bridge.Order, 1)
			go func() {
				order, err := waiting.Wait(ctx, o.ID, o.Sequence, time.Hour)
				if err != nil {
					t.Error(err)
				}
				got <- order
			}()
			w.pays(o, "pay")
			w.delivered()
			if order := <-got; order.Status != wallet.Paid {
				t.Errorf("got %s, want paid", order.Status)
			}
			stop()
			running.Wait()
		})
	}
}

// TestAThousandWaiters wait for one order and are woken together.
func TestAThousandWaiters(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			if order, err := w.engine.Wait(w.ctx, o.ID, o.Sequence, time.Hour); err != nil || order.Status != wallet.Paid {
				t.Errorf("got %s, %v; want paid", order.Status, err)
			}
		})
	}
	w.pays(o, "pay")
	w.delivered()
	all.Wait()
}

// shaking is a store that panics when it reads an order.
type shaking struct{ engine.Store }

func (shaking) Order(context.Context, bridge.OrderID) (bridge.Order, error) { panic("shaking") }

// A panic on a goroutine of the engine's would end the process, with every payment under way.
func TestAPanicOfTheStoreIsTheWaitersAlone(t *testing.T) {
	w := newWorld(t)
	id := w.create().ID
	w.config.Store = shaking{w.store}
	w.restart()
	for _, d := range []time.Duration{0, time.Second} {
		func() {
			defer func() {
				if p := recover(); p != "shaking" {
					t.Errorf("waiting for %v: got the panic %v, want the store's", d, p)
				}
			}()
			_, _ = w.engine.Wait(w.ctx, id, -1, d)
		}()
	}
}
