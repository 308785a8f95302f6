package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/console/index/sqlite"
)

func open(t testing.TB) index.Database {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "console.db"))
}

func openAt(t testing.TB, path string) *sqlite.Database {
	t.Helper()
	d, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

func TestSuite(t *testing.T) { indextest.Run(t, open) }
