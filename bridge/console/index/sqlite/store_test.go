package sqlite_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
)

// The store commits what it commits without an index: a change when an order is created, and
// one when it is paid.
func TestTheIndexFollowsAnSQLiteStoreAndWritesNothingToIt(t *testing.T) {
	s := sqlitetest.Open(t)
	indextest.FollowStore(t, open(t), s)
	if got := s.Stats().Changes; got != 80 {
		t.Errorf("got %d changes of the store, want 80", got)
	}
}

func TestTheIndexFollowsAStoreInMemory(t *testing.T) {
	indextest.FollowStore(t, open(t), memstore.New())
}
