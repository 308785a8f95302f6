package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var orderTests = []test{
	{"an order is read as it was created", orderIsReadAsCreated},
	{"an order that does not exist is not found", missingOrder},
	{"an order is created once", orderIsCreatedOnce},
	{"times are kept to the millisecond in UTC", timesAreKept},
	{"text of any kind survives", textSurvives},
	{"a caller reads what it has just written", readYourWrites},
	{"a context that has ended stores nothing", endedContext},
	{"a store that works answers a ping", pings},
}

func orderIsReadAsCreated(t *testing.T, s Store) {
	c := NewOrder(t)
	claim, err := s.CreateOrder(context.Background(), c)
	if err != nil || claim.Key != "" {
		t.Fatalf("CreateOrder without a claim: got %+v, %v, want no claim and no error", claim, err)
	}
	got := order(t, s, c.Order.ID)
	same(t, "the order", got, c.Order)
	if got.Schedule != c.Order.Schedule {
		t.Errorf("the schedule: got %+v, want %+v", got.Schedule, c.Order.Schedule)
	}
	same(t, "its events", events(t, s, c.Order.ID), c.Events)
}

func missingOrder(t *testing.T, s Store) {
	ctx, id := context.Background(), NewOrder(t).Order.ID
	_, err := s.Order(ctx, id)
	wantKind(t, "Order", err, fault.NotFound)
	_, err = s.Events(ctx, id, 0)
	wantKind(t, "Events", err, fault.NotFound)
	_, err = s.UpdateOrder(ctx, id, func(*bridge.Change) error {
		t.Error("change was run for an order that does not exist")
		return nil
	})
	wantKind(t, "UpdateOrder", err, fault.NotFound)
	_, err = s.OrderByPaymentID(ctx, bridge.PaymentKey{Wallet: "sandbox", PaymentID: "none"})
	wantKind(t, "OrderByPaymentID", err, fault.NotFound)
}

func orderIsCreatedOnce(t *testing.T, s Store) {
	first := NewOrder(t)
	create(t, s, first)
	second := NewOrder(t)
	second.Order.ID, second.Order.Description = first.Order.ID, "another"
	second.Events[0].Order = first.Order.ID
	_, err := s.CreateOrder(context.Background(), second)
	wantKind(t, "creating it again", err, fault.Conflict)
	same(t, "the order", order(t, s, first.Order.ID), first.Order)
}

func timesAreKept(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	local := time.FixedZone("there", 3*3600)
	due := Epoch.Add(1234567 * time.Microsecond).In(local)
	got := update(t, s, id, func(c *bridge.Change) {
		c.Order.DueAt, c.Order.BusyUntil, c.Order.IdleQueries = due, due.Add(time.Millisecond), 3
	})
	want := bridge.Schedule{
		DueAt: Epoch.Add(1234 * time.Millisecond), IdleQueries: 3, BusyUntil: Epoch.Add(1235 * time.Millisecond),
	}
	if got.Schedule != want {
		t.Errorf("the schedule that UpdateOrder returns: got %+v, want %+v", got.Schedule, want)
	}
	if read := order(t, s, id).Schedule; read != want {
		t.Errorf("the schedule that Order reads: got %+v, want %+v", read, want)
	}
	update(t, s, id, func(c *bridge.Change) { c.Order.Schedule = bridge.Schedule{} })
	if read := order(t, s, id).Schedule; read != (bridge.Schedule{}) {
		t.Errorf("an empty schedule: got %+v, want zero", read)
	}
	if at := events(t, s, id)[0].At; at != Epoch {
		t.Errorf("the event's time: got %v, want %v", at, Epoch)
	}
}

func textSurvives(t *testing.T, s Store) {
	for name, text := range map[string]string{
		"markup": `<a href="x">&amp;</a>`, "quotes": `'";--\`, "line separators": "a\u2028b\nc",
		"beyond the basic plane": "🧾 ünï 中文", "control characters": "a\tb\x01c\x00d",
	} {
		c := NewOrder(t)
		c.Order.Description, c.Order.Metadata = text, map[string]string{text: text}
		o := c.Order
		c.Events[0].Data.Order = &o
		id := create(t, s, c)
		if got := order(t, s, id).Description; got != text {
			t.Errorf("%s: got %q, want %q", name, got, text)
		}
		replays(t, s, id)
	}
	c := NewOrder(t)
	id := create(t, s, c)
	update(t, s, id, func(c *bridge.Change) {
		Add(c, bridge.PaymentUpdated, bridge.EventData{Payment: &bridge.Payment{
			Number: 1, Wallet: "sandbox", Status: wallet.Pending, Code: "bad \xff\xfe bytes", CreatedAt: Epoch,
		}})
	})
	replays(t, s, id)
}

func readYourWrites(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	for n := int64(1); n <= 50; n++ {
		update(t, s, id, func(c *bridge.Change) { AddPaid(c, n) })
		if got := order(t, s, id); got.Paid != n || got.Sequence != n+1 {
			t.Fatalf("after write %d: got %d paid at sequence %d", n, got.Paid, got.Sequence)
		}
	}
}

func endedContext(t *testing.T, s Store) {
	kept := create(t, s, NewOrder(t))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := NewOrder(t)
	_, err := s.CreateOrder(ctx, c)
	wantKind(t, "CreateOrder", err, fault.Unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("CreateOrder: got %v, want one that is context.Canceled", err)
	}
	_, err = s.UpdateOrder(ctx, kept, func(c *bridge.Change) error { AddPaid(c, 1); return nil })
	wantKind(t, "UpdateOrder", err, fault.Unavailable)
	_, err = s.Order(context.Background(), c.Order.ID)
	wantKind(t, "the order that was not created", err, fault.NotFound)
	if got := order(t, s, kept).Sequence; got != 1 {
		t.Errorf("the order that was not updated: got sequence %d, want 1", got)
	}
}

func pings(t *testing.T, s Store) {
	if err := s.Ping(context.Background()); err != nil {
		t.Errorf("Ping: got %v, want nil", err)
	}
}

// replays checks that folding the events of an order gives the order.
func replays(t testing.TB, s Store, id bridge.OrderID) {
	t.Helper()
	list := events(t, s, id)
	for i, e := range list {
		if e.Sequence != int64(i+1) {
			t.Fatalf("event %d: got sequence %d, want %d", i, e.Sequence, i+1)
		}
	}
	same(t, "the order its events replay to", bridge.Replay(list), order(t, s, id))
}
