package sqlite_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

func TestMain(m *testing.M) {
	sqlite.LongTimeout()
	os.Exit(m.Run())
}
