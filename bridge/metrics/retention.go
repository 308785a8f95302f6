package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge/retention"
)

// retained implements retention.Observer.
type retained struct {
	pruned  *prometheus.CounterVec
	bytes   *prometheus.CounterVec
	horizon *prometheus.GaugeVec
}

func (m *Metrics) newRetained() retained {
	r := retained{
		pruned:  m.counter("retention_pruned_rows_total", "Rows that this node deleted because they were archived or old.", "what"),
		bytes:   m.counter("archive_bytes_total", "Bytes of the archive files that this node wrote.", "app"),
		horizon: m.gauge("archive_horizon_timestamp_seconds", "The time of the newest archived event, as this node saw it last; absent without one.", "app"),
	}
	start(r.pruned, retention.Kinds)
	start(r.bytes, m.apps)
	return r
}

// Pruned counts rows that were deleted.
func (m *Metrics) Pruned(what string, rows int64) {
	m.retained.pruned.WithLabelValues(what).Add(float64(rows))
}

// Archived counts the bytes of an archive file.
func (m *Metrics) Archived(app string, bytes int64) {
	m.retained.bytes.WithLabelValues(m.app(app)).Add(float64(bytes))
}

// Horizon shows the time of the newest archived event.
func (m *Metrics) Horizon(app string, at time.Time) {
	showTime(m.retained.horizon, at, m.app(app))
}

var _ retention.Observer = (*Metrics)(nil)
