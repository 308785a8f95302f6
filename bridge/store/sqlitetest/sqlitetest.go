package sqlitetest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

// Open opens an empty SQLite store that is closed when t ends. It is a file like any
// other, so that it behaves as it does in production.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "minitill.db"))
	if err != nil {
		t.Fatalf("opening a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}
