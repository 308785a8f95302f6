package sqlstore

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// Orders returns orders that match, the newest first.
//
// Faults: NotFound when Before is no order of the app; Unavailable.
func (s *Postgres) Orders(ctx context.Context, q bridge.OrderQuery) ([]bridge.Order, error) {
	const op = "sqlstore.Orders"
	if q.Before != "" {
		if _, err := s.placeOf(ctx, op, pgReadOrderOfApp, string(q.Before), q.App); err != nil {
			return nil, err
		}
	}
	return pgListOf(ctx, s, op, pgOrdersSearch(&q), func(row pgx.CollectableRow) (bridge.Order, error) {
		return collectOrder(op, row)
	})
}

// pgOrdersSearch sorts by what only the indexes for lists have: see the migration.
func pgOrdersSearch(q *bridge.OrderQuery) *search {
	low, high := idRange(q)
	return newSearch(`select version, due_at, looks, busy_until, doc from orders
		where app = ? and id collate "POSIX" >= ? and id collate "POSIX" < ?`, q.App, low, high).
		filterOrders(q, "strpos").where("id in (select order_id from payment_ids where payment_id = ?)", q.WalletPaymentID).
		add(` order by id collate "POSIX" desc limit ?`, pageSize(q.Limit))
}

// collectOrder reads an order whose columns come behind those of first.
func collectOrder(op string, row pgx.CollectableRow, first ...any) (bridge.Order, error) {
	var r record
	var due, busy *int64
	if err := row.Scan(append(first, &r.version, &due, &r.schedule.Looks, &busy, &r.doc)...); err != nil {
		return bridge.Order{}, err
	}
	r.schedule.DueAt, r.schedule.BusyUntil = fromNullable(due), fromNullable(busy)
	return r.order(op)
}

// Refunds returns refunds that match, the newest first.
//
// Faults: NotFound when Before is no refund of the app; Unavailable.
func (s *Postgres) Refunds(ctx context.Context, q bridge.RefundQuery) ([]bridge.RefundEntry, error) {
	const op = "sqlstore.Refunds"
	before := newest
	if q.Before != "" {
		id, number, _ := bridge.ParseRefundID(q.Before)
		var err error
		if before, err = s.placeOf(ctx, op, pgReadRefundPlace, string(id), number, q.App); err != nil {
			return nil, err
		}
	}
	return pgListOf(ctx, s, op, pgRefundsSearch(&q, before), func(row pgx.CollectableRow) (e bridge.RefundEntry, err error) {
		e.Order, err = collectOrder(op, row, &e.Number)
		return e, err
	})
}

// pgRefundsSearch looks up the order of each refund by itself: offset 0 keeps the
// planner from reading all orders instead.
func pgRefundsSearch(q *bridge.RefundQuery, before int64) *search {
	s := newSearch(`select r.number, o.version, o.due_at, o.looks, o.busy_until, o.doc from refunds as r
		cross join lateral (select * from orders where id = r.order_id offset 0) as o where r.position + 0 < ?`, before)
	if q.Order != "" {
		return s.add(` and r.order_id = ? and o.app = ?`, string(q.Order), q.App).
			filterRefunds(q).add(` order by r.number desc limit ?`, pageSize(q.Limit))
	}
	return s.add(` and r.app = ?`, q.App).
		filterRefunds(q).add(` order by r.position + 0 desc limit ?`, pageSize(q.Limit))
}

// placeOf is where something that a list goes on behind is in it.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) placeOf(ctx context.Context, op, text string, args ...any) (int64, error) {
	places, err := query(ctx, s, pgx.RowTo[int64], text, args...)
	if err == nil && len(places) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		return 0, postgresFault(op, err)
	}
	return places[0], nil
}

// pgListOf returns the page that a search asks for.
func pgListOf[T any](ctx context.Context, s *Postgres, op string, what *search, collect pgx.RowToFunc[T]) ([]T, error) {
	var text strings.Builder
	number(&text, what.text.String(), 0)
	list, err := query(ctx, s, collect, text.String(), what.args...)
	return list, postgresFault(op, err)
}
