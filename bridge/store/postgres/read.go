package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/patience"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// orderRead is one order wanted. Reads of orders are gathered as writes are, since
// every change begins with one.
type orderRead struct {
	id    string
	found bool
	rows.Record
}

// Order returns one order.
//
// Faults: NotFound; Unavailable.
func (s *Store) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	const op = "store.Order"
	r, err := (*database)(s).ReadOrder(ctx, op, id)
	if err != nil {
		return bridge.Order{}, err
	}
	return r.Order(op)
}

// ReadOrder reads an order with the version of the endpoints.
func (d *database) ReadOrder(ctx context.Context, op string, id bridge.OrderID) (*rows.Record, error) {
	r := &orderRead{id: plain(string(id))}
	err := d.reads.do(ctx, r)
	if err == nil && !r.found {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return nil, postgresFault(op, err)
	}
	return &r.Record, nil
}

func (s *Store) sendReads(ctx context.Context, reads []*orderRead) error {
	return s.readOnly(ctx, func(batch *pgx.Batch) {
		for _, r := range reads {
			batch.Queue(readOrder, r.id).Query(r.scan)
		}
	})
}

// readOnly makes a round trip that only reads. After a restart of the server the pool is
// full of connections that were lost and do not know it, so it continues with the next.
func (s *Store) readOnly(ctx context.Context, queue func(*pgx.Batch)) error {
	ctx, cancel := context.WithTimeout(ctx, patience.Timeout)
	defer cancel()
	for tries := s.conns; ; tries-- {
		var batch pgx.Batch
		queue(&batch)
		err := s.roundTrip(ctx, &batch)
		if !isLost(err) || tries <= 0 || ctx.Err() != nil {
			return err
		}
	}
}

func (r *orderRead) scan(found pgx.Rows) error {
	for found.Next() {
		var due, busy *int64
		if err := found.Scan(&r.Version, &due, &r.Schedule.IdleQueries, &busy, &r.Doc, &r.Endpoints); err != nil {
			return err
		}
		r.Schedule.DueAt, r.Schedule.BusyUntil = fromNullable(due), fromNullable(busy)
		r.found = true
	}
	return found.Err()
}

// query returns the rows of a query; none are no error.
func query[T any](ctx context.Context, s *Store, collect pgx.RowToFunc[T], text string, args ...any) ([]T, error) {
	var list []T
	err := s.read(ctx, text, args, func(found pgx.Rows) (err error) {
		list, err = pgx.AppendRows(list[:0], found, collect)
		return err
	})
	return list, err
}

// read sends one query in a round trip of its own and gives its rows to visit, again when
// the connection was lost.
func (s *Store) read(ctx context.Context, text string, args []any, visit func(pgx.Rows) error) error {
	plainAll(args)
	return s.readOnly(ctx, func(batch *pgx.Batch) { batch.Queue(text, args...).Query(visit) })
}
