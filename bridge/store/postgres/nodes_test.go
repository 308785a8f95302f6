package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// twoNodes are two stores over one database, which know nothing of each other.
func twoNodes(t *testing.T, parameters ...string) [2]*postgres.Store {
	t.Helper()
	url := strings.Join(append([]string{pgtest.URL(t)}, parameters...), "&")
	return [2]*postgres.Store{postgresAt(t, url), postgresAt(t, url)}
}

func TestTwoNodesChangeOneOrder(t *testing.T) { changeOneOrder(t, twoNodes(t)) }

// A database may be set up to refuse what it would otherwise let wait.
func TestTwoNodesChangeOneOrderSerializable(t *testing.T) {
	changeOneOrder(t, twoNodes(t, "default_transaction_isolation=serializable"))
}

func changeOneOrder(t *testing.T, nodes [2]*postgres.Store) {
	const callers, each = 10, 10
	id := storetest.Stored(t, nodes[0])
	var all sync.WaitGroup
	for i := range callers * len(nodes) {
		all.Go(func() {
			for range each {
				increment(t, nodes[i%len(nodes)], id)
			}
		})
	}
	all.Wait()
	for _, s := range nodes {
		wantIncrements(t, s, id, callers*each*int64(len(nodes)))
	}
}

// wantIncrements checks that an order was changed so often by addOne, that its events
// have no gap and that they replay to it.
func wantIncrements(t testing.TB, s storetest.Store, id bridge.OrderID, want int64) {
	t.Helper()
	o, err := s.Order(t.Context(), id)
	if err != nil || o.Paid != want || o.Sequence != want+1 {
		t.Errorf("the order: got %d paid at sequence %d, %v, want %d", o.Paid, o.Sequence, err, want)
	}
	events, err := s.Events(t.Context(), id, 0)
	if err != nil || int64(len(events)) != o.Sequence {
		t.Errorf("events: got %d, %v, want %d", len(events), err, o.Sequence)
	}
	for i, e := range events {
		if e.Sequence != int64(i+1) {
			t.Fatalf("event %d: got sequence %d, want %d", i, e.Sequence, i+1)
		}
	}
	if got, want := rowstest.StoredForm(bridge.Replay(events)), rowstest.StoredForm(o); got != want {
		t.Errorf("replayed:\n got %s\nwant %s", got, want)
	}
}

func TestTwoNodesShareNoDueOrder(t *testing.T) {
	const orders = 40
	nodes := twoNodes(t)
	for range orders {
		storetest.Stored(t, nodes[0])
	}
	now := storetest.Epoch.Add(time.Minute)
	var mu sync.Mutex
	times := make(map[bridge.OrderID]int)
	var all sync.WaitGroup
	for i := range 4 * len(nodes) {
		all.Go(func() {
			for {
				due, err := nodes[i%len(nodes)].ClaimDueOrders(t.Context(), now, time.Hour, map[string]int{"": 3})
				if err != nil {
					t.Errorf("ClaimDueOrders: got %v, want nil", err)
				}
				if len(due) == 0 {
					return
				}
				mu.Lock()
				for _, o := range due {
					times[o.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s: got claimed %d times, want once", id, n)
		}
	}
	// Others may have held a row when it was requested, so no node needs to have seen all.
	rest, err := nodes[0].ClaimDueOrders(t.Context(), now, time.Hour, map[string]int{"": orders})
	if err != nil || len(times)+len(rest) != orders {
		t.Errorf("orders claimed: got %d and then %d, %v, want %d", len(times), len(rest), err, orders)
	}
}

// A batch of one node may need what a batch of the other holds, and the other way
// round.
func TestTwoNodesWithTheSameKeysDoNotDeadlock(t *testing.T) {
	const keys = 30
	nodes := twoNodes(t)
	var all sync.WaitGroup
	held := make([][2]bridge.OrderID, keys)
	for i := range keys {
		for n, s := range nodes {
			all.Go(func() {
				c := storetest.NewOrder(t)
				key := string(rune('A' + (i*7+n*11)%keys))
				c.Claim = &bridge.Claim{Scope: "app:shop", Key: key, Subject: string(c.Order.ID), CreatedAt: storetest.Epoch}
				claim, err := s.CreateOrder(t.Context(), c)
				if err != nil {
					t.Errorf("CreateOrder: got %v, want nil", err)
				}
				held[(i*7+n*11)%keys][n] = bridge.OrderID(claim.Subject)
			})
		}
	}
	all.Wait()
	for i, ids := range held {
		if ids[0] != ids[1] {
			t.Errorf("key %d: got %s on one node and %s on the other, want one order", i, ids[0], ids[1])
		}
	}
}

// A repeated notification is a change that leaves nothing to commit.
func TestAnEmptyPostgresChangeCostsNoCommit(t *testing.T) {
	s := openPostgres(t)
	id := storetest.Stored(t, s)
	before := s.Stats()
	for range 10 {
		if _, err := s.UpdateOrder(t.Context(), id, func(*bridge.Change) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if after := s.Stats(); after != before {
		t.Errorf("Stats: got %+v, want %+v as before", after, before)
	}
}
