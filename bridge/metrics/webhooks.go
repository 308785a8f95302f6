package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge/store"
)

type webhooks struct {
	attempts *prometheus.CounterVec
	dead     *prometheus.CounterVec
	delay    *prometheus.HistogramVec
}

var attemptOutcomes = []store.DeliveryStatus{store.Delivered, store.Undelivered, store.Dead}

func (m *Metrics) newWebhooks() webhooks {
	w := webhooks{
		attempts: m.counter("webhook_attempts_total", "Attempts to deliver a webhook, by outcome.", "app", "outcome"),
		dead:     m.counter("webhook_dead_total", "Webhooks that were given up.", "app"),
		delay: m.histogram("webhook_delay_seconds", "Time from an event until its webhook was delivered.",
			[]float64{.01, .05, .1, .25, .5, 1, 5, 30, 300, 3600, 86400}, "app"),
	}
	start(w.attempts, m.apps, texts(attemptOutcomes))
	start(w.dead, m.apps)
	return w
}

// Attempted counts an attempt to deliver a webhook; it is webhook.Config.Observe.
func (m *Metrics) Attempted(app string, status store.DeliveryStatus, age time.Duration) {
	app = m.app(app)
	m.webhooks.attempts.WithLabelValues(app, string(status)).Inc()
	switch status {
	case store.Dead:
		m.webhooks.dead.WithLabelValues(app).Inc()
	case store.Delivered:
		m.webhooks.delay.WithLabelValues(app).Observe(age.Seconds())
	}
}
