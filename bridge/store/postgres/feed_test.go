package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// An event whose transaction began earlier and ends later must not be passed by.
func TestTheFeedWaitsForATransactionThatBeganEarlier(t *testing.T) {
	url := pgtest.URL(t)
	s, early, watch := postgresAt(t, url), pgtest.Connect(t, url), pgtest.Connect(t, url)
	late, quick := storetest.Stored(t, s), storetest.Stored(t, s)
	f := &storetest.Follower{App: "shop", Limit: 10}
	f.Until(t, s, 2)

	tx, err := early.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select 1 from orders where id = $1 for update", string(late)); err != nil {
		t.Fatal(err)
	}
	var changed sync.WaitGroup
	changed.Go(func() { increment(t, s, late) })
	for len(pgtest.Column(t, watch, "select state from pg_stat_activity where wait_event_type = 'Lock'")) == 0 {
	}
	increment(t, s, quick)
	if n := f.Step(t, s); n > 0 {
		t.Errorf("the feed advanced by %d events while an earlier transaction was open", n)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	changed.Wait()
	f.Until(t, s, 4)
}

// Two nodes change the same orders while others hold their rows, so that transactions
// end in another order than they began, and two readers follow.
func TestTheFeedMissesNothingWhileTransactionsAreHeldUp(t *testing.T) {
	const writers, changes = 8, 30
	url := pgtest.URL(t)
	nodes := [2]*postgres.Store{postgresAt(t, url), postgresAt(t, url)}
	var orders []bridge.OrderID
	for range 6 {
		orders = append(orders, storetest.Stored(t, nodes[0]))
	}
	held, stop := holdUp(t, url, orders)
	var writing, reading sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for n := range changes {
				increment(t, nodes[i%2], orders[(i+n)%len(orders)])
			}
			storetest.WriteOrder(t, nodes[i%2], 3)
		})
	}
	for _, s := range nodes {
		reading.Go(func() {
			f := &storetest.Follower{App: "shop", Limit: 5}
			f.Until(t, s, len(orders)+writers*(changes+4))
		})
	}
	writing.Wait()
	close(stop)
	held.Wait()
	reading.Wait()
}

// holdUp locks one order after the other for a few round trips, until stopped.
func holdUp(t *testing.T, url string, orders []bridge.OrderID) (held *sync.WaitGroup, stop chan struct{}) {
	c := pgtest.Connect(t, url)
	held, stop = new(sync.WaitGroup), make(chan struct{})
	held.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := c.Exec(context.Background(), fmt.Sprintf(
				"begin; select 1 from orders where id = '%s' for update", orders[n%len(orders)])); err != nil {
				t.Errorf("holding an order: %v", err)
				return
			}
			for range 20 {
				_, _ = c.Exec(context.Background(), "select 1")
			}
			_, _ = c.Exec(context.Background(), "commit")
		}
	})
	return held, stop
}

// A new cluster counts its transactions from the start, and events that were restored
// into it are from its future.
func TestTheFeedContinuesInADatabaseThatWasRestored(t *testing.T) {
	url := pgtest.URL(t)
	s, c := postgresAt(t, url), pgtest.Connect(t, url)
	id := storetest.Stored(t, s)
	increment(t, s, id)
	f := &storetest.Follower{App: "shop", Limit: 1}
	f.Until(t, s, 2)
	for times := 1; times <= 2; times++ {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(t.Context(), "update events set tx = tx + 1000000000000"); err != nil {
			t.Fatal(err)
		}
		s = openTogether(t, url)
		increment(t, s, id)
		other := storetest.Stored(t, s)
		increment(t, s, other)
		f.Until(t, s, 2+3*times)
	}
	base := pgtest.Column(t, c, "select base::text from feed")
	postgresAt(t, url)
	if again := pgtest.Column(t, c, "select base::text from feed"); again[0] != base[0] {
		t.Errorf("opening again moved the feed's base: got %s, want %s as before", again, base)
	}
}

// openTogether is one of a few nodes that start at once.
func openTogether(t *testing.T, url string) *postgres.Store {
	t.Helper()
	var nodes [4]*postgres.Store
	var all sync.WaitGroup
	for i := range nodes {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), url+"&pool_max_conns=2")
			if err != nil {
				t.Errorf("OpenPostgres: got %v, want nil", err)
				return
			}
			nodes[i] = s
			t.Cleanup(func() { _ = s.Close() })
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return nodes[0]
}
