package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

var traceTests = []test{
	{"the trace context of a change is stored with each of its events", tracesOfEvents},
	{"a change that is not traced stores no trace context", tracesOfNothing},
	{"a change that fails stores no trace context", tracesOfFailure},
	{"trace contexts of old orders are pruned, and those of young ones kept", tracesPruned},
}

const (
	traceOne = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	traceTwo = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

func wantTraces(t *testing.T, s Store, id bridge.OrderID, sequence int64, wantFirst, wantEvent string) {
	t.Helper()
	first, event, err := s.Traces(context.Background(), id, sequence)
	if err != nil || first != wantFirst || event != wantEvent {
		t.Errorf("Traces of event %d: got %q, %q, %v, want %q, %q", sequence, first, event, err, wantFirst, wantEvent)
	}
}

// traced stores a new order in a trace.
func traced(t *testing.T, s Store) bridge.OrderID {
	c := NewOrder(t)
	c.Trace = traceOne
	return create(t, s, c)
}

func tracesOfEvents(t *testing.T, s Store) {
	id := traced(t, s)
	wantTraces(t, s, id, 1, traceOne, traceOne)
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1)
		AddPaid(c, 2)
		c.Trace = traceTwo
	})
	wantTraces(t, s, id, 2, traceOne, traceTwo)
	wantTraces(t, s, id, 3, traceOne, traceTwo)
	wantTraces(t, s, id, 4, traceOne, "")
	wantTraces(t, s, Stored(t, s), 1, "", "")
}

func tracesOfNothing(t *testing.T, s Store) {
	id := Stored(t, s)
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1) })
	update(t, s, id, func(c *bridge.Change) { c.Order.DueAt, c.Trace = Epoch.Add(time.Hour), traceOne }) // no event
	wantTraces(t, s, id, 1, "", "")
	wantTraces(t, s, id, 2, "", "")
}

func tracesOfFailure(t *testing.T, s Store) {
	id, mine := traced(t, s), errors.New("mine")
	_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		AddPaid(c, 1)
		c.Trace = traceTwo
		return mine
	})
	if !errors.Is(err, mine) {
		t.Fatalf("UpdateOrder: got %v, want the error of change", err)
	}
	again := NewOrder(t)
	again.Order.ID, again.Trace = id, traceTwo
	again.Events[0].Order = id
	if _, err := s.CreateOrder(context.Background(), again); err == nil {
		t.Error("CreateOrder of an order that exists: got no error, want one")
	}
	wantTraces(t, s, id, 2, traceOne, "")
}

func tracesPruned(t *testing.T, s Store) {
	ctx, id := context.Background(), traced(t, s)
	if err := s.PruneTraces(ctx, Epoch); err != nil {
		t.Fatalf("PruneTraces: got %v, want nil", err)
	}
	wantTraces(t, s, id, 1, traceOne, traceOne)
	if err := s.PruneTraces(ctx, Epoch.Add(time.Second)); err != nil {
		t.Fatalf("PruneTraces: got %v, want nil", err)
	}
	wantTraces(t, s, id, 1, "", "")
	if o := order(t, s, id); o.ID != id {
		t.Errorf("the order: got %q, want it kept", o.ID)
	}
}
