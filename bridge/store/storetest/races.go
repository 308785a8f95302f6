package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

var raceTests = []test{
	{"a hundred changes of one order at once lose nothing", concurrentUpdates},
	{"of many who want an order's call, one gets it", oneCaller},
	{"changes of many orders at once stay apart", manyOrders},
}

// together runs n functions concurrently and waits for all of them.
func together(n int, run func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() { <-start; run(i) })
	}
	close(start)
	all.Wait()
}

func concurrentUpdates(t *testing.T, s Store) {
	const callers, each = 100, 2
	id := create(t, s, NewOrder(t))
	together(callers, func(int) {
		for range each {
			addOne(t, s, id)
		}
	})
	got := order(t, s, id)
	if got.Paid != callers*each || got.Sequence != callers*each+1 {
		t.Errorf("the order: got %d paid at sequence %d, want %d at %d", got.Paid, got.Sequence, callers*each, callers*each+1)
	}
	replays(t, s, id)
}

// addOne adds a minor unit to the paid money of an order. It may run beside the test.
func addOne(t testing.TB, s Store, id bridge.OrderID) {
	_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		AddPaid(c, c.Order.Paid+1)
		return nil
	})
	if err != nil {
		t.Errorf("UpdateOrder: got %v, want nil", err)
	}
}

func oneCaller(t *testing.T, s Store) {
	busy := errors.New("another call is in progress")
	id := create(t, s, NewOrder(t))
	var won atomic.Int32
	together(20, func(int) {
		_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
			if !c.Order.BusyUntil.IsZero() {
				return busy
			}
			c.Order.BusyUntil = Epoch.Add(time.Minute)
			return nil
		})
		if err == nil {
			won.Add(1)
		} else if err != busy {
			t.Errorf("UpdateOrder: got %v, want nil or %v", err, busy)
		}
	})
	if won.Load() != 1 {
		t.Errorf("callers that got the order: got %d, want 1", won.Load())
	}
}

func manyOrders(t *testing.T, s Store) {
	ids := make([]bridge.OrderID, 20)
	together(len(ids), func(i int) {
		c := NewOrder(t)
		if _, err := s.CreateOrder(context.Background(), c); err != nil {
			t.Errorf("CreateOrder: got %v, want nil", err)
		}
		ids[i] = c.Order.ID
	})
	together(3*len(ids), func(i int) {
		addOne(t, s, ids[i%len(ids)])
	})
	for _, id := range ids {
		if got := order(t, s, id).Paid; got != 3 {
			t.Errorf("%s: got %d paid, want 3", id, got)
		}
		replays(t, s, id)
	}
}
