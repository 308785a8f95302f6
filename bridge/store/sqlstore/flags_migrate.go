package sqlstore

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// flagsMigration is the migration before which an order's row kept only the last of its
// reasons for attention, while its events have all of them.
const flagsMigration = 4

// flagged is the rows of orders that have reasons for attention, in a database that is
// being migrated.
type flagged interface {
	ids() ([]string, error)
	events(id bridge.OrderID) ([]bridge.Event, error)
	put(id, doc, attention string) error
}

// rewriteFlagged writes those rows as their events say.
func rewriteFlagged(rows flagged) error {
	const op = "sqlstore.migrate"
	ids, err := rows.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		events, err := rows.events(bridge.OrderID(id))
		if err != nil {
			return err
		}
		o := bridge.Replay(events)
		doc, err := encode(op, &o)
		if err != nil {
			return err
		}
		if err := rows.put(id, doc, attentionColumn(&o)); err != nil {
			return err
		}
	}
	return nil
}

type sqliteFlagged struct {
	ctx  context.Context
	conn *conn
}

func (f sqliteFlagged) ids() (ids []string, err error) {
	err = f.conn.query(f.ctx, "select id from orders where attention <> ''", func(row []driver.Value) {
		id, _ := row[0].(string)
		ids = append(ids, id)
	})
	return ids, err
}

func (f sqliteFlagged) events(id bridge.OrderID) (events []bridge.Event, err error) {
	var undecoded error
	err = f.conn.query(f.ctx, readEvents, func(row []driver.Value) {
		e, err := eventOf(id, row)
		if err != nil {
			undecoded = err
		}
		events = append(events, e)
	}, string(id), int64(0))
	if err == nil {
		err = undecoded
	}
	return events, err
}

func eventOf(id bridge.OrderID, row []driver.Value) (bridge.Event, error) {
	text := func(i int) string { s, _ := row[i].(string); return s }
	sequence, _ := row[0].(int64)
	e := bridge.Event{
		Order: id, Sequence: sequence, Type: bridge.EventType(text(1)), At: fromMillis(row[2]), Source: bridge.Source(text(3)),
	}
	return e, decode("sqlstore.migrate", []byte(text(4)), &e.Data)
}

func (f sqliteFlagged) put(id, doc, attention string) error {
	return f.conn.script(f.ctx, "update orders set doc = ?, attention = ?, version = version + 1 where id = ?", doc, attention, id)
}

type pgFlagged struct {
	ctx context.Context
	tx  pgx.Tx
}

func (f pgFlagged) ids() ([]string, error) {
	rows, err := f.tx.Query(f.ctx, "select id from orders where attention <> ''", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (f pgFlagged) events(id bridge.OrderID) ([]bridge.Event, error) {
	rows, err := f.tx.Query(f.ctx, pgReadEvents, string(id), int64(0))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (bridge.Event, error) {
		return collectEvent("sqlstore.migrate", id, row)
	})
}

func (f pgFlagged) put(id, doc, attention string) error {
	_, err := f.tx.Exec(f.ctx, "update orders set doc = $1, attention = $2, version = version + 1 where id = $3", doc, attention, id)
	return err
}
