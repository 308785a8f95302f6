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
	if len(sets) == 0 {
		return nil
	}
	stmt, err := t.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for set, args := range sets {
		if err := query(ctx, stmt, args, func(row index.Row) error { return scan(set, row) }); err != nil {
			return err
		}
	}
	return nil
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
	if len(sets) == 0 {
		return nil
	}
	stmt, err := t.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, args := range sets {
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
