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
	if err := row.Scan(append([]any{&r.Version, &due, &r.Schedule.IdleQueries, &busy, &r.Doc}, last...)...); err != nil {
		return nil, asFault(op, err)
	}
	r.Schedule.DueAt, r.Schedule.BusyUntil = rows.FromMillis(due), rows.FromMillis(busy)
	return &r, nil
}
