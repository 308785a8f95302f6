package sqlstore

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
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
	const op = "sqlstore.Order"
	r, err := readRecord(ctx, op, s.order, id)
	if err != nil {
		return bridge.Order{}, err
	}
	return r.order(op)
}

// record is an order to be changed, with the version of the endpoints in the same
// snapshot.
func (s *Store) record(ctx context.Context, op string, id bridge.OrderID) (*record, error) {
	var endpoints int64
	r, err := readRecord(ctx, op, s.change, id, &endpoints)
	if err != nil {
		return nil, err
	}
	r.endpoints = endpoints
	return r, nil
}

// readRecord reads a row whose columns come before those of last.
func readRecord(ctx context.Context, op string, query *sql.Stmt, id bridge.OrderID, last ...any) (*record, error) {
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	var r record
	var due, busy any
	row := query.QueryRowContext(ctx, string(id))
	if err := row.Scan(append([]any{&r.version, &due, &r.schedule.Looks, &busy, &r.doc}, last...)...); err != nil {
		return nil, asFault(op, err)
	}
	r.schedule.DueAt, r.schedule.BusyUntil = fromMillis(due), fromMillis(busy)
	return &r, nil
}

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound for an order that does not exist; Unavailable.
func (s *Store) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "sqlstore.Events"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	rows, err := s.reader.QueryContext(ctx, readEvents, string(id), after)
	if err != nil {
		return nil, asFault(op, err)
	}
	events, err := collect(rows, func() (bridge.Event, error) { return scanEvent(op, id, rows) })
	if err == nil && len(events) == 0 {
		var found string
		err = s.reader.QueryRowContext(ctx, readOrderID, string(id)).Scan(&found)
	}
	return events, asFault(op, err)
}

func scanEvent(op string, id bridge.OrderID, rows *sql.Rows) (bridge.Event, error) {
	e := bridge.Event{Order: id}
	var at any
	var data sql.RawBytes
	if err := rows.Scan(&e.Sequence, &e.Type, &at, &e.Source, &data); err != nil {
		return e, err
	}
	e.At = fromMillis(at)
	return e, decode(op, data, &e.Data)
}

// OrderByPaymentID finds an order by a wallet's own payment id.
//
// Faults: NotFound; Unavailable.
func (s *Store) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	const op = "sqlstore.OrderByPaymentID"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return "", asFault(op, err)
	}
	var id bridge.OrderID
	err = s.reader.QueryRowContext(ctx, readOwner, key.PaymentID, key.Wallet).Scan(&id)
	return id, asFault(op, err)
}

// collect reads rows to their end and closes them.
func collect[T any](rows *sql.Rows, scan func() (T, error)) ([]T, error) {
	defer rows.Close()
	var list []T
	for rows.Next() {
		item, err := scan()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}
