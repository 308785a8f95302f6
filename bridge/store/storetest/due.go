package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

var dueTests = []test{
	{"due orders come longest waiting first, and only those due", dueFirst},
	{"no two workers share a due order", dueShared},
	{"a lease ends", leaseEnds},
	{"an order that is changed meanwhile keeps its lease or the new time", leaseAndChange},
	{"the next due time is that of the earliest order", nextDue},
	{"the wallets of orders that are due are named once", openWallets},
}

func claimDue(t testing.TB, s Store, now time.Time, limit int) []bridge.OrderID {
	t.Helper()
	orders, err := s.ClaimDueOrders(context.Background(), now, time.Minute, limit)
	if err != nil {
		t.Fatalf("ClaimDueOrders: got %v, want nil", err)
	}
	var ids []bridge.OrderID
	for _, o := range orders {
		if want := now.Add(time.Minute); !o.DueAt.Equal(want) {
			t.Errorf("%s: got due at %v, want %v", o.ID, o.DueAt, want)
		}
		same(t, "the order as claimed", o, order(t, s, o.ID))
		if read := order(t, s, o.ID).Schedule; read != o.Schedule {
			t.Errorf("the schedule as claimed: got %+v, want %+v", o.Schedule, read)
		}
		ids = append(ids, o.ID)
	}
	return ids
}

func dueFirst(t *testing.T, s Store) {
	third := createDue(t, s, Epoch)
	first := createDue(t, s, Epoch.Add(-time.Hour))
	second := createDue(t, s, Epoch.Add(-time.Millisecond))
	createDue(t, s, Epoch.Add(time.Millisecond))
	createDue(t, s, time.Time{})
	if got, want := claimDue(t, s, Epoch, 2), []bridge.OrderID{first, second}; !slices.Equal(got, want) {
		t.Errorf("the first two due: got %v, want %v", got, want)
	}
	if got, want := claimDue(t, s, Epoch, 10), []bridge.OrderID{third}; !slices.Equal(got, want) {
		t.Errorf("the rest: got %v, want %v", got, want)
	}
}

func dueShared(t *testing.T, s Store) {
	const orders = 40
	for range orders {
		createDue(t, s, Epoch.Add(-time.Second))
	}
	var mu sync.Mutex
	times := make(map[bridge.OrderID]int)
	together(8, func(int) {
		for {
			list, err := s.ClaimDueOrders(context.Background(), Epoch, time.Minute, 3)
			if err != nil {
				t.Errorf("ClaimDueOrders: got %v, want nil", err)
			}
			if len(list) == 0 {
				return
			}
			mu.Lock()
			for _, o := range list {
				times[o.ID]++
			}
			mu.Unlock()
		}
	})
	if len(times) != orders {
		t.Errorf("orders claimed: got %d, want %d", len(times), orders)
	}
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s: got claimed %d times, want once", id, n)
		}
	}
}

func leaseEnds(t *testing.T, s Store) {
	id := createDue(t, s, Epoch)
	for _, step := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"when it is due", Epoch, 1},
		{"under the lease", Epoch.Add(time.Minute - time.Millisecond), 0},
		{"when the lease has ended", Epoch.Add(time.Minute), 1},
	} {
		if got := len(claimDue(t, s, step.at, 10)); got != step.want {
			t.Errorf("%s: got %d orders, want %d", step.name, got, step.want)
		}
	}
	update(t, s, id, func(c *bridge.Change) { c.Order.DueAt = time.Time{} })
	if got := len(claimDue(t, s, Epoch.Add(24*time.Hour), 10)); got != 0 {
		t.Errorf("when nothing is left to learn: got %d orders, want 0", got)
	}
}

// leaseAndChange lets a claim fall between the reading and the writing of a change:
// the change must be decided again on the order as leased.
func leaseAndChange(t *testing.T, s Store) {
	id := createDue(t, s, Epoch)
	runs := 0
	got := update(t, s, id, func(c *bridge.Change) {
		if runs++; runs == 1 {
			claimDue(t, s, Epoch, 1)
		}
		AddPaid(c, 1)
	})
	if want := Epoch.Add(time.Minute); runs != 2 || !got.DueAt.Equal(want) {
		t.Errorf("got %d runs and due at %v, want 2 and %v", runs, got.DueAt, want)
	}
}

func nextDue(t *testing.T, s Store) {
	next := func(what string, want time.Time) {
		t.Helper()
		if got, err := s.NextDue(context.Background()); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	next("of no orders", time.Time{})
	createDue(t, s, time.Time{})
	next("of an order with nothing left to learn", time.Time{})
	createDue(t, s, Epoch.Add(time.Hour))
	createDue(t, s, Epoch)
	next("of three", Epoch)
	claimDue(t, s, Epoch, 1)
	next("after a lease", Epoch.Add(time.Minute))
}

func openWallets(t *testing.T, s Store) {
	pay := func(id bridge.OrderID, number int, walletName string) {
		update(t, s, id, func(c *bridge.Change) {
			Add(c, bridge.PaymentCreated, bridge.EventData{Payment: &bridge.Payment{
				Number: number, Wallet: walletName, Status: wallet.Pending, RequestID: "R", CreatedAt: Epoch,
			}})
		})
	}
	open := func(what string, want ...string) {
		t.Helper()
		got, err := s.OpenWallets(context.Background())
		if err != nil {
			t.Fatalf("OpenWallets: got %v, want nil", err)
		}
		same(t, what, got, want)
	}
	createDue(t, s, Epoch)
	open("the wallets of an order without payment")
	first, second, ended := createDue(t, s, Epoch.Add(time.Hour)), createDue(t, s, Epoch), createDue(t, s, time.Time{})
	pay(first, 1, "gone")
	pay(first, 2, "purse")
	pay(second, 1, "purse")
	pay(ended, 1, "ended")
	open("the wallets of newest payments", "purse")
	pay(second, 2, "gone")
	open("the wallets of two", "gone", "purse")
	for _, id := range []bridge.OrderID{first, second} {
		update(t, s, id, func(c *bridge.Change) { c.Order.DueAt = time.Time{} })
	}
	open("when nothing is due")
}
