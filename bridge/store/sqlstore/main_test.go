package sqlstore_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/sqlstore"
)

func TestMain(m *testing.M) {
	sqlstore.BePatient()
	os.Exit(pgtest.Main(m))
}
