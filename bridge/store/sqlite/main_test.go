package sqlite_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

func TestMain(m *testing.M) {
	sqlite.BePatient()
	os.Exit(m.Run())
}

func newOrder(t testing.TB, s bridge.Store) bridge.OrderID {
	t.Helper()
	c := storetest.NewOrder(t)
	if _, err := s.CreateOrder(t.Context(), c); err != nil {
		t.Fatalf("CreateOrder: got %v, want nil", err)
	}
	return c.Order.ID
}
