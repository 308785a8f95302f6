package sqlite_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge/console/index/indextest"
)

var orders = flag.Int("orders", 20_000, "how many orders BenchmarkIndex fills the index with")

// BenchmarkIndex runs every query of a console. Run it with
// -bench Index -benchtime 1x -v -orders 1000000.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "console.db")
		indextest.Bench(b, openAt(b, path), *orders)
		if file, err := os.Stat(path); err == nil {
			b.Logf("the file has %d MB", file.Size()>>20)
		}
	}
}
