package metrics_test

import (
	"strings"
	"testing"
)

func TestSpansAreCountedByWhatBecameOfThem(t *testing.T) {
	m, _ := till()
	count := m.WatchTraces([]string{"queue_full", "exported"})
	count("exported", 3)
	count("exported", 2)
	text, _ := scrape(t, m)
	for _, want := range []string{`minitill_trace_spans_total{outcome="exported"} 5`, `minitill_trace_spans_total{outcome="queue_full"} 0`} {
		if !strings.Contains(text, want) {
			t.Errorf("a scrape has no %s", want)
		}
	}
}
