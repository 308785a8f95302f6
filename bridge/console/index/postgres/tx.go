package postgres

import (
	"context"
	"slices"
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
	batch := new(pgx.Batch)
	for len(sets) > 0 {
		n := rowsOf(text, len(sets))
		batch.Queue(numbered(repeated(text, n)), slices.Concat(sets[:n]...)...)
		sets = sets[n:]
	}
	return t.send(ctx, batch)
}

// manyRows is how many rows one statement inserts: the server takes longer to begin a statement
// than to write a row. A text is compiled for that many rows and for one.
const manyRows = 32

// rowsOf returns how many of the sets of arguments the next statement takes.
func rowsOf(text string, sets int) int {
	if sets >= manyRows && strings.HasPrefix(text, "insert ") {
		return manyRows
	}
	return 1
}

// repeated returns an insert of one row as an insert of several. No two of them have one key
// where it updates on a conflict: the rows of a step are of different orders or sums.
func repeated(text string, rows int) string {
	const values = " values "
	before, rest, _ := strings.Cut(text, values)
	row, after, found := strings.Cut(rest, ")")
	if rows == 1 || !found {
		return text
	}
	return before + values + strings.Repeat(row+"), ", rows-1) + row + ")" + after
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
