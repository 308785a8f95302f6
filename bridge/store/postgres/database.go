package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

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

// numbered is a text of package rows with its parameters in the form of PostgreSQL.
func numbered(text string) string {
	var b strings.Builder
	number(&b, text, 0)
	return b.String()
}

// Query reads rows in one round trip.
//
// Faults: Unavailable.
func (d *database) Query(ctx context.Context, op string, q *rows.Search, read func(rows.Rows) error) error {
	return postgresFault(op, (*Store)(d).read(ctx, numbered(q.Text()), q.Args, func(found pgx.Rows) error {
		return read(textRows{found})
	}))
}

// textRows are rows whose texts are stored by plain.
type textRows struct{ pgx.Rows }

func (r textRows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	for _, d := range dest {
		if text := rows.TextOf(d); text != nil {
			*text = original(*text)
		}
	}
	return err
}

// Exec commits one statement, together with those of other callers when it has a lock.
//
// Faults: Conflict; Unavailable; Unknown.
func (d *database) Exec(ctx context.Context, s *rows.Statement) (int64, error) {
	t := &task{op: s.Op, lock: s.Lock, text: numbered(s.Text), args: s.Args}
	send := (*Store)(d).write
	if t.lock == "" {
		send = (*Store)(d).writeAlone
	}
	err := send(ctx, t)
	s.Retried = t.retried
	return t.rows, err
}

// ExecAll commits statements in one transaction.
//
// Faults: Conflict; Unavailable; Unknown.
func (d *database) ExecAll(ctx context.Context, op string, list []rows.Statement) ([]int64, error) {
	tasks := make([]*task, len(list))
	for i := range list {
		tasks[i] = &task{op: op, text: numbered(list[i].Text), args: list[i].Args}
		plainAll(tasks[i].args)
	}
	err := (*Store)(d).sendWrites(ctx, tasks)
	switch {
	case isLost(err):
		return nil, rows.Unknown(op, err)
	case err != nil:
		return nil, postgresFault(op, err)
	}
	return column(tasks, func(t **task) int64 { return (*t).rows }), nil
}

// Write commits a write together with its claim, in one statement: the write hangs on the
// claim, and both on the row that must be there. When the key is taken, nothing is written
// and the older claim returned.
//
// Faults: Conflict; Unavailable; Unknown. ErrStale when an update finds no row.
func (d *database) Write(ctx context.Context, w *rows.Write) (bridge.Claim, error) {
	t := &task{op: w.Op, claim: w.Claim}
	t.text, t.args = compose(writeParts(w))
	if w.Endpoints {
		t.registry = changesRegistry
	}
	err := (*Store)(d).writeAlone(ctx, t)
	w.Wrote, w.Retried = err == nil && t.rows > 0, t.retried
	switch {
	case err != nil:
		return bridge.Claim{}, err
	case w.Wrote && w.Claim != nil:
		return *w.Claim, nil
	case w.Wrote:
		return bridge.Claim{}, nil
	}
	held, err := (*Store)(d).held(ctx, t)
	switch {
	case err != nil:
		return bridge.Claim{}, err
	case held != nil:
		return *held, nil
	}
	return bridge.Claim{}, rows.ErrStale
}

func writeParts(w *rows.Write) []part {
	there, claim := part{text: partNothing}, part{text: partNoClaim}
	if w.Where != "" {
		there = part{"t as (select 1 from " + w.Table + " where " + w.Where + " for update)", w.WhereArgs}
	}
	if w.Claim != nil {
		claim = part{partClaimOfAny, rows.ClaimColumns(w.Claim)}
	}
	parts := []part{there, claim, {"o as (" + w.TextFrom("k") + " returning 1)", w.All()}}
	if w.Endpoints {
		parts = append(parts, part{text: partRaise})
	}
	return append(parts, answerParts(w.Answer)...)
}

// ChangeRestoration runs change in a transaction, again when the server has rolled it back
// for the sake of another.
//
// Faults: those of change; Unavailable; Unknown.
func (d *database) ChangeRestoration(ctx context.Context, op string, mark *rows.Statement, change func(store.Restoration) (store.Restoration, error)) (next store.Restoration, err error) {
	for range maxRuns {
		committing := false
		err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
			next, err = changeRestorationIn(ctx, op, tx, mark, change)
			committing = err == nil
			return err
		})
		switch {
		case err == nil:
			return next, nil
		case committing && codeOf(err) == "":
			return next, rows.Unknown(op, err)
		case !collided(err):
			return next, postgresFault(op, err)
		}
	}
	return next, postgresFault(op, err)
}

func changeRestorationIn(ctx context.Context, op string, tx pgx.Tx, mark *rows.Statement, change func(store.Restoration) (store.Restoration, error)) (next store.Restoration, err error) {
	if _, err := tx.Exec(ctx, lockRegistry, int64(migrationLock)); err != nil {
		return next, err
	}
	found, err := tx.Query(ctx, rows.ReadRestoration)
	if err != nil {
		return next, err
	}
	docs, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		return next, err
	}
	next, doc, err := rows.NextRestoration(op, docs, change)
	if err == nil && mark != nil {
		_, err = tx.Exec(ctx, numbered(mark.Text), mark.Args...)
	}
	if err == nil {
		_, err = tx.Exec(ctx, numbered(rows.UpsertRestoration), doc)
	}
	return next, err
}

// RemoveEndpoint forgets an endpoint; its undelivered messages become dead.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "store.RemoveEndpoint"
	return rows.RemoveEndpoint(ctx, &s.resources, op, app, id, func() (killed int64, err error) {
		var removed int64
		t := &task{op: op, text: removeEndpoint, args: []any{rows.NoteRemoved, app, id, int64(rows.RemoveStep)}, registry: changesRegistry}
		t.read = func(found pgx.Rows) error {
			for found.Next() {
				if err := found.Scan(&killed, &removed); err != nil {
					return err
				}
			}
			t.rows = killed + removed
			return found.Err()
		}
		err = s.writeAlone(ctx, t)
		if err == nil && killed < rows.RemoveStep && removed == 0 && !t.retried {
			err = fault.New(fault.NotFound, op, "There is no such endpoint.")
		}
		return killed, err
	})
}
