package sqlite_test

import (
	"os"
	"testing"

	"github.com/minitill/minitill/bridge/store/internal/patience"
)

func TestMain(m *testing.M) {
	// Two processes that write to one file do not take turns: on a slow disk one of them may wait
	// for all that the other has.
	patience.Prolong()
	os.Exit(m.Run())
}
