package sqlstore

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Raw is the store's statements without what they mean: no order is decoded, encoded
// or checked. It is the yardstick for what everything above SQL costs, and for
// nothing else.
type Raw struct{ store *Store }

// Raw returns the yardstick over the same file, writer and group commit.
func (s *Store) Raw() Raw { return Raw{s} }

// Create commits the three rows of a new order: its claim, itself, its first event.
func (r Raw) Create(ctx context.Context, id, doc, event string, now time.Time) error {
	const op = "sqlstore.Raw"
	return r.store.writer.do(ctx, op, func(c *conn) error {
		return runAll(c, []write{
			{insertClaim, []any{"raw", id, []byte(id), id, now.UnixMilli(), nil, nil}},
			{insertOrder, append(append([]any{"raw", "", "USD", int64(450), now.UnixMilli()}, rawColumns(doc, now)...), id)},
			{insertEvent, []any{id, int64(1), "order.created", now.UnixMilli(), "client", event, "raw"}},
		})
	})
}

// Update commits the next state of an order with one event, and the answer to its
// claim when there is one.
func (r Raw) Update(ctx context.Context, id string, version int64, doc, event string, answer []byte, now time.Time) error {
	const op = "sqlstore.Raw"
	return r.store.writer.do(ctx, op, func(c *conn) error {
		list := []write{
			{updateOrder, append(rawColumns(doc, now), id, version, r.store.recent.lastEndpoints())},
			{insertEvent, []any{id, version + 1, "order.paid", now.UnixMilli(), "notification", event, "raw"}},
		}
		if answer != nil {
			list = append(list, write{answerClaim, []any{int64(201), answer, "raw", id}})
		}
		return runAll(c, list)
	})
}

// Read returns an order's row.
func (r Raw) Read(ctx context.Context, id string) (version int64, doc []byte, err error) {
	row, err := readRecord(ctx, "sqlstore.Raw", r.store.order, bridge.OrderID(id))
	if err != nil {
		return 0, nil, err
	}
	return row.version, row.doc, nil
}

func rawColumns(doc string, now time.Time) []any {
	return append(make([]any, 0, 12), "pending", "sandbox", "", int64(0), int64(0), now.UnixMilli(),
		nil, int64(0), nil, doc)
}
