package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Orders returns orders that match, the newest first.
//
// Faults: NotFound when Before is no order of the app; Unavailable.
func (s *Store) Orders(ctx context.Context, q bridge.OrderQuery) ([]bridge.Order, error) {
	const op = "sqlstore.Orders"
	if q.Before != "" {
		if _, err := s.placeOf(ctx, op, readOrderOfApp, string(q.Before), q.App); err != nil {
			return nil, err
		}
	}
	return listOf(ctx, s, op, ordersSearch(&q), func(rows *sql.Rows) (bridge.Order, error) {
		return scanOrder(op, rows)
	})
}

// ordersSearch names its index, since SQLite knows nothing of how many rows each holds.
func ordersSearch(q *bridge.OrderQuery) *search {
	index := "orders_app"
	switch {
	case q.Reference != "":
		index = "orders_reference"
	case q.Attention != "":
		index = "orders_attention"
	}
	const columns = `select version, due_at, looks, busy_until, doc from orders`
	s := new(search)
	if q.WalletPaymentID != "" {
		s.add(`with named as (select distinct order_id from payment_ids where payment_id = ?) `, q.WalletPaymentID).
			add(strings.Replace(columns, `from `, `from named cross join `, 1) + ` on id = order_id`)
	} else {
		s.add(columns + ` indexed by ` + index)
	}
	low, high := idRange(q)
	return s.add(` where app = ? and id >= ? and id < ?`, q.App, low, high).
		filterOrders(q, "instr").add(` order by id desc limit ?`, pageSize(q.Limit))
}

// scanOrder reads an order whose columns come behind those of first.
func scanOrder(op string, rows *sql.Rows, first ...any) (bridge.Order, error) {
	var r record
	var due, busy any
	if err := rows.Scan(append(first, &r.version, &due, &r.schedule.Looks, &busy, &r.doc)...); err != nil {
		return bridge.Order{}, err
	}
	r.schedule.DueAt, r.schedule.BusyUntil = fromMillis(due), fromMillis(busy)
	return r.order(op)
}

// Refunds returns refunds that match, the newest first.
//
// Faults: NotFound when Before is no refund of the app; Unavailable.
func (s *Store) Refunds(ctx context.Context, q bridge.RefundQuery) ([]bridge.RefundEntry, error) {
	const op = "sqlstore.Refunds"
	before := newest
	if q.Before != "" {
		id, number, _ := bridge.ParseRefundID(q.Before)
		var err error
		if before, err = s.placeOf(ctx, op, readRefundPlace, string(id), number, q.App); err != nil {
			return nil, err
		}
	}
	return listOf(ctx, s, op, refundsSearch(&q, before), func(rows *sql.Rows) (e bridge.RefundEntry, err error) {
		e.Order, err = scanOrder(op, rows, &e.Number)
		return e, err
	})
}

func refundsSearch(q *bridge.RefundQuery, before int64) *search {
	const columns = `select r.number, o.version, o.due_at, o.looks, o.busy_until, o.doc from refunds as r indexed by `
	const orders = ` cross join orders as o on o.id = r.order_id where r.app = ? and r.position < ?`
	s := new(search)
	switch {
	case q.Order != "":
		s.add(columns+`refunds_order`+orders, q.App, before).add(` and r.order_id = ?`, string(q.Order))
		return s.filterRefunds(q).add(` order by r.number desc limit ?`, pageSize(q.Limit))
	case unsuccessful(q):
		s.add(columns+`refunds_other`+orders, q.App, before)
	default:
		s.add(columns+`refunds_app`+orders, q.App, before)
	}
	return s.filterRefunds(q).add(` order by r.position desc limit ?`, pageSize(q.Limit))
}

// placeOf is where something that a list goes on behind is in it.
//
// Faults: NotFound; Unavailable.
func (s *Store) placeOf(ctx context.Context, op, query string, args ...any) (place int64, err error) {
	if ctx, err = uninterrupted(ctx); err != nil {
		return 0, asFault(op, err)
	}
	err = s.reader.QueryRowContext(ctx, query, args...).Scan(&place)
	return place, asFault(op, err)
}

// listOf returns the page that a search asks for. It is interrupted when ctx ends,
// since it may read for long.
func listOf[T any](ctx context.Context, s *Store, op string, what *search, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := s.reader.QueryContext(ctx, what.text.String(), what.args...)
	if err != nil {
		return nil, listFault(ctx, op, err)
	}
	list, err := collect(rows, func() (T, error) { return scan(rows) })
	return list, listFault(ctx, op, err)
}

// scanText reads the one column of a row.
func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

// listFault gives an interrupted query its meaning: nobody waits for it any more.
func listFault(ctx context.Context, op string, err error) error {
	if err != nil && ctx.Err() != nil {
		return fault.Wrap(fault.Unavailable, op, ctx.Err())
	}
	return asFault(op, err)
}
