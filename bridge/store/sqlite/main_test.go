package sqlite_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

func TestMain(m *testing.M) {
	sqlite.BePatient()
	os.Exit(m.Run())
}
