package metrics

import "slices"

// WatchTraces adds a counter of spans by what became of them, and returns the function that
// counts. outcomes are all that there are.
func (m *Metrics) WatchTraces(outcomes []string) func(outcome string, spans int) {
	v := m.counter("trace_spans_total", "Spans by what became of them: exported, or why they were dropped.", "outcome")
	start(v, outcomes)
	listed := slices.Sorted(slices.Values(outcomes))
	return func(outcome string, spans int) { v.WithLabelValues(known(listed, outcome)).Add(float64(spans)) }
}
