package sqlite_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Store { return sqlitetest.Open(t) })
}
