package metrics

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is what Metrics are made of.
type Config struct {
	Version, Commit string
	// Apps are the wallets of each app, by its name.
	Apps map[string][]string
}

// Metrics implements engine.Observer, limit.Counter and the other observers.
type Metrics struct {
	registry *prometheus.Registry
	apps     []string
	wallets  []string
	answers  answers
	orders   orders
	calls    calls
	webhooks webhooks
	commits  commits
	retained retained
	surveyed surveyed
	backup   func(context.Context) (time.Time, error)                // nil: not known
	index    func(context.Context) (map[string]time.Duration, error) // nil: there is none
}

// New returns the metrics of a till. Each Metrics has a registry of its own.
func New(config Config) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), apps: slices.Sorted(maps.Keys(config.Apps))}
	for _, app := range m.apps {
		m.wallets = append(m.wallets, config.Apps[app]...)
	}
	slices.Sort(m.wallets)
	m.wallets = slices.Compact(m.wallets)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := m.gauge("build_info", "The version that runs; always 1.", "version", "commit")
	build.WithLabelValues(cmp.Or(config.Version, "unknown"), cmp.Or(config.Commit, "unknown")).Set(1)
	m.answers = m.newAnswers()
	m.orders = m.newOrders(config.Apps)
	m.calls = m.newCalls()
	m.webhooks = m.newWebhooks()
	m.commits = m.newCommits()
	m.retained = m.newRetained()
	m.surveyed = m.newSurveyed()
	return m
}

// Handler answers a scrape. It reads memory only.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 4, Timeout: 5 * time.Second})
}

// watch adds a gauge that is read at each scrape.
func (m *Metrics) watch(name, help string, labels prometheus.Labels, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: name, Help: help, ConstLabels: labels,
	}, read))
}

// namespace is the prefix of all names.
const namespace = "minitill"

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(v)
	return v
}

// Labels of what is not configured.
const (
	other = "other" // an app or wallet that was removed or renamed
	none  = "none"  // no wallet yet
)

// app is the label of an app.
func (m *Metrics) app(name string) string { return known(m.apps, name) }

// wallet is the label of a wallet.
func (m *Metrics) wallet(name string) string {
	if name == "" {
		return none
	}
	return known(m.wallets, name)
}

// known is a label of a sorted list, or other.
func known(list []string, name string) string {
	if _, found := slices.BinarySearch(list, name); found {
		return name
	}
	return other
}

// start creates the series of a counter with all combinations of label values.
func start(v *prometheus.CounterVec, values ...[]string) {
	combine(values, nil, func(labels []string) { v.WithLabelValues(labels...) })
}

// combine calls visit with each combination of values.
func combine(values [][]string, chosen []string, visit func([]string)) {
	if len(values) == 0 {
		visit(chosen)
		return
	}
	for _, v := range values[0] {
		combine(values[1:], append(chosen[:len(chosen):len(chosen)], v), visit)
	}
}

// texts are the values of a list as labels.
func texts[S ~string](list []S) []string {
	labels := make([]string, len(list))
	for i, s := range list {
		labels[i] = string(s)
	}
	return labels
}
