package postgres_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

// With one connection whatever is written at the same time shares a transaction.
func TestABadPostgresChangeHarmsNoOther(t *testing.T) {
	s := postgresAt(t, pgtest.URL(t)+"&pool_max_conns=1")
	ids := make([]bridge.OrderID, 40)
	for i := range ids {
		ids[i] = storetest.Stored(t, s)
	}
	before := s.Stats()
	var observed, faults atomic.Int64
	s.OnCommit(func(c postgres.Commit) {
		observed.Add(int64(c.Changes))
		if c.Err != nil {
			faults.Add(1)
		}
	})
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			_, err := s.UpdateOrder(t.Context(), id, func(c *bridge.Change) error {
				storetest.AddPaid(c, 1)
				if i%10 == 0 {
					c.Events[0].Sequence = 1
				}
				return nil
			})
			if bad := i%10 == 0; bad != (fault.KindOf(err) == fault.Conflict) || !bad && err != nil {
				t.Errorf("change %d: got %v, want conflict of every tenth", i, err)
			}
		})
	}
	all.Wait()
	for i, id := range ids {
		want := int64(1)
		if i%10 == 0 {
			want = 0
		}
		wantIncrements(t, s, id, want)
	}
	if got := s.Stats().Changes - before.Changes; got != 36 {
		t.Errorf("changes counted: got %d, want 36", got)
	}
	if observed.Load() != 36 || faults.Load() != 0 {
		t.Errorf("the observer was notified of %d changes and %d failures, want 36 and 0", observed.Load(), faults.Load())
	}
}

func TestPostgresChangesShareCommits(t *testing.T) {
	s := postgresAt(t, pgtest.URL(t)+"&pool_max_conns=1")
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			c := storetest.NewOrder(t)
			c.Claim = &bridge.Claim{Scope: "app:shop", Key: fmt.Sprint(i), Subject: string(c.Order.ID), CreatedAt: storetest.Epoch}
			if _, err := s.CreateOrder(t.Context(), c); err != nil {
				t.Errorf("CreateOrder: got %v, want nil", err)
			}
		})
	}
	all.Wait()
	if got := s.Stats(); got.Changes != 200 || got.Commits >= 200 {
		t.Errorf("Stats: got %+v, want 200 changes in fewer commits", got)
	}
}
