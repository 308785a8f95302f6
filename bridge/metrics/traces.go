package metrics

// WatchTraces begins to count spans by what became of them, and returns the function that
// counts. outcomes are all that it is called with.
func (m *Metrics) WatchTraces(outcomes []string) func(outcome string, spans int) {
	v := m.counter("trace_spans_total", "Spans by what became of them: exported, or why they were dropped.", "outcome")
	start(v, outcomes)
	return func(outcome string, spans int) { v.WithLabelValues(outcome).Add(float64(spans)) }
}
