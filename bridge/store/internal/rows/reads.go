package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// ReadEvents finds an order's events behind a sequence.
const ReadEvents = "select sequence, type, at, source, data from events where order_id = ? and sequence > ? order by sequence"

const (
	readOwner   = "select order_id from payment_ids where payment_id = ? and wallet = ?"
	readNextDue = "select due_at from orders where due_at is not null order by due_at limit 1"
	updatePulse = "update pulse set at = ? where id = 1"
)

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound for an order that does not exist; Unavailable.
func (r *Resources) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "store.Events"
	q := NewSearch(ReadEvents, string(id), after)
	q.Short = true
	events, err := readAll(ctx, r, op, q, func(row Row) (bridge.Event, error) { return ScanEvent(row, id) })
	if err == nil && len(events) == 0 {
		_, err = readOne(ctx, r, op, "order", NewSearch("select version from orders where id = ?", string(id)), scanValue[int64])
	}
	return events, err
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

// NextDue is the earliest DueAt of all orders; zero when none is due.
//
// Faults: Unavailable.
func (r *Resources) NextDue(ctx context.Context) (time.Time, error) {
	q := NewSearch(readNextDue)
	q.Short = true
	next, err := readAll(ctx, r, "store.NextDue", q, func(row Row) (at time.Time, err error) {
		err = row.Scan(instant{&at})
		return at, err
	})
	if err != nil || len(next) == 0 {
		return time.Time{}, err
	}
	return next[0], nil
}

// Ping reads a row and writes one, so that a database that takes no writes shows.
//
// Faults: Unavailable; Unknown.
func (r *Resources) Ping(ctx context.Context) error {
	if _, err := r.NextDue(ctx); err != nil {
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
	for {
		n, err := r.db.Exec(ctx, &Statement{Op: "store.Prune", Text: r.dialect.Prune, Args: []any{before.UnixMilli(), int64(PruneStep)}})
		if err != nil || n < PruneStep {
			return err
		}
	}
}
