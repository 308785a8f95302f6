package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The bounds of the garbage collector's target, in percent of what is in use. Beyond the
// upper one less collecting saves nothing that can be measured. Most of what is in use above
// twice the headroom belongs to long polls, which allocate nothing: there the lower one saves
// memory, and costs about a hundredth of the CPU time.
const (
	minHeapPercent = 50
	maxHeapPercent = 400
	heapInterval   = time.Second
)

// heapTuner sets how much the heap may grow between two collections: by headroom bytes, as
// long as that is neither more than four times what is in use nor less than half of it. A till
// has little in use and collects half as often for a headroom of some megabytes; with many
// long polls in use the heap grows by half, and not by as much again as by Go's default.
type heapTuner struct {
	headroom uint64
	percent  int // as set last
}

// tuneHeap runs the tuner until ctx ends.
func tuneHeap(ctx context.Context, headroom uint64) error {
	t := heapTuner{headroom: headroom}
	tick := time.NewTicker(heapInterval)
	defer tick.Stop()
	for {
		t.tune(liveHeap())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// headroom returns how much the heap may grow between two collections, in bytes. SQLite has its
// caches in the same process; where PostgreSQL has them in its own, their room is the heap's, and
// a tenth of the till's CPU time is saved.
func (c *config) headroom() uint64 {
	megabytes := c.Server.Heap
	switch {
	case megabytes > 0:
	case c.shared():
		megabytes = 40
	default:
		megabytes = 12
	}
	return uint64(megabytes) << 20
}

// heapSet reports whether the environment sets the collector, which goes before the setting.
func heapSet(getenv func(string) string) bool {
	return getenv("GOGC") != "" || getenv("GOMEMLIMIT") != ""
}

// tune adapts the target to what is in use after the last collection.
func (t *heapTuner) tune(live uint64) {
	if percent := t.target(live); percent != t.percent {
		t.percent = percent
		debug.SetGCPercent(percent)
	}
}

// target returns the percentage in steps of ten, since each change takes effect with a pause
// of all goroutines.
func (t *heapTuner) target(live uint64) int {
	percent := int(t.headroom * 100 / max(live, 1<<20))
	return min(max(percent/10*10, minHeapPercent), maxHeapPercent)
}

// liveHeap returns the bytes that the last collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
