package postgres_test

import (
	"context"
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/console/index/postgres"
	"github.com/minitill/minitill/bridge/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openAt(t testing.TB, url string) *postgres.Database {
	t.Helper()
	d, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// TestSuite runs in one database that is emptied for each case: to make one takes longer.
func TestSuite(t *testing.T) {
	url := pgtest.URL(t)
	indextest.Run(t, func(t testing.TB) index.Database {
		d := openAt(t, url)
		if err := d.Reset(context.Background()); err != nil {
			t.Fatalf("Reset: %v", err)
		}
		return d
	})
}
