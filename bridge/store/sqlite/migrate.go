package sqlite

import (
	"context"
	"database/sql/driver"
	"embed"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

//go:embed migrations/*.sql
var migrations embed.FS

const migrationTable = `create table if not exists migrations (
	version integer primary key, name text not null, applied_at integer not null) strict`

// migrate brings the schema up to date in one transaction, so that of several processes
// that start at once one does the work and the others find it done.
func migrate(ctx context.Context, c *conn) (err error) {
	list, err := rows.Migrations(migrations)
	if err != nil {
		return err
	}
	if err := c.script(ctx, "begin immediate"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.script(ctx, "rollback"))
		}
	}()
	if err := apply(ctx, c, list); err != nil {
		return err
	}
	return c.script(ctx, "commit")
}

func apply(ctx context.Context, c *conn, list []rows.Migration) error {
	if err := c.script(ctx, migrationTable); err != nil {
		return err
	}
	var have int64
	err := c.query(ctx, "select coalesce(max(version), 0) from migrations", func(row []driver.Value) {
		have, _ = row[0].(int64)
	})
	if err != nil {
		return err
	}
	if rows.Ahead(list, have, func(last int64) (n int64, err error) {
		err = c.query(ctx, rows.ReadRefusing, func(row []driver.Value) { n, _ = row[0].(int64) }, last, last)
		return n, err
	}) {
		return nil
	}
	missing, err := rows.Unapplied("sqlite.Open", list, have)
	if err != nil {
		return err
	}
	return rows.Apply(schema{ctx, c}, missing)
}

// schema is a database that is being migrated.
type schema struct {
	ctx  context.Context
	conn *conn
}

func (s schema) Script(text string) error { return s.conn.script(s.ctx, text) }

func (s schema) Applied(m *rows.Migration) error {
	return s.conn.script(s.ctx, "insert into migrations values (?, ?, ?)", m.Version, m.Name, time.Now().UnixMilli())
}

func (s schema) Flagged() (ids []string, err error) {
	err = s.conn.query(s.ctx, "select id from orders where attention <> ''", func(row []driver.Value) {
		id, _ := row[0].(string)
		ids = append(ids, id)
	})
	return ids, err
}

func (s schema) Events(id bridge.OrderID) (events []bridge.Event, err error) {
	var undecoded error
	err = s.conn.query(s.ctx, rows.ReadEvents, func(row []driver.Value) {
		e, err := eventOf(id, row)
		undecoded = errors.Join(undecoded, err)
		events = append(events, e)
	}, string(id), int64(0))
	return events, errors.Join(err, undecoded)
}

func eventOf(id bridge.OrderID, row []driver.Value) (bridge.Event, error) {
	text := func(i int) string { s, _ := row[i].(string); return s }
	sequence, _ := row[0].(int64)
	e := bridge.Event{
		Order: id, Sequence: sequence, Type: bridge.EventType(text(1)), At: rows.FromMillis(row[2]), Source: bridge.Source(text(3)),
	}
	return e, rows.Decode("sqlite.Open", []byte(text(4)), &e.Data)
}

func (s schema) PutOrder(id, doc, attention string) error {
	return s.conn.script(s.ctx, "update orders set doc = ?, attention = ?, version = version + 1 where id = ?", doc, attention, id)
}
