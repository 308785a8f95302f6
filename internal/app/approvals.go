package app

import (
	"maps"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/wallet"
)

// approvalsConfig says which refunds of an app wait for a second operator: the most that may
// be refunded without approval, in minor units, by currency.
type approvalsConfig struct {
	Expiry time.Duration    `json:"expiry" validate:"min=1h,max=720h"`
	Order  map[string]int64 `json:"order" validate:"dive,min=1"` // by all refunds of one order
	Day    map[string]int64 `json:"day" validate:"dive,min=1"`   // by one person in one day
}

func defaultApprovals() approvalsConfig {
	return approvalsConfig{Expiry: 72 * time.Hour, Order: map[string]int64{}, Day: map[string]int64{}}
}

// checkApprovals requires each limit to be of a currency.
func (d *decoder) checkApprovals(path string, c *approvalsConfig) {
	for _, limits := range []struct {
		name string
		by   map[string]int64
	}{{"order", c.Order}, {"day", c.Day}} {
		for _, name := range slices.Sorted(maps.Keys(limits.by)) {
			if wallet.Currency(name).Valid() != nil {
				d.found.add(child(child(path, limits.name), name), "must be a currency such as USD, JPY or USDT")
			}
		}
	}
}

// approvals returns the limits as the engine is configured with them. Days are those of the
// app's time zone.
func (c *appConfig) approvals() engine.Approvals {
	a := engine.Approvals{Expiry: c.Approvals.Expiry, Day: c.zone(), Limits: map[wallet.Currency]refund.Limit{}}
	for name, most := range c.Approvals.Order {
		a.Limits[wallet.Currency(name)] = refund.Limit{Order: most}
	}
	for name, most := range c.Approvals.Day {
		limit := a.Limits[wallet.Currency(name)]
		limit.Day = most
		a.Limits[wallet.Currency(name)] = limit
	}
	return a
}

// zone returns the time zone of the app; nil for UTC.
func (c *appConfig) zone() *time.Location {
	if c.TimeZone == "" {
		return nil
	}
	zone, _ := time.LoadLocation(c.TimeZone) // checked by its validate tag
	return zone
}
