package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

const (
	// SurveyEvery is how often Run counts what is open in the store.
	SurveyEvery = 15 * time.Second
	// surveyTime bounds one survey.
	surveyTime = 10 * time.Second
	// SurveyLimit bounds the rows of each kind that a survey reads, and so each count.
	SurveyLimit = 10_000
)

type surveyed struct {
	at        *prometheus.GaugeVec
	orders    *prometheus.GaugeVec
	oldest    *prometheus.GaugeVec
	due, lag  *prometheus.GaugeVec
	attention *prometheus.GaugeVec
	inbox     *prometheus.GaugeVec
	outbox    *prometheus.GaugeVec
	waiting   *prometheus.GaugeVec
	refunds   *prometheus.GaugeVec
	backup    *prometheus.GaugeVec
	index     *prometheus.GaugeVec
}

func (m *Metrics) newSurveyed() surveyed {
	return surveyed{
		at:        m.gauge("store_survey_timestamp_seconds", "When the store was last surveyed for the gauges of the whole store."),
		orders:    m.gauge("open_orders", "Orders that are created, pending or authorized; 10,000 of all at most.", "app", "status"),
		oldest:    m.gauge("open_order_oldest_timestamp_seconds", "When the oldest open order was created; absent without one.", "app", "status"),
		due:       m.gauge("status_queries_due", "Orders whose status query is due and not yet made.", "wallet"),
		lag:       m.gauge("status_query_lag_seconds", "How long the longest waiting status query is due.", "wallet"),
		attention: m.gauge("attention_orders", "Orders that need a person's attention.", "app", "reason"),
		inbox:     m.gauge("inbox_unmatched", "Verified notifications that could not be applied.", "wallet"),
		outbox:    m.gauge("outbox_messages", "Webhooks that are undelivered or dead.", "app", "state"),
		refunds:   m.gauge("refund_oldest_timestamp_seconds", "When the oldest refund of a state was created; absent without one.", "app", "state"),
		backup:    m.gauge("backup_last_success_timestamp_seconds", "When the newest backup that is known was begun; absent without one."),
		index:     m.gauge("console_index_behind_seconds", "Age of the oldest event that the console's index has not read; absent while the console is off.", "app"),
		waiting:   m.gauge("outbox_oldest_timestamp_seconds", "When the oldest of them was written; absent without one.", "app", "state"),
	}
}

// Run surveys a store each SurveyEvery until ctx ends. Scrapes read what it found, so that
// they cost the database nothing.
func (m *Metrics) Run(ctx context.Context, s store.Surveyor) error {
	tick := time.NewTicker(SurveyEvery)
	defer tick.Stop()
	for {
		m.RunOnce(ctx, s, time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// RunOnce surveys a store once. When that fails, the gauges keep their values.
func (m *Metrics) RunOnce(ctx context.Context, s store.Surveyor, now time.Time) {
	limited, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	m.showIndex(limited)
	found, err := s.Survey(limited, now, m.apps, SurveyLimit)
	if err == nil {
		err = m.showBackup(limited)
	}
	switch {
	case err == nil:
		m.show(&found, now)
	case ctx.Err() == nil:
		m.commits.errors.WithLabelValues(surveyFailed).Inc()
	}
}

// show sets the gauges of the whole store.
func (m *Metrics) show(s *store.Survey, now time.Time) {
	m.surveyed.at.WithLabelValues().Set(seconds(now))
	m.showOrders(s, now)
	m.showAttention(s)
	m.showOutbox(s)
	m.showRefunds(s)
}

// WatchBackup adds when the newest backup was begun, which read returns; zero is never. It is
// called before Run.
func (m *Metrics) WatchBackup(read func(context.Context) (time.Time, error)) { m.backup = read }

// showBackup reads when the newest backup was begun.
func (m *Metrics) showBackup(ctx context.Context) error {
	if m.backup == nil {
		return nil
	}
	at, err := m.backup(ctx)
	if err == nil {
		showTime(m.surveyed.backup, at)
	}
	return err
}

// WatchIndex adds how far the console's index is behind, which read returns by app. It is
// called before Run.
func (m *Metrics) WatchIndex(read func(context.Context) (map[string]time.Duration, error)) {
	m.index = read
}

// showIndex reads how far the console's index is behind. Without an answer there is no gauge.
func (m *Metrics) showIndex(ctx context.Context) {
	if m.index == nil {
		return
	}
	lag, err := m.index(ctx)
	if err != nil {
		m.surveyed.index.Reset()
		return
	}
	for app, behind := range lag {
		m.surveyed.index.WithLabelValues(m.app(app)).Set(behind.Seconds())
	}
}

// WatchDisk adds the bytes that may still be written where the store is. It is called once.
func (m *Metrics) WatchDisk(free func() float64) {
	m.watch("data_free_bytes", "Bytes that may still be written on the file system of the data directory.", nil, free)
}

// refundStates are the statuses of refunds that are open.
var refundStates = []wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting}

func (m *Metrics) showRefunds(s *store.Survey) {
	oldest := map[store.OpenRefunds]time.Time{}
	for key, at := range s.Refunds {
		key.App = m.app(key.App)
		if seen := oldest[key]; seen.IsZero() || at.Before(seen) {
			oldest[key] = at
		}
	}
	for _, app := range append([]string{other}, m.apps...) {
		for _, state := range refundStates {
			showTime(m.surveyed.refunds, oldest[store.OpenRefunds{App: app, Status: state}], app, string(state))
		}
	}
}

// openStatuses are the statuses of orders that are open.
var openStatuses = []wallet.Status{wallet.Created, wallet.Pending, wallet.Authorized}

func (m *Metrics) showOrders(s *store.Survey, now time.Time) {
	g := &m.surveyed
	open, due, inbox := map[store.OpenOrders]store.Tally{}, map[string]store.Tally{}, map[string]int{}
	for key, t := range s.Orders {
		key.App = m.app(key.App)
		open[key] = together(open[key], t)
	}
	for _, app := range append([]string{other}, m.apps...) {
		for _, status := range openStatuses {
			showTally(g.orders, g.oldest, open[store.OpenOrders{App: app, Status: status}], app, string(status))
		}
	}
	for name, t := range s.Due {
		due[m.wallet(name)] = together(due[m.wallet(name)], t)
	}
	for name, n := range s.Inbox {
		inbox[m.wallet(name)] += n
	}
	for _, name := range append([]string{other, none}, m.wallets...) {
		g.due.WithLabelValues(name).Set(float64(due[name].Count))
		g.lag.WithLabelValues(name).Set(lagOf(due[name], now))
		g.inbox.WithLabelValues(name).Set(float64(inbox[name]))
	}
}

// lagOf is how long the longest waiting of what is counted waits.
func lagOf(t store.Tally, now time.Time) float64 {
	if t.Count == 0 {
		return 0
	}
	return max(0, now.Sub(t.Oldest).Seconds())
}

func (m *Metrics) showAttention(s *store.Survey) {
	flagged := map[store.FlaggedOrders]int{}
	for key, n := range s.Attention {
		if key.App = m.app(key.App); !slices.Contains(bridge.Attentions, key.Why) {
			key.Why = other
		}
		flagged[key] += n
	}
	for _, app := range append([]string{other}, m.apps...) {
		for _, why := range append([]bridge.Attention{other}, bridge.Attentions...) {
			m.surveyed.attention.WithLabelValues(app, string(why)).Set(float64(flagged[store.FlaggedOrders{App: app, Why: why}]))
		}
	}
}

func (m *Metrics) showOutbox(s *store.Survey) {
	for _, app := range m.apps {
		for _, status := range []store.DeliveryStatus{store.Undelivered, store.Dead} {
			showTally(m.surveyed.outbox, m.surveyed.waiting, s.Outbox[store.OpenMessages{App: app, Status: status}], app, string(status))
		}
	}
}

// showTally sets a count, and the time of the oldest or none.
func showTally(count, oldest *prometheus.GaugeVec, t store.Tally, labels ...string) {
	count.WithLabelValues(labels...).Set(float64(t.Count))
	showTime(oldest, t.Oldest, labels...)
}

// showTime sets a time, or removes it where it is zero.
func showTime(g *prometheus.GaugeVec, at time.Time, labels ...string) {
	if at.IsZero() {
		g.DeleteLabelValues(labels...)
		return
	}
	g.WithLabelValues(labels...).Set(seconds(at))
}

// together is the sum of two counts.
func together(a, b store.Tally) store.Tally {
	if a.Count == 0 || b.Count > 0 && b.Oldest.Before(a.Oldest) {
		a.Oldest = b.Oldest
	}
	a.Count += b.Count
	return a
}

// seconds is a time as Prometheus writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
