package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

type orders struct {
	total   *prometheus.CounterVec
	toPaid  *prometheus.HistogramVec
	settled *prometheus.CounterVec
	refunds *prometheus.CounterVec
}

// The sources of a settled payment.
const (
	byNotification = "notification"
	byQuery        = "query"
	byAnswer       = "answer" // of the wallet to an operation
	byOperator     = "operator"
)

var (
	orderStatuses = []wallet.Status{
		wallet.Created, wallet.Pending, wallet.Authorized, wallet.Paid, wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided,
	}
	refundStatuses = []wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting, wallet.RefundSucceeded, wallet.RefundFailed}
)

func (m *Metrics) newOrders(apps map[string][]string) orders {
	o := orders{
		total: m.counter("orders_total", "Orders that reached a status, by their newest payment's wallet.", "app", "wallet", "status"),
		toPaid: m.histogram("order_time_to_paid_seconds", "Time from the creation of an order until it was paid.",
			[]float64{5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400}, "wallet"),
		settled: m.counter("payments_settled_total", "Payments that were paid, by what told so.", "wallet", "source"),
		refunds: m.counter("refunds_total", "Refunds that reached a status.", "wallet", "status"),
	}
	for _, app := range m.apps {
		start(o.total, []string{app}, append([]string{none}, apps[app]...), texts(orderStatuses))
	}
	start(o.settled, m.wallets, []string{byNotification, byQuery, byAnswer, byOperator})
	start(o.refunds, m.wallets, texts(refundStatuses))
	return o
}

// Committed counts the events of a change; Metrics is an engine.Observer.
func (m *Metrics) Committed(c *bridge.Change, notified bool) {
	for i := range c.Events {
		e := &c.Events[i]
		m.countStatus(c, e)
		if settles(c, i) {
			m.orders.settled.WithLabelValues(m.wallet(e.Data.Payment.Wallet), sourceOf(e, notified)).Inc()
		}
		if movesRefund(c, i) {
			r := e.Data.Refund
			m.orders.refunds.WithLabelValues(m.wallet(c.Order.Payment(r.Payment).Wallet), string(r.Status)).Inc()
		}
	}
}

// countStatus counts an event that moved the order's status, which is named after it.
func (m *Metrics) countStatus(c *bridge.Change, e *bridge.Event) {
	status, _ := strings.CutPrefix(string(e.Type), "order.")
	for _, s := range orderStatuses {
		if string(s) != status {
			continue
		}
		at := ""
		if p := c.Order.LastPayment(); p != nil {
			at = p.Wallet
		}
		m.orders.total.WithLabelValues(m.app(c.Order.App), m.wallet(at), status).Inc()
		if s == wallet.Paid {
			m.orders.toPaid.WithLabelValues(m.wallet(at)).Observe(e.At.Sub(c.Order.CreatedAt).Seconds())
		}
	}
}

// settles says whether the nth event of a change made a payment paid.
func settles(c *bridge.Change, n int) bool {
	p := c.Events[n].Data.Payment
	if p == nil || p.Status != wallet.Paid {
		return false
	}
	for i := n - 1; i >= 0; i-- {
		if earlier := c.Events[i].Data.Payment; earlier != nil && earlier.Number == p.Number {
			return earlier.Status != wallet.Paid
		}
	}
	before := c.Before().Payment(p.Number)
	return before == nil || before.Status != wallet.Paid
}

// movesRefund says whether the nth event of a change moved a refund's status.
func movesRefund(c *bridge.Change, n int) bool {
	r := c.Events[n].Data.Refund
	if r == nil {
		return false
	}
	for i := n - 1; i >= 0; i-- {
		if earlier := c.Events[i].Data.Refund; earlier != nil && earlier.Number == r.Number {
			return earlier.Status != r.Status
		}
	}
	for _, before := range c.Before().Refunds {
		if before.Number == r.Number {
			return before.Status != r.Status
		}
	}
	return true
}

// sourceOf is what told that a payment was paid.
func sourceOf(e *bridge.Event, notified bool) string {
	switch {
	case notified:
		return byNotification
	case e.Source == bridge.FromQuery, e.Source == bridge.FromTime:
		return byQuery
	case e.Source == bridge.FromOperator:
		return byOperator
	case e.Source == bridge.FromNotification:
		return byNotification
	}
	return byAnswer
}
