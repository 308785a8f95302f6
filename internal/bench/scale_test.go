package bench_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/internal/bench"
)

func TestRatesAreMeasuredInEachDimension(t *testing.T) {
	o := few(t)
	r, err := bench.Scale(t.Context(), o, bench.ScaleOptions{Connections: []int{1, 2}, Polls: []int{1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, row := range r.Rows {
		words = append(words, row.What)
		if row.Figures[0].PerSecond <= 0 || row.Store != "sqlite" {
			t.Errorf("%s: got %+v on %s", row.What, row.Figures, row.Store)
		}
	}
	for _, want := range []string{"orders created with 2 connections", "notifications applied while 3 long polls wait", "reads of final orders with 1 connections"} {
		if !slices.Contains(words, want) {
			t.Errorf("without %q: %s", want, strings.Join(words, "; "))
		}
	}
	wantEmpty(t, o.Dir)
}

func TestNodesShareAStore(t *testing.T) {
	o := few(t)
	o.Postgres = pgtest.URL(t)
	r, err := bench.Scale(t.Context(), o, bench.ScaleOptions{Nodes: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 3 || !strings.Contains(r.Rows[0].What, "by 2 nodes") || r.Rows[0].Store != "postgres" {
		t.Errorf("got %+v", r.Rows)
	}
}

func TestDimensionsThatMakeNoSenseAreRefused(t *testing.T) {
	o := few(t)
	for name, s := range map[string]bench.ScaleOptions{"nodes on SQLite": {Nodes: []int{2}}, "no connections": {Connections: []int{0}}} {
		if _, err := bench.Scale(t.Context(), o, s); err == nil {
			t.Errorf("%s: got no fault", name)
		}
	}
	wantEmpty(t, o.Dir)
}
