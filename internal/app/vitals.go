package app

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/outbound"
)

// observer returns the engine's observer: the page of wallets, and metrics where there are any.
func (n *node) observer() engine.Observer {
	n.vitals = &console.Vitals{Now: n.clock.Now}
	if n.metrics == nil {
		return n.vitals
	}
	return observers{n.metrics, n.vitals}
}

// observers are notified of the same.
type observers struct {
	metrics *metrics.Metrics
	vitals  *console.Vitals
}

// Called implements engine.Observer.
func (o observers) Called(wallet string, operation outbound.Operation, outcome outbound.Outcome, took time.Duration) {
	o.metrics.Called(wallet, operation, outcome, took)
	o.vitals.Called(wallet, operation, outcome, took)
}

// Notified implements engine.Observer.
func (o observers) Notified(wallet string, err error) {
	o.metrics.Notified(wallet, err)
	o.vitals.Notified(wallet, err)
}

// Committed implements engine.Observer. The page of wallets does not count changes.
func (o observers) Committed(c *bridge.Change, notified bool) { o.metrics.Committed(c, notified) }

// Applied implements engine.Observer. The page of wallets does not count delays.
func (o observers) Applied(wallet string, delay time.Duration) { o.metrics.Applied(wallet, delay) }
