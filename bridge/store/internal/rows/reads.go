package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// ReadEvents finds an order's events behind a sequence.
const ReadEvents = "select sequence, type, at, source, data from events where order_id = ? and sequence > ? order by sequence"

const (
	readOwner   = "select order_id from payment_ids where payment_id = ? and wallet = ?"
	readPulse   = "select at from pulse where id = 1"
	updatePulse = "update pulse set at = ? where id = 1"
)

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound for an order that does not exist; Expired when some were archived;
// Unavailable.
func (r *Resources) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "store.Events"
	q := NewSearch(ReadEvents, string(id), after)
	q.Short = true
	events, err := readAll(ctx, r, op, q, func(row Row) (bridge.Event, error) { return ScanEvent(row, id) })
	switch {
	case err != nil:
		return nil, err
	case len(events) == 0:
		return nil, r.checkEventless(ctx, op, id, after)
	case events[0].Sequence > max(after, 0)+1:
		return nil, store.Archived(op)
	}
	return events, nil
}

// checkEventless returns why an order has no events after a sequence: nil when it has reached
// no further one.
//
// Faults: NotFound; Expired; Unavailable.
func (r *Resources) checkEventless(ctx context.Context, op string, id bridge.OrderID, after int64) error {
	_, err := readOne(ctx, r, op, "order", NewSearch("select version from orders where id = ?", string(id)), scanValue[int64])
	if err != nil {
		return err
	}
	return r.checkUnarchived(ctx, op, NewSearch(hasSnapshot, string(id), after+1))
}

// checkUnarchived returns the fault of a reader whose events were archived, when a search for
// snapshots finds one.
func (r *Resources) checkUnarchived(ctx context.Context, op string, q *Search) error {
	q.Short = true
	found, err := readAll(ctx, r, op, q, scanValue[int64])
	if err == nil && len(found) > 0 {
		err = store.Archived(op)
	}
	return err
}

// ScanEvent reads a row of ReadEvents.
func ScanEvent(row Row, id bridge.OrderID) (bridge.Event, error) {
	e := bridge.Event{Order: id}
	err := row.Scan(&e.Sequence, &e.Type, instant{&e.At}, &e.Source, document[bridge.EventData]{&e.Data})
	return e, err
}

// OrderByPaymentID finds an order by a wallet's own payment id.
//
// Faults: NotFound; Unavailable.
func (r *Resources) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	q := NewSearch(readOwner, key.PaymentID, key.Wallet)
	return readOne(ctx, r, "store.OrderByPaymentID", "payment", q, scanValue[bridge.OrderID])
}

// DueWallets returns the wallets of the newest payments of orders that have a DueAt, with
// the earliest of each. It reads one entry of the index for each wallet.
//
// Faults: Unavailable.
func (r *Resources) DueWallets(ctx context.Context) (map[string]time.Time, error) {
	type first struct {
		wallet string
		at     time.Time
	}
	q := NewSearch(r.dialect.dueWallets())
	found, err := readAll(ctx, r, "store.DueWallets", q, func(row Row) (f first, err error) {
		err = row.Scan(&f.wallet, instant{&f.at})
		return f, err
	})
	if err != nil {
		return nil, err
	}
	list := make(map[string]time.Time, len(found))
	for _, f := range found {
		list[f.wallet] = f.at
	}
	return list, nil
}

// dueWallets leaps from wallet to wallet through the index of due orders.
func (d *Dialect) dueWallets() string {
	due := "from orders" + d.hint("orders_due") + " where due_at is not null and wallet"
	return `with recursive named (wallet) as (
			select (select wallet ` + due + ` >= '' order by wallet limit 1)
			union all
			select (select wallet ` + due + ` > named.wallet order by wallet limit 1)
				from named where named.wallet is not null)
		select wallet, (select due_at ` + due + ` = named.wallet order by due_at limit 1) from named where wallet is not null`
}

// Ping reads a row and writes one, so that a database that takes no writes shows.
//
// Faults: Unavailable; Unknown.
func (r *Resources) Ping(ctx context.Context) error {
	q := NewSearch(readPulse)
	q.Short = true
	if _, err := readAll(ctx, r, "store.Ping", q, scanValue[int64]); err != nil {
		return err
	}
	_, err := r.db.Exec(ctx, &Statement{Op: "store.Ping", Text: updatePulse, Args: []any{time.Now().UnixMilli()}})
	return err
}

// PruneStep bounds the claims that one commit of Prune deletes, and so how long other
// changes wait for it.
const PruneStep = 500

// Prune deletes claims made before a time, a few in each commit. Nodes that prune at once
// share the work.
//
// Faults: Unavailable; Unknown.
func (r *Resources) Prune(ctx context.Context, before time.Time) error {
	return r.pruneAll(ctx, "store.Prune", r.dialect.Prune, before)
}
