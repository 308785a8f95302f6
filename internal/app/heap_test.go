package app

import (
	"context"
	"errors"
	"runtime/debug"
	"testing"

	"github.com/minitill/minitill/signing"
)

func TestTheHeapGrowsByItsHeadroomBetweenCollections(t *testing.T) {
	tuner := heapTuner{headroom: 32 << 20}
	for name, c := range map[string]struct {
		live uint64
		want int
	}{
		"nothing is in use":                  {0, 400},
		"little is in use":                   {4 << 20, 400},
		"the headroom is twice what is":      {16 << 20, 200},
		"the headroom is as much as what is": {32 << 20, 100},
		"the headroom is half of what is":    {64 << 20, 50},
		"much is in use":                     {100 << 20, 50},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tuner.target(c.live); got != c.want {
				t.Errorf("percent: got %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheHeadroomIsLargerWhereTheStoreHasItsOwnMemory(t *testing.T) {
	sqlite, postgres := defaultConfig(), defaultConfig()
	postgres.Store.URL = signing.NewSecret("postgres://till@127.0.0.1/till")
	set := postgres
	set.Server.Heap = 3
	for name, c := range map[string]struct {
		config config
		want   uint64
	}{"SQLite": {sqlite, 12 << 20}, "PostgreSQL": {postgres, 40 << 20}, "a setting goes first": {set, 3 << 20}} {
		if got := c.config.headroom(); got != c.want {
			t.Errorf("%s: got %d bytes, want %d", name, got, c.want)
		}
	}
}

func TestTheTunerSetsTheCollectorAtItsStart(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(123))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tuneHeap(ctx, 1<<40); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if got := debug.SetGCPercent(123); got != maxHeapPercent {
		t.Errorf("percent: got %d, want %d", got, maxHeapPercent)
	}
}

func TestTheEnvironmentGoesBeforeTheSetting(t *testing.T) {
	for name, want := range map[string]bool{"GOGC": true, "GOMEMLIMIT": true, "GOMAXPROCS": false} {
		got := heapSet(func(variable string) string {
			if variable == name {
				return "50"
			}
			return ""
		})
		if got != want {
			t.Errorf("%s is set: got %v, want %v", name, got, want)
		}
	}
}
