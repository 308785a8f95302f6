package sqlstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// orderRead is one order wanted. Reads of orders are gathered as writes are, since
// every change begins with one.
type orderRead struct {
	id    string
	found bool
	record
}

// Order returns one order.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	const op = "sqlstore.Order"
	r, err := s.record(ctx, op, id)
	if err != nil {
		return bridge.Order{}, err
	}
	return r.order(op)
}

func (s *Postgres) record(ctx context.Context, op string, id bridge.OrderID) (*record, error) {
	r := &orderRead{id: plain(string(id))}
	err := s.reads.do(ctx, r)
	if err == nil && !r.found {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return nil, postgresFault(op, err)
	}
	return &r.record, nil
}

func (s *Postgres) sendReads(ctx context.Context, reads []*orderRead) error {
	return s.ask(ctx, func(batch *pgx.Batch) {
		for _, r := range reads {
			batch.Queue(pgReadOrder, r.id).Query(r.scan)
		}
	})
}

// ask makes a round trip that only reads. After a restart of the server the pool is
// full of connections that were lost and do not know it, so it goes on to the next.
func (s *Postgres) ask(ctx context.Context, queue func(*pgx.Batch)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
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
		if err := found.Scan(&r.version, &due, &r.schedule.Looks, &busy, &r.doc, &r.endpoints); err != nil {
			return err
		}
		r.schedule.DueAt, r.schedule.BusyUntil = fromNullable(due), fromNullable(busy)
		r.found = true
	}
	return found.Err()
}

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound for an order that does not exist; Unavailable.
func (s *Postgres) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "sqlstore.Events"
	events, err := query(ctx, s, func(row pgx.CollectableRow) (bridge.Event, error) {
		return collectEvent(op, id, row)
	}, pgReadEvents, string(id), after)
	if err == nil && len(events) == 0 {
		_, err = s.record(ctx, op, id)
	}
	return events, postgresFault(op, err)
}

func collectEvent(op string, id bridge.OrderID, row pgx.CollectableRow) (bridge.Event, error) {
	e := bridge.Event{Order: id}
	var at *int64
	var data []byte
	if err := row.Scan(&e.Sequence, &e.Type, &at, &e.Source, &data); err != nil {
		return e, err
	}
	e.At = fromNullable(at)
	return e, decode(op, data, &e.Data)
}

// OrderByPaymentID finds an order by a wallet's own payment id.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	ids, err := query(ctx, s, pgx.RowTo[bridge.OrderID], pgReadOwner, key.PaymentID, key.Wallet)
	if err == nil && len(ids) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return "", postgresFault("sqlstore.OrderByPaymentID", err)
	}
	return ids[0], nil
}

// query returns the rows of a query; none are no error.
func query[T any](ctx context.Context, s *Postgres, collect pgx.RowToFunc[T], text string, args ...any) ([]T, error) {
	plainAll(args)
	var list []T
	err := s.ask(ctx, func(batch *pgx.Batch) {
		batch.Queue(text, args...).Query(func(found pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list[:0], found, collect)
			return err
		})
	})
	return list, err
}
