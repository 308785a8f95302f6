package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var restoreTests = []test{
	{"a store that was never restored has no restoration", neverRestored},
	{"a restore begins an epoch and makes open and recent orders due", restored},
	{"an order that a restore made due keeps its events and its document", restoredOrder},
	{"a change that was decided before a restore is decided again", restoredMeanwhile},
	{"money is held until it is let out, once for each restore", restoreLifted},
}

func restoration(t testing.TB, s Store) store.Restoration {
	t.Helper()
	r, err := s.Restoration(context.Background())
	if err != nil {
		t.Fatalf("Restoration: got %v, want nil", err)
	}
	return r
}

func markRestored(t testing.TB, s Store, now, since time.Time) store.Restoration {
	t.Helper()
	r, err := s.MarkRestored(context.Background(), now, since)
	if err != nil {
		t.Fatalf("MarkRestored: got %v, want nil", err)
	}
	same(t, "the restoration", restoration(t, s), r)
	return r
}

func wantUnqueried(t testing.TB, s Store, want int) {
	t.Helper()
	if got, err := s.UnqueriedOrders(context.Background()); err != nil || got != want {
		t.Errorf("UnqueriedOrders: got %d, %v, want %d", got, err, want)
	}
}

func neverRestored(t *testing.T, s Store) {
	createDue(t, s, Epoch)
	r := restoration(t, s)
	if r != (store.Restoration{}) || r.Held() {
		t.Errorf("Restoration: got %+v, want none", r)
	}
	wantUnqueried(t, s, 0)
	_, err := s.LiftRestoration(context.Background(), Dismissal)
	wantKind(t, "LiftRestoration", err, fault.Conflict)
}

// restored reads orders of its own only, so that Round can use it.
func restored(t *testing.T, s Store) {
	now, since := Epoch.Add(48*time.Hour), Epoch.Add(24*time.Hour)
	due := func(at time.Time) func(*bridge.Change) {
		return func(c *bridge.Change) { c.Order.DueAt, c.Order.IdleQueries = at, 3 }
	}
	open := createAt(t, s, "restored", 0, due(Epoch.Add(99*time.Hour)))
	recent := createAt(t, s, "restored", 24*time.Hour, due(time.Time{}))
	old := createAt(t, s, "restored", 24*time.Hour-time.Millisecond, due(time.Time{}))
	before := restoration(t, s).Epoch
	r := markRestored(t, s, now.Add(time.Microsecond), since)
	if r.Epoch != before+1 || !r.RestoredAt.Equal(now) || !r.Held() {
		t.Errorf("MarkRestored: got %+v, want epoch %d since %v, held", r, before+1, now)
	}
	for _, id := range []bridge.OrderID{open, recent} {
		if got := order(t, s, id).Schedule; got != (bridge.Schedule{DueAt: now, IdleQueries: bridge.NeverQueried}) {
			t.Errorf("%s: got %+v, want it due at %v and unqueried", id, got, now)
		}
	}
	if got := order(t, s, old).Schedule; got != (bridge.Schedule{IdleQueries: 3}) {
		t.Errorf("an old order that was not due: got %+v, want it as it was", got)
	}
	if _, err := s.LiftRestoration(context.Background(), Dismissal); err != nil {
		t.Errorf("LiftRestoration: got %v, want nil", err)
	}
}

func restoredOrder(t *testing.T, s Store) {
	c := NewOrder(t)
	c.Order.BusyUntil = Epoch.Add(time.Hour)
	id := create(t, s, c)
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 5) })
	before, log := order(t, s, id), events(t, s, id)
	markRestored(t, s, Epoch.Add(time.Hour), Epoch)
	after := order(t, s, id)
	same(t, "the order", after, before)
	same(t, "its events", events(t, s, id), log)
	replays(t, s, id)
	if !after.BusyUntil.Equal(before.BusyUntil) {
		t.Errorf("busy until %v, want %v as before", after.BusyUntil, before.BusyUntil)
	}
	wantUnqueried(t, s, 1)
	if got := len(claimDue(t, s, Epoch.Add(time.Hour), 10)); got != 1 {
		t.Errorf("due orders: got %d, want 1", got)
	}
	wantUnqueried(t, s, 1) // a lease sends no query
	update(t, s, id, func(c *bridge.Change) { c.Order.IdleQueries = 0 })
	wantUnqueried(t, s, 0)
}

func restoredMeanwhile(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	var seen []int
	update(t, s, id, func(c *bridge.Change) {
		if seen = append(seen, c.Order.IdleQueries); len(seen) == 1 {
			markRestored(t, s, Epoch.Add(time.Hour), Epoch)
		}
		AddPaid(c, 1)
	})
	same(t, "the idle queries that the change saw", seen, []int{0, bridge.NeverQueried})
	wantUnqueried(t, s, 1)
}

func restoreLifted(t *testing.T, s Store) {
	ctx := context.Background()
	createDue(t, s, Epoch)
	first := markRestored(t, s, Epoch, Epoch)
	precise := Dismissal
	precise.At = precise.At.Add(time.Microsecond)
	lifted, err := s.LiftRestoration(ctx, precise)
	first.Lifted = Dismissal
	if err != nil || lifted.Held() {
		t.Errorf("LiftRestoration: got %+v, %v, want it lifted", lifted, err)
	}
	same(t, "the restoration lifted", lifted, first)
	same(t, "the restoration", restoration(t, s), first)
	_, err = s.LiftRestoration(ctx, Dismissal)
	wantKind(t, "lifting it again", err, fault.Conflict)
	if second := markRestored(t, s, Epoch.Add(time.Hour), Epoch); second.Epoch != 2 || !second.Held() {
		t.Errorf("a second restore: got %+v, want epoch 2, held", second)
	}
}
