package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlstore"
)

// SQLite opens an empty SQLite store that lives as long as t, for tests that need
// some store. It is a file like any other, so that it behaves as it will.
func SQLite(t testing.TB) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(context.Background(), filepath.Join(t.TempDir(), "minitill.db"))
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
