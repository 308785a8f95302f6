package postgres_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
