package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

func TestAnEndpointOfAnotherNodeIsSeenByAChange(t *testing.T) {
	for name, parameters := range map[string][]string{
		"as a database is": nil, "serializable": {"default_transaction_isolation=serializable"},
	} {
		t.Run(name, func(t *testing.T) {
			nodes := twoNodes(t, parameters...)
			storetest.EndpointBetween(t, nodes[0], nodes[1])
		})
	}
}

func TestTwoNodesUpdateOneRow(t *testing.T) {
	nodes := twoNodes(t)
	storetest.UpdateBetween(t, nodes[0], nodes[1])
}

// TestNoEndpointIsStoredWhileAChangeThatMissesItCommits holds a change's transaction open
// behind its guard: a new endpoint must wait for it, or the merchant would neither find
// the event in the feed nor be notified of it.
func TestNoEndpointIsStoredWhileAChangeThatMissesItCommits(t *testing.T) {
	url := pgtest.URL(t)
	s, watcher, blocker := postgresAt(t, url), pgtest.Connect(t, url), pgtest.Connect(t, url)
	id := storetest.Stored(t, s)
	tx, err := blocker.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The change waits for this row behind its guard, while it holds the advisory lock.
	if _, err := tx.Exec(t.Context(), "insert into events (order_id, sequence, type, source, data, app) values ($1, 2, '', '', '{}', '')", string(id)); err != nil {
		t.Fatal(err)
	}
	changed, added := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := s.UpdateOrder(context.Background(), id, addOne)
		changed <- err
	}()
	waitFor(t, "the change waits for the event", func() bool {
		return pgtest.Column(t, watcher, "select count(*)::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'with o as (update orders%'")[0] == "1"
	})
	go func() {
		_, err := s.AddEndpoint(context.Background(), store.Endpoint{ID: "whe_1", App: "shop", CreatedAt: storetest.Epoch}, nil)
		added <- err
	}()
	waitFor(t, "the endpoint waits for the change", func() bool {
		return pgtest.Column(t, watcher, "select count(*)::text from pg_stat_activity where datname = current_database() and wait_event = 'advisory'")[0] == "1"
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Errorf("UpdateOrder: got %v, want nil", err)
	}
	if err := <-added; err != nil {
		t.Errorf("AddEndpoint: got %v, want nil", err)
	}
	wantIncrements(t, s, id, 1)
}

// waitFor tries again until something is so.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// TestTheDatabaseHasAClock of its own, to which a caller's does not matter.
func TestTheDatabaseHasAClock(t *testing.T) {
	url := pgtest.URL(t)
	s, c := postgresAt(t, url), pgtest.Connect(t, url)
	clock := func() (at time.Time) {
		if err := c.QueryRow(t.Context(), "select clock_timestamp()").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	before := clock()
	now, err := s.Now(t.Context())
	if after := clock(); err != nil || now.Before(before) || now.After(after) || now.Location() != time.UTC {
		t.Errorf("Now: got %v, %v, want it between %v and %v, in UTC", now, err, before, after)
	}
}
