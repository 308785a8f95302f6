package metrics

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
)

var _ engine.Observer = (*Metrics)(nil)

type calls struct {
	total         *prometheus.CounterVec
	took          *prometheus.HistogramVec
	notifications *prometheus.CounterVec
	delay         *prometheus.HistogramVec
	offset        *prometheus.GaugeVec
}

func (m *Metrics) newCalls() calls {
	c := calls{
		total: m.counter("wallet_calls_total", "Calls to wallets, by outcome: ok, the fault, or why the call was not sent.", "wallet", "operation", "outcome"),
		took: m.histogram("wallet_call_duration_seconds", "Time until a wallet answered a call that was sent, or the call ended without an answer.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "wallet", "operation"),
		notifications: m.counter("notifications_total", "Deliveries of wallets' notifications, by result: ok, or the fault.", "wallet", "result"),
	}
	start(c.total, m.wallets, texts(outbound.Operations), texts(outbound.Outcomes()))
	start(c.notifications, m.wallets, append([]string{ok}, kinds()...))
	c.delay = m.histogram("notification_delay_seconds", "From when something occurred, by the wallet's clock, until the notification that told it arrived.",
		[]float64{.1, 1, 5, 15, 60, 300, 1800, 7200, 86400}, "wallet")
	c.offset = m.gauge("wallet_clock_offset_seconds", "How far a wallet's clock is ahead of this node's, by the Date of its last answer.", "wallet")
	return c
}

// kinds are the names of the kinds of faults.
func kinds() (names []string) {
	for _, kind := range fault.Kinds() {
		names = append(names, kind.String())
	}
	return names
}

// Called counts a call to a wallet.
func (m *Metrics) Called(name string, operation outbound.Operation, outcome outbound.Outcome, took time.Duration) {
	name = m.wallet(name)
	m.calls.total.WithLabelValues(name, string(operation), string(outcome)).Inc()
	if outcome.Sent() {
		m.calls.took.WithLabelValues(name, string(operation)).Observe(took.Seconds())
	}
}

// Notified counts a delivery of a wallet's notification.
func (m *Metrics) Notified(name string, err error) {
	m.calls.notifications.WithLabelValues(m.wallet(name), outcomeOf(err)).Inc()
}

// ok is the outcome of what succeeded.
const ok = string(outbound.OK)

// outcomeOf is ok, or the kind of a fault.
func outcomeOf(err error) string {
	if err == nil {
		return ok
	}
	return fault.KindOf(err).String()
}

// Applied measures how late a wallet's notification arrived.
func (m *Metrics) Applied(name string, delay time.Duration) {
	m.calls.delay.WithLabelValues(m.wallet(name)).Observe(max(0, delay.Seconds()))
}

// slowestDate is the longest call whose Date says something about a clock.
const slowestDate = 5 * time.Second

// Dated compares the header Date of a wallet's answer with the clock of this node, which has
// sent the request and received the answer at these times. Date has whole seconds: the
// offset is right to a second and half of the call's time.
func (m *Metrics) Dated(name, date string, sent, received time.Time) {
	at, err := http.ParseTime(date)
	if err != nil || received.Sub(sent) > slowestDate {
		return
	}
	middle := sent.Add(received.Sub(sent) / 2)
	m.calls.offset.WithLabelValues(m.wallet(name)).Set(at.Add(time.Second / 2).Sub(middle).Seconds())
}

// Engine is what WatchEngine needs of an *engine.Engine.
type Engine interface {
	Wallets(app string) []outbound.Info
	Ready(ctx context.Context) error
}

// readyTime bounds what a scrape waits for readiness, which is usually known.
const readyTime = time.Second

// WatchEngine adds readiness, and the circuit breakers and open calls of the wallets. It is
// called once.
func (m *Metrics) WatchEngine(e Engine) {
	m.watch("ready", "Whether the node can take money: 1, or 0.", nil, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyTime)
		defer cancel()
		return number(e.Ready(ctx) == nil)
	})
	for _, app := range m.apps {
		for _, w := range e.Wallets(app) {
			m.watchWallet(e, app, w.Name)
		}
	}
}

func (m *Metrics) watchWallet(e Engine, app, name string) {
	info := func() (w outbound.Info) {
		list := e.Wallets(app)
		if i := slices.IndexFunc(list, func(w outbound.Info) bool { return w.Name == name }); i >= 0 {
			w = list[i]
		}
		return w
	}
	m.watch("wallet_calls_in_flight", "Calls to a wallet that are under way.", prometheus.Labels{"wallet": name},
		func() float64 { return float64(info().Calls) })
	for _, state := range outbound.BreakerStates {
		m.watch("wallet_breaker_state", "The state of a wallet's circuit breaker: 1 for the present one.",
			prometheus.Labels{"wallet": name, "state": string(state)}, func() float64 { return number(info().Breaker == state) })
	}
}

// WatchRedis adds whether Redis answers. It is called once.
func (m *Metrics) WatchRedis(healthy func() bool) {
	m.watch("redis_up", "Whether Redis answers: 1, or 0.", nil, func() float64 { return number(healthy()) })
}

// number is 1 for true.
func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
