package sqlite

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// uninterrupted is ctx for one short read, or its error when it has ended. The
// driver would start a goroutine for every query that can be interrupted, which
// costs as much as the query.
func uninterrupted(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

// Order returns one order.
//
// Faults: NotFound; Unavailable.
func (s *Store) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	const op = "store.Order"
	r, err := readRecord(ctx, op, s.order, id)
	if err != nil {
		return bridge.Order{}, err
	}
	return r.Order(op)
}

// ReadOrder reads an order to be changed, with the version of the endpoints in the same
// snapshot.
func (d *database) ReadOrder(ctx context.Context, op string, id bridge.OrderID) (*rows.Record, error) {
	var endpoints int64
	r, err := readRecord(ctx, op, d.change, id, &endpoints)
	if err != nil {
		return nil, err
	}
	r.Endpoints = endpoints
	return r, nil
}

// readRecord reads a row whose columns come before those of last.
func readRecord(ctx context.Context, op string, query *sql.Stmt, id bridge.OrderID, last ...any) (*rows.Record, error) {
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	var r rows.Record
	var due, busy any
	row := query.QueryRowContext(ctx, string(id))
	if err := row.Scan(append([]any{&r.Version, &due, &r.Schedule.Looks, &busy, &r.Doc}, last...)...); err != nil {
		return nil, asFault(op, err)
	}
	r.Schedule.DueAt, r.Schedule.BusyUntil = rows.FromMillis(due), rows.FromMillis(busy)
	return &r, nil
}

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound for an order that does not exist; Unavailable.
func (s *Store) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "store.Events"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	found, err := s.reader.QueryContext(ctx, readEvents, string(id), after)
	if err != nil {
		return nil, asFault(op, err)
	}
	events, err := collect(found, func() (bridge.Event, error) { return scanEvent(op, id, found) })
	if err == nil && len(events) == 0 {
		var there string
		err = s.reader.QueryRowContext(ctx, readOrderID, string(id)).Scan(&there)
	}
	return events, asFault(op, err)
}

func scanEvent(op string, id bridge.OrderID, found *sql.Rows) (bridge.Event, error) {
	e := bridge.Event{Order: id}
	var at any
	var data sql.RawBytes
	if err := found.Scan(&e.Sequence, &e.Type, &at, &e.Source, &data); err != nil {
		return e, err
	}
	e.At = rows.FromMillis(at)
	return e, rows.Decode(op, data, &e.Data)
}

// OrderByPaymentID finds an order by a wallet's own payment id.
//
// Faults: NotFound; Unavailable.
func (s *Store) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	const op = "store.OrderByPaymentID"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return "", asFault(op, err)
	}
	var id bridge.OrderID
	err = s.reader.QueryRowContext(ctx, readOwner, key.PaymentID, key.Wallet).Scan(&id)
	return id, asFault(op, err)
}

// collect reads rows to their end and closes them.
func collect[T any](found *sql.Rows, scan func() (T, error)) ([]T, error) {
	defer found.Close()
	var list []T
	for found.Next() {
		item, err := scan()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, found.Err()
}
