package postgres_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
)

func TestMain(m *testing.M) {
	postgres.LongTimeout()
	os.Exit(pgtest.Main(m))
}
