package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// database is a Store as package rows uses it.
type database Store

var (
	_ rows.Database = (*database)(nil)
	_ rows.Orders   = (*database)(nil)
)

// Query is interrupted when ctx ends, unless it is short.
//
// Faults: Unavailable.
func (d *database) Query(ctx context.Context, op string, q *rows.Search, read func(rows.Rows) error) error {
	found, err := d.find(ctx, q)
	if err == nil {
		err = read(found)
		_ = found.Close()
	}
	if err != nil && ctx.Err() != nil {
		return fault.Wrap(fault.Unavailable, op, ctx.Err())
	}
	return asFault(op, err)
}

// find runs a search. A short one is prepared once and runs to its end.
func (d *database) find(ctx context.Context, q *rows.Search) (*sql.Rows, error) {
	if !q.Short {
		return d.reader.QueryContext(ctx, q.Text(), q.Args...)
	}
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, err
	}
	return d.short.query(ctx, q.Text(), q.Args)
}

// Exec commits one statement together with what else is waiting.
//
// Faults: Conflict; Unavailable; Unknown.
func (d *database) Exec(ctx context.Context, s *rows.Statement) (n int64, err error) {
	err = d.writer.do(ctx, s.Op, func(c *conn) (err error) {
		n, err = c.run(s.Text, s.Args...)
		return err
	})
	return n, err
}

// ExecAll commits statements in one transaction.
//
// Faults: Conflict; Unavailable; Unknown.
func (d *database) ExecAll(ctx context.Context, op string, list []rows.Statement) (wrote []int64, err error) {
	err = d.writer.do(ctx, op, func(c *conn) error {
		wrote = make([]int64, len(list))
		for i := range list {
			if wrote[i], err = c.run(list[i].Text, list[i].Args...); err != nil {
				return err
			}
		}
		return nil
	})
	return wrote, err
}

// Write commits a write together with its claim. When the key is taken, nothing is
// written and the older claim returned.
//
// Faults: Conflict; Unavailable; Unknown. ErrStale when an update finds no row.
func (d *database) Write(ctx context.Context, w *rows.Write) (held bridge.Claim, err error) {
	err = d.writer.do(ctx, w.Op, func(c *conn) (err error) {
		if w.Claim != nil {
			var taken bool
			if held, taken, err = take(c, insertClaim, rows.ClaimColumns(w.Claim), w.Claim); err != nil || taken {
				return err
			}
		}
		w.Wrote = true
		return writeIn(c, w)
	})
	if err != nil {
		w.Wrote = false
		return bridge.Claim{}, err
	}
	return held, nil
}

func writeIn(c *conn, w *rows.Write) error {
	n, err := c.run(w.Text(), w.All()...)
	if err == nil && n == 0 {
		err = rows.ErrStale
	}
	if err == nil && w.Endpoints {
		_, err = c.exec(raiseRegistry)
	}
	if err == nil && w.Answer != nil {
		_, err = c.exec(answerClaim, rows.AnswerColumns(w.Answer)...)
	}
	return err
}

// ChangeRestoration stores what change makes of the last restoration.
//
// Faults: those of change; Unavailable; Unknown.
func (d *database) ChangeRestoration(ctx context.Context, op string, mark *rows.Statement, change func(store.Restoration) (store.Restoration, error)) (next store.Restoration, err error) {
	err = d.writer.do(ctx, op, func(c *conn) error {
		var docs []string
		err := c.query(context.Background(), rows.ReadRestoration, func(row []driver.Value) {
			doc, _ := row[0].(string)
			docs = append(docs, doc)
		})
		var doc string
		if err == nil {
			next, doc, err = rows.NextRestoration(op, docs, change)
		}
		if err == nil && mark != nil {
			_, err = c.run(mark.Text, mark.Args...)
		}
		if err == nil {
			_, err = c.run(rows.UpsertRestoration, doc)
		}
		return err
	})
	return next, err
}

// RemoveEndpoint forgets an endpoint; its undelivered messages become dead.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "store.RemoveEndpoint"
	return rows.RemoveEndpoint(ctx, &s.resources, op, app, id, func() (killed int64, err error) {
		err = s.writer.do(ctx, op, func(c *conn) (err error) {
			killed, err = c.exec(killMessages, rows.NoteRemoved, app, id, int64(rows.RemoveStep))
			if err != nil || killed == rows.RemoveStep {
				return err
			}
			n, err := c.exec(deleteEndpoint, app, id)
			if err == nil && n == 0 {
				err = sql.ErrNoRows
			}
			if err == nil {
				_, err = c.exec(raiseRegistry)
			}
			return err
		})
		return killed, err
	})
}
