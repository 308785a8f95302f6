package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// TestAnEndpointOfAnotherHandleIsSeenByAChange: what a store remembers of an order, and
// of the endpoints, may be old.
func TestAnEndpointOfAnotherHandleIsSeenByAChange(t *testing.T) {
	first, second := twoStores(t)
	storetest.EndpointBetween(t, first, second)
}

func TestTwoStoresUpdateOneRow(t *testing.T) {
	first, second := twoStores(t)
	storetest.UpdateBetween(t, first, second)
}

// twoStores are two handles of one file, as two processes have them.
func twoStores(t *testing.T) (first, second *sqlite.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "minitill.db")
	var handles [2]*sqlite.Store
	for i := range handles {
		s, err := sqlite.Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		handles[i] = s
	}
	return handles[0], handles[1]
}
