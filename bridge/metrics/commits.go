package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/fault"
)

type commits struct {
	took   prometheus.Observer
	rows   prometheus.Observer
	errors *prometheus.CounterVec
}

func (m *Metrics) newCommits() commits {
	c := commits{
		took: m.histogram("store_commit_duration_seconds", "Time of a transaction that wrote something, until it was durable.",
			[]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1}).WithLabelValues(),
		rows: m.histogram("store_commit_rows", "Orders and other records that one transaction changed; changes that wait are committed together.",
			[]float64{1, 2, 4, 8, 16, 32, 64, 128, 256}).WithLabelValues(),
		errors: m.counter("store_errors_total", "Transactions that failed as a whole, by fault, and surveys as survey.", "kind"),
	}
	start(c.errors, append(kinds(), surveyFailed))
	return c
}

// surveyFailed is the kind of error of a survey.
const surveyFailed = "survey"

// Stored counts a transaction of the store, with how many changes it stored; it is called
// by the store's OnCommit.
func (m *Metrics) Stored(took time.Duration, changes int, err error) {
	if err != nil {
		m.commits.errors.WithLabelValues(fault.KindOf(err).String()).Inc()
		return
	}
	m.commits.took.Observe(took.Seconds())
	m.commits.rows.Observe(float64(changes))
}
