package sqlite_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

func TestAppliedNamesTheMigrationsInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if names, err := sqlite.Applied(t.Context(), path); err != nil || len(names) < 4 || names[0] != "0001_orders.sql" || !slices.IsSorted(names) {
		t.Errorf("SQLite: got %v, %v, want all in their order", names, err)
	}
	if names, err := sqlite.Applied(t.Context(), path+".none"); err != nil || len(names) != 0 {
		t.Errorf("SQLite without a file: got %v, %v, want none", names, err)
	}
}
