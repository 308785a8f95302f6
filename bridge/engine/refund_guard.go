package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Approvals are the limits above which a refund of an app waits for a second operator. The
// zero value is none.
type Approvals struct {
	Limits map[wallet.Currency]refund.Limit // a currency without one has no limit
	Expiry time.Duration                    // how long a refund waits; 72 hours when zero
	Day    *time.Location                   // where the days of limits begin; UTC when nil
}

const approvalExpiry = 72 * time.Hour

// guarded is a refund that is checked against the limits of its app.
type guarded struct {
	*refund.Guard        // nil: no limit applies
	book          string // the document of the asker's sum of the day; empty: the refund is not in it
	entry         string // of the refund there
}

// guardRefund returns what decides whether a refund waits for approval. Where the sum of a
// person's day is limited, it adds the refund to that sum first. A crash before the refund is
// reserved leaves the sum too high: a later refund waits that need not, and none goes out that
// must wait.
//
// Faults: NotFound; those of the store.
func (e *Engine) guardRefund(ctx context.Context, id bridge.OrderID, req *refund.Request, once *Once) (g guarded, err error) {
	if !e.limited {
		return g, nil
	}
	o, err := e.store.Order(ctx, id)
	if err != nil {
		return g, err
	}
	app, now := e.apps[o.App], e.clock()
	if app == nil || o.RefundOf(once.KeyDigest()) != nil {
		return g, nil
	}
	limit, ok := app.Approvals.Limits[o.Amount.Currency]
	if !ok {
		return g, nil
	}
	g.Guard = &refund.Guard{Limit: limit, Asker: personOf(ctx), Until: now.Add(cmp.Or(app.Approvals.Expiry, approvalExpiry))}
	_, minor, refused := refund.Refundable(&o, req, e.canRefund)
	if limit.Day == 0 || refused != nil || g.StopsOrder(&o, minor) {
		return g, nil
	}
	if g.entry = once.KeyDigest(); g.entry == "" {
		g.entry = ulid.Make().String()
	}
	book := "refunds." + app.Name + "." + string(o.Amount.Currency) + "." + g.DayKey()
	counted := false
	err = e.changeDay(ctx, book, func(d *refundDay) bool {
		changed := d.begin(now.In(cmp.Or(app.Approvals.Day, time.UTC)).Format(time.DateOnly))
		before := d.Sum
		counted = d.add(g.entry, minor, limit.Day)
		return changed || d.Sum != before
	})
	if err == nil && counted {
		g.book, g.Counted = book, minor
	}
	return g, err
}

// forget takes a refund that was not sent out of its asker's sum of the day. When that fails,
// the sum stays too high, which makes a later refund wait.
func (e *Engine) forget(ctx context.Context, g *guarded) {
	if g.book == "" {
		return
	}
	err := e.changeDay(context.WithoutCancel(ctx), g.book, func(d *refundDay) bool { return d.remove(g.entry) })
	if err != nil {
		e.log.Warn("a refund that was not sent stays in the sum of its day; a later one may wait for approval", "fault", err)
	}
}

// changeDay changes the sum of a day; change reports whether it has changed anything.
func (e *Engine) changeDay(ctx context.Context, book string, change func(d *refundDay) bool) error {
	return e.store.ChangeDocument(ctx, book, func(doc []byte) ([]byte, error) {
		var d refundDay
		if len(doc) > 0 {
			if err := json.Unmarshal(doc, &d); err != nil {
				return nil, fault.Wrap(fault.Internal, "engine.changeDay", err)
			}
		}
		if !change(&d) {
			return nil, nil
		}
		return json.Marshal(d)
	})
}

// refundDay is what one person has refunded without approval in one day, in minor units. The
// newest refunds are listed, so that a repeat is counted once.
type refundDay struct {
	Day    string        `json:"day"`
	Sum    int64         `json:"sum"`
	Recent []dailyRefund `json:"recent"`
}

type dailyRefund struct {
	Entry string `json:"entry"`
	Minor int64  `json:"minor"`
}

// recentRefunds is how many refunds a refundDay lists. A repeat of an older one counts twice.
const recentRefunds = 64

// begin starts a new day, and reports whether it has. A day never goes back: the clocks of
// two nodes may differ at midnight.
func (d *refundDay) begin(day string) bool {
	if day <= d.Day {
		return false
	}
	*d = refundDay{Day: day}
	return true
}

// add counts a refund unless the sum would pass the limit, and reports whether it is counted.
func (d *refundDay) add(entry string, minor, limit int64) bool {
	if slices.Contains(d.Recent, dailyRefund{entry, minor}) {
		return true
	}
	if minor > limit-d.Sum {
		return false
	}
	d.Sum += minor
	d.Recent = append(d.Recent, dailyRefund{entry, minor})
	d.Recent = d.Recent[max(0, len(d.Recent)-recentRefunds):]
	return true
}

// remove takes a listed refund out of the sum, and reports whether it has.
func (d *refundDay) remove(entry string) bool {
	i := slices.IndexFunc(d.Recent, func(r dailyRefund) bool { return r.Entry == entry })
	if i < 0 {
		return false
	}
	d.Sum -= d.Recent[i].Minor
	d.Recent = slices.Delete(d.Recent, i, i+1)
	return true
}
