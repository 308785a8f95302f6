package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/minitill/minitill/bridge/console/index"
)

// tx is the transaction that is open on a connection.
type tx struct{ *connection }

func (t tx) Query(ctx context.Context, text string, sets [][]any, scan func(int, index.Row) error) error {
	return t.each(ctx, text, len(sets), func(ctx context.Context, stmt *sql.Stmt, set int) error {
		return query(ctx, stmt, sets[set], func(row index.Row) error { return scan(set, row) })
	})
}

func query(ctx context.Context, stmt *sql.Stmt, args []any, scan func(index.Row) error) error {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = scan(rows)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

func (t tx) Exec(ctx context.Context, text string, sets [][]any) error {
	return t.each(ctx, text, len(sets), func(ctx context.Context, stmt *sql.Stmt, set int) error {
		_, err := stmt.ExecContext(ctx, sets[set]...)
		return err
	})
}

// each runs a statement once for each set of arguments, until an error or the end of ctx. The
// driver starts a goroutine for a statement whose context can end, which takes as long as to
// write a row. The statements are short, so ctx is looked at between them.
func (t tx) each(ctx context.Context, text string, sets int, run func(ctx context.Context, stmt *sql.Stmt, set int) error) error {
	endless := context.WithoutCancel(ctx)
	for set := range sets {
		if err := ctx.Err(); err != nil {
			return err
		}
		stmt, err := t.prepared(endless, text)
		if err == nil {
			err = run(endless, stmt, set)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
