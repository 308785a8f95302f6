package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/minitill/minitill/bridge/console/index"
)

// tx is a transaction. A statement is prepared once for all of its sets of arguments.
type tx struct{ *sql.Tx }

func (t tx) Query(ctx context.Context, text string, sets [][]any, scan func(int, index.Row) error) error {
	return t.prepared(ctx, text, sets, func(stmt *sql.Stmt, set int) error {
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
	return t.prepared(ctx, text, sets, func(stmt *sql.Stmt, set int) error {
		_, err := stmt.ExecContext(ctx, sets[set]...)
		return err
	})
}

// prepared prepares a statement and runs it with each set, until an error.
func (t tx) prepared(ctx context.Context, text string, sets [][]any, run func(stmt *sql.Stmt, set int) error) error {
	if len(sets) == 0 {
		return nil
	}
	stmt, err := t.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for set := range sets {
		if err := run(stmt, set); err != nil {
			return err
		}
	}
	return nil
}
