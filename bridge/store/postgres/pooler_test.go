package postgres_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// Behind a pooler in transaction mode two transactions of one connection run on two
// connections of the server. No setting is needed for it.
func TestPostgresBehindAPooler(t *testing.T) {
	t.Parallel() // with the suite that has no pooler: both wait for the disk
	pooler := pgtest.NewPooler(t)
	storetest.Run(t, func(t testing.TB) storetest.Store { return postgresAt(t, pooler.Through(t, migrated(t))) })
}

func TestTwoNodesBehindAPoolerChangeOneOrder(t *testing.T) {
	url := pgtest.NewPooler(t).URL(t)
	changeOneOrder(t, [2]*postgres.Store{postgresAt(t, url), postgresAt(t, url)})
}

func TestPostgresKilledBehindAPooler(t *testing.T) {
	killUnderLoad(t, pgtest.NewPooler(t).URL(t), 1)
}

func TestTenNodesBehindAPoolerMayStartAtOnce(t *testing.T) {
	url := pgtest.NewPooler(t).URL(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), url)
			if err != nil {
				t.Errorf("OpenPostgres: got %v, want nil", err)
				return
			}
			_ = s.Close()
		})
	}
	all.Wait()
}

func TestTheMigrationsOfAStoreAreKnownWithoutOpeningIt(t *testing.T) {
	direct, pooler := pgtest.URL(t), pgtest.NewPooler(t)
	for name, url := range map[string]string{"direct": direct, "behind a pooler": pooler.URL(t)} {
		if names, err := postgres.Applied(t.Context(), url); err != nil || len(names) != 0 {
			t.Errorf("%s, of an empty database: got %v, %v, want none", name, names, err)
		}
		postgresAt(t, url)
		for range 3 { // each may be at another connection of the server
			names, err := postgres.Applied(t.Context(), url)
			if err != nil || len(names) < 4 || names[0] != "0001_orders.sql" || !slices.IsSorted(names) {
				t.Errorf("%s: got %v, %v, want all in their order", name, names, err)
			}
		}
	}
}
