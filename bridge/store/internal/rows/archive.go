package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Orders returns orders that match, the newest first.
//
// Faults: NotFound when Before is no order of the app; Unavailable.
func (r *Resources) Orders(ctx context.Context, q store.OrderQuery) ([]bridge.Order, error) {
	const op = "store.Orders"
	if q.Before != "" {
		if _, err := r.placeOf(ctx, op, "select version from orders where id = ? and app = ?", string(q.Before), q.App); err != nil {
			return nil, err
		}
	}
	return readAll(ctx, r, op, r.dialect.Orders(&q), func(row Row) (bridge.Order, error) { return scanOrder(op, row) })
}

// scanOrder reads an order whose columns come behind those of first.
func scanOrder(op string, row Row, first ...any) (bridge.Order, error) {
	var r Record
	err := row.Scan(append(first, &r.Version, instant{&r.Schedule.DueAt}, &r.Schedule.IdleQueries, instant{&r.Schedule.BusyUntil}, &r.Doc)...)
	if err != nil {
		return bridge.Order{}, err
	}
	return r.Order(op)
}

// Refunds returns refunds that match, the newest first.
//
// Faults: NotFound when Before is no refund of the app; Unavailable.
func (r *Resources) Refunds(ctx context.Context, q store.RefundQuery) ([]store.RefundEntry, error) {
	const op = "store.Refunds"
	before := newest
	if q.Before != "" {
		id, number, _ := bridge.ParseRefundID(q.Before)
		var err error
		before, err = r.placeOf(ctx, op, "select position from refunds where order_id = ? and number = ? and app = ?", string(id), number, q.App)
		if err != nil {
			return nil, err
		}
	}
	return readAll(ctx, r, op, r.dialect.Refunds(&q, before), func(row Row) (e store.RefundEntry, err error) {
		e.Order, err = scanOrder(op, row, &e.Number)
		return e, err
	})
}

// MessageColumns are the columns of a list of messages.
const MessageColumns = `id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts,
	status, note, tried_at, dismissed_by, dismissed_note, dismissed_at, took_ms, answer_status, answer, answered_at`

// Deliveries returns messages of the outbox that match, the newest first, whatever their
// status is.
//
// Faults: NotFound when Before is no message of the app; Unavailable.
func (r *Resources) Deliveries(ctx context.Context, q store.DeliveryQuery) ([]store.DeliveryRecord, error) {
	const op = "store.Deliveries"
	before := newest
	if q.Before != "" {
		var err error
		before, err = r.placeOf(ctx, op, "select position from outbox where id = ? and app = ?", q.Before, q.App)
		if err != nil {
			return nil, err
		}
	}
	return readAll(ctx, r, op, r.dialect.Deliveries(&q, before), scanDelivery)
}

func scanDelivery(row Row) (d store.DeliveryRecord, err error) {
	var tookMillis int64
	var answer []byte
	var answeredAt time.Time
	err = row.Scan(&d.ID, &d.App, &d.Endpoint, &d.Order, &d.Sequence, &d.Type, &d.Body, instant{&d.CreatedAt}, instant{&d.RunAt},
		&d.Attempts, &d.Status, &d.Note, instant{&d.TriedAt}, &d.Dismissal.By, &d.Dismissal.Note, instant{&d.Dismissal.At},
		&tookMillis, &d.Answer.Status, &answer, instant{&answeredAt})
	d.Took, d.Answer.Body = time.Duration(tookMillis)*time.Millisecond, string(answer)
	if !answeredAt.Equal(d.TriedAt) { // a version before 17 has made the last attempt
		d.Took, d.Answer = 0, store.Answer{}
	}
	return d, err
}
