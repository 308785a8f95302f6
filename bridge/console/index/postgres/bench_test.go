package postgres_test

import (
	"flag"
	"testing"

	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/store/pgtest"
)

var (
	orders = flag.Int("orders", 20_000, "how many orders BenchmarkIndex fills the index with")
	url    = flag.String("url", "", "of a database that BenchmarkIndex fills, or that it has filled; empty: a new one")
)

// BenchmarkIndex runs every query of a console. Run it with
// -bench Index -benchtime 1x -v -orders 1000000.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		at := *url
		if at == "" {
			at = pgtest.URL(b)
		}
		indextest.Bench(b, openAt(b, at), *orders)
	}
}
