package sqlite

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// write is one statement with its arguments, encoded and ready for the writer.
type write struct {
	statement statement
	args      []any
}

// guard is the write of an order that every other write of an update hangs on. The order
// itself changes by events only; without one, only its schedule is written. With events
// the version of the endpoints must be the one that the change saw.
func guard(op string, c *bridge.Change, read *rows.Written) (write, error) {
	if len(c.Events) == 0 {
		return write{updateSchedule, rows.ScheduleColumns(&c.Order, read)}, nil
	}
	args, err := rows.UpdateColumns(op, &c.Order, read)
	return write{updateOrder, args}, err
}

// attached are the writes that go with an order's own, whether new or changed.
func attached(op string, c *bridge.Change) ([]write, error) {
	list := make([]write, 0, len(c.Events)+len(c.Messages)+len(c.PaymentIDs)+1)
	for i := range c.Events {
		args, err := rows.EventColumns(op, &c.Events[i])
		if err != nil {
			return nil, err
		}
		list = append(list, write{insertEvent, append(args, c.Order.App)})
	}
	for _, r := range rows.TouchedRefunds(c) {
		list = append(list, write{upsertRefund, []any{
			string(c.Order.ID), int64(r.Number), c.Order.App, string(r.Status),
		}})
	}
	for i := range c.Messages {
		list = append(list, messageWrite(&c.Messages[i]))
	}
	for _, key := range c.PaymentIDs {
		list = append(list, write{insertPaymentID, []any{key.PaymentID, key.Wallet, string(c.Order.ID)}})
	}
	if c.Trace != "" {
		list = append(list, traceWrites(c)...)
	}
	if a := c.Answer; a != nil {
		list = append(list, write{answerClaim, rows.AnswerColumns(a)})
	}
	return list, nil
}

func messageWrite(m *bridge.Message) write {
	return write{insertMessage, []any{
		m.ID, m.App, m.Endpoint, string(m.Order), m.Sequence, string(m.Type), rows.Blob(m.Body),
		rows.Millis(m.CreatedAt), rows.Millis(m.RunAt), int64(m.Attempts),
	}}
}

// traceWrites store the trace context with each event of a change.
func traceWrites(c *bridge.Change) (list []write) {
	for i := range c.Events {
		list = append(list, write{insertTrace, []any{string(c.Order.ID), c.Events[i].Sequence, c.Trace}})
	}
	return list
}

func runAll(c *conn, list []write) error {
	for _, w := range list {
		if _, err := c.exec(w.statement, w.args...); err != nil {
			return err
		}
	}
	return nil
}

// UpdateOrder gives change the current order and commits what it leaves behind. The
// store does not run two changes of one order at the same time in this process, so
// change must not update the same order itself. A panic in change reaches the caller
// as it is.
//
// Faults: NotFound; Conflict for an event or message that exists already;
// Unavailable when nothing was stored, also when ctx ended before the commit began;
// Unknown when the disk failed during the commit.
func (s *Store) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	return s.changes.UpdateOrder(ctx, (*database)(s), id, change)
}

// CommitOrder commits a change that was decided on what was read.
func (d *database) CommitOrder(ctx context.Context, op string, c *bridge.Change, read *rows.Written) error {
	first, err := guard(op, c, read)
	if err != nil {
		return err
	}
	rest, err := attached(op, c)
	if err != nil {
		return err
	}
	return d.writer.do(ctx, op, func(c *conn) error {
		switch n, err := c.exec(first.statement, first.args...); {
		case err != nil:
			return err
		case n == 0:
			return rows.ErrStale
		}
		return runAll(c, rest)
	})
}
