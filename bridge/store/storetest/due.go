package storetest

import (
	"context"
	"maps"
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
	{"due orders are claimed wallet by wallet, as many as each may have", dueByWallet},
}

// claimDue claims orders of each wallet.
func claimDue(t testing.TB, s Store, now time.Time, limit int) []bridge.OrderID {
	t.Helper()
	due, err := s.DueWallets(context.Background())
	if err != nil {
		t.Fatalf("DueWallets: got %v, want nil", err)
	}
	limits := map[string]int{}
	for name := range due {
		limits[name] = limit
	}
	return claimDueOf(t, s, now, limits)
}

func claimDueOf(t testing.TB, s Store, now time.Time, limits map[string]int) []bridge.OrderID {
	t.Helper()
	orders, err := s.ClaimDueOrders(context.Background(), now, time.Minute, limits)
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
			list, err := s.ClaimDueOrders(context.Background(), Epoch, time.Minute, map[string]int{"": 3})
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

// NextDue returns the earliest DueAt of all orders; zero when there is none.
func NextDue(ctx context.Context, s Store) (next time.Time, err error) {
	first, err := s.DueWallets(ctx)
	for _, at := range first {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, err
}

func nextDue(t *testing.T, s Store) {
	next := func(what string, want time.Time) {
		t.Helper()
		if got, err := NextDue(context.Background(), s); err != nil || got != want {
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

// payDue adds a payment at a wallet to an order.
func payDue(t *testing.T, s Store, id bridge.OrderID, number int, walletName string) {
	t.Helper()
	update(t, s, id, func(c *bridge.Change) {
		Add(c, bridge.PaymentCreated, bridge.EventData{Payment: &bridge.Payment{
			Number: number, Wallet: walletName, Status: wallet.Pending, RequestID: "R", CreatedAt: Epoch,
		}})
	})
}

func openWallets(t *testing.T, s Store) {
	pay := func(id bridge.OrderID, number int, walletName string) {
		t.Helper()
		payDue(t, s, id, number, walletName)
	}
	open := func(what string, want ...string) {
		t.Helper()
		due, err := s.DueWallets(context.Background())
		if err != nil {
			t.Fatalf("DueWallets: got %v, want nil", err)
		}
		same(t, what, slices.Sorted(maps.Keys(due)), want)
	}
	unpaid := createDue(t, s, Epoch)
	open("the wallets of an order without payment", "")
	update(t, s, unpaid, func(c *bridge.Change) { c.Order.DueAt = time.Time{} })
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

func dueByWallet(t *testing.T, s Store) {
	var of [2][]bridge.OrderID
	for i := range 6 {
		id := createDue(t, s, Epoch.Add(time.Duration(i-10)*time.Second))
		payDue(t, s, id, 1, []string{"purse", "mute"}[i%2])
		of[i%2] = append(of[i%2], id)
	}
	unpaid := createDue(t, s, Epoch.Add(-time.Hour))
	first, err := s.DueWallets(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the earliest of each wallet", first, map[string]time.Time{
		"": Epoch.Add(-time.Hour), "purse": Epoch.Add(-10 * time.Second), "mute": Epoch.Add(-9 * time.Second),
	})
	for _, step := range []struct {
		name   string
		limits map[string]int
		want   []bridge.OrderID
	}{
		{"of no wallet", nil, nil},
		{"of a wallet that may have none, or has none", map[string]int{"purse": 0, "gone": 5}, nil},
		{"of one wallet", map[string]int{"purse": 2}, of[0][:2]},
		{"of all", map[string]int{"": 9, "mute": 1, "purse": 9}, []bridge.OrderID{unpaid, of[1][0], of[0][2]}},
		{"the rest", map[string]int{"": 9, "mute": 9, "purse": 9}, of[1][1:]},
	} {
		if got := claimDueOf(t, s, Epoch, step.limits); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %v, want %v", step.name, got, step.want)
		}
	}
}
