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
	path := filepath.Join(t.TempDir(), "minitill.db")
	var handles [2]*sqlite.Store
	for i := range handles {
		s, err := sqlite.Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		handles[i] = s
	}
	storetest.EndpointBetween(t, handles[0], handles[1])
}
