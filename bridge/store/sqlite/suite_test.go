package sqlite_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) engine.Store { return sqlitetest.Open(t) })
}
