package index

import (
	"context"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// progress is a row of the apps: how far the index has come with a feed.
type progress struct {
	app      int64 // zero before the first step
	after    bridge.EventKey
	at       int64 // of the last event, in UTC milliseconds
	events   int64
	skipped  int64
	complete int64  // 1 once the end of the feed was reached
	zone     string // whose days have sums of their own; empty: none
}

const (
	readProgress = `select app, zone, place_order, place_sequence, place_at, events, skipped, complete from ` + appsTable + ` where name = ?`
	readLastApp  = `select coalesce(max(app), 0) from ` + appsTable
	putProgress  = `insert into ` + appsTable + ` (app, name, zone, place_order, place_sequence, place_at, events, skipped, complete)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (app) do update set zone = excluded.zone, place_order = excluded.place_order,
		place_sequence = excluded.place_sequence, place_at = excluded.place_at, events = excluded.events,
		skipped = excluded.skipped, complete = excluded.complete`
)

func loadProgress(ctx context.Context, tx Tx, name string) (p progress, err error) {
	err = tx.Query(ctx, readProgress, one(name), func(_ int, row Row) error {
		var order string
		err := row.Scan(&p.app, &p.zone, &order, &p.after.Sequence, &p.at, &p.events, &p.skipped, &p.complete)
		p.after.Order = bridge.OrderID(order)
		return err
	})
	return p, err
}

func (p *progress) store(ctx context.Context, tx Tx, name string) error {
	if p.app == 0 {
		err := tx.Query(ctx, readLastApp, one(), func(_ int, row Row) error { return row.Scan(&p.app) })
		if err != nil {
			return err
		}
		p.app++
	}
	return tx.Exec(ctx, putProgress, one(p.app, name, p.zone, string(p.after.Order), p.after.Sequence, p.at, p.events, p.skipped, p.complete))
}

// RunOnce takes one step with the feed of each app, when no other node does. It reports
// whether there may be more. Tables that are damaged, or were filled from another store, are
// thrown away first.
//
// Faults: Unavailable.
func (x *Index) RunOnce(ctx context.Context) (more bool, err error) {
	if x.damaged.Load() {
		return x.heal(ctx, false, errDamaged)
	}
	x.lag.Store(0)
	held, err := x.hold(ctx)
	for _, app := range x.config.Apps {
		if err != nil || !held {
			break
		}
		var full bool
		full, err = x.step(ctx, app)
		more = more || full
	}
	return x.heal(ctx, more, err)
}

// errDamaged says that a read has found damaged tables.
var errDamaged = errors.New("the tables are damaged")

// heal makes new tables where an error says that these cannot be used.
func (x *Index) heal(ctx context.Context, more bool, err error) (bool, error) {
	const op = "index.RunOnce"
	switch {
	case errors.Is(err, errMoved):
		x.forgetLease()
		return false, nil
	case err != nil && (errors.Is(err, errForeign) || errors.Is(err, errDamaged) || x.db.Damaged(err)):
		x.config.Log.Warn("the console's index is built again", "reason", err.Error())
		return true, x.Rebuild(ctx)
	}
	return more, unavailable(op, err)
}

// step reads events after an app's place and commits what they change together with the
// new place.
func (x *Index) step(ctx context.Context, app string) (full bool, err error) {
	var from progress
	err = x.db.Read(ctx, func(tx Tx) (err error) {
		from, err = loadProgress(ctx, tx, app)
		return err
	})
	if err != nil {
		return false, err
	}
	events, err := x.feed(ctx, app, from.after, x.config.Step)
	if err != nil || len(events) == 0 && from.complete == 1 {
		return false, err
	}
	if full = len(events) == x.config.Step; full {
		lag := x.config.Now().Sub(events[len(events)-1].At)
		x.lag.Store(max(x.lag.Load(), int64(lag)))
	}
	return full, x.db.Write(ctx, func(tx Tx) error { return x.commit(ctx, tx, app, from, events, !full) })
}

// feed reads events of an app after one of them. A feed that does not have that event is
// not the one that the tables were filled from.
func (x *Index) feed(ctx context.Context, app string, after bridge.EventKey, limit int) ([]store.FeedEvent, error) {
	events, err := x.config.Source.Feed(ctx, store.FeedQuery{App: app, After: after, Limit: limit})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil, errForeign
	}
	return events, err
}

// commit writes what events change, unless another node has moved the place since it was
// read. end reports that the feed had no more.
func (x *Index) commit(ctx context.Context, tx Tx, app string, from progress, events []store.FeedEvent, end bool) error {
	now, err := loadProgress(ctx, tx, app)
	if err != nil {
		return err
	}
	if now != from {
		return errMoved
	}
	if end {
		now.complete = 1
	}
	if n := len(events); n > 0 {
		last := &events[n-1]
		now.after, now.at, now.events = last.Key(), last.At.UnixMilli(), now.events+int64(n)
	}
	if now.app == 0 {
		now.zone = zoneName(x.config.Zones[app])
	}
	zone := x.zone(app, &now)
	if err := now.store(ctx, tx, app); err != nil {
		return err
	}
	b, err := apply(ctx, tx, now.app, zone, events)
	if err != nil || b.skipped == 0 {
		return err
	}
	x.config.Log.Error("the feed lacks earlier events of orders; the console does not show these orders as they are", "app", app, "events", b.skipped)
	now.skipped += b.skipped
	return now.store(ctx, tx, app)
}

// Status reads from the feeds how far the index has come.
//
// Faults: Unavailable.
func (x *Index) Status(ctx context.Context) (Status, error) {
	var s Status
	for _, app := range x.config.Apps {
		a, err := x.AppStatus(ctx, app)
		if err != nil {
			return Status{}, err
		}
		s.Apps = append(s.Apps, a)
	}
	return s, nil
}

// AppStatus reads from the feed of one app how far the index has come with it.
//
// Faults: Unavailable.
func (x *Index) AppStatus(ctx context.Context, app string) (AppStatus, error) {
	const op = "index.Status"
	var p progress
	err := x.read(ctx, op, func(tx Tx) (err error) {
		p, err = loadProgress(ctx, tx, app)
		return err
	})
	if err != nil {
		return AppStatus{}, err
	}
	a, err := x.appStatus(ctx, app, &p)
	return a, unavailable(op, err)
}

func (x *Index) appStatus(ctx context.Context, app string, p *progress) (AppStatus, error) {
	a := AppStatus{App: app, At: fromMillis(p.at), Building: p.complete == 0, Events: p.events, Zone: p.zone, Skipped: p.skipped}
	next, err := x.feed(ctx, app, p.after, 1)
	switch {
	case errors.Is(err, errForeign):
		a.Building = true // by the next step
		return a, nil
	case err == nil && len(next) > 0:
		a.Behind = max(time.Millisecond, x.config.Now().Sub(next[0].At))
	}
	return a, err
}
