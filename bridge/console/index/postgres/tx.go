package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/console/index"
)

// tx is a transaction. All sets of arguments of a statement go in one round trip.
type tx struct{ pgx.Tx }

func (t tx) Query(ctx context.Context, text string, sets [][]any, scan func(int, index.Row) error) error {
	text = numbered(text)
	batch := new(pgx.Batch)
	for set, args := range sets {
		batch.Queue(text, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := scan(set, rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	return t.send(ctx, batch)
}

func (t tx) Exec(ctx context.Context, text string, sets [][]any) error {
	text = numbered(text)
	batch := new(pgx.Batch)
	for _, args := range sets {
		batch.Queue(text, args...)
	}
	return t.send(ctx, batch)
}

func (t tx) send(ctx context.Context, batch *pgx.Batch) error {
	if batch.Len() == 0 {
		return nil
	}
	return t.SendBatch(ctx, batch).Close()
}

// numbered returns a text with its parameters in the form of PostgreSQL.
func numbered(text string) string {
	parts := strings.Split(text, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
