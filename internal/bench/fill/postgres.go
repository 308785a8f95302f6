package fill

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// postgresDatabase is a database that is written with COPY.
type postgresDatabase struct {
	conn *pgx.Conn
	tx   pgx.Tx
}

func openPostgres(ctx context.Context, url string) (database, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, errors.New("the database cannot be reached")
	}
	return &postgresDatabase{conn: conn}, nil
}

// insertable are the columns that the database does not number by itself, by table.
const insertable = `select table_name, column_name from information_schema.columns
	where table_schema = current_schema() and is_identity = 'NO' and coalesce(column_default, '') not like '%pg_current_xact_id%'
	order by table_name, ordinal_position`

func (d *postgresDatabase) tables(ctx context.Context) (list []table, err error) {
	rows, err := d.conn.Query(ctx, insertable)
	if err != nil {
		return nil, err
	}
	var name, column string
	_, err = pgx.ForEachRow(rows, []any{&name, &column}, func() error {
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, table{name: name})
		}
		t := &list[len(list)-1]
		t.columns = append(t.columns, column)
		return nil
	})
	return list, err
}

func (d *postgresDatabase) rows(ctx context.Context, t *table, wanted func(row []any) bool) (list [][]any, err error) {
	text := "select "
	for i, column := range t.columns {
		if i > 0 {
			text += ", "
		}
		text += pgx.Identifier{column}.Sanitize()
	}
	rows, err := d.conn.Query(ctx, text+" from "+pgx.Identifier{t.name}.Sanitize())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, err
		}
		if wanted(row) {
			list = append(list, row)
		}
	}
	return list, rows.Err()
}

func (d *postgresDatabase) begin(ctx context.Context) (err error) {
	d.tx, err = d.conn.Begin(ctx)
	if err == nil {
		_, err = d.tx.Exec(ctx, "set local synchronous_commit = off")
	}
	return err
}

func (d *postgresDatabase) commit(ctx context.Context) error { return d.tx.Commit(ctx) }

func (d *postgresDatabase) insert(ctx context.Context, t *table, rows [][]any) error {
	_, err := d.tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(rows))
	return err
}

func (d *postgresDatabase) size(ctx context.Context) (bytes int64, err error) {
	err = d.conn.QueryRow(ctx, "select pg_database_size(current_database())").Scan(&bytes)
	return bytes, err
}

// close lets the database learn how much it has, as its own daemon would do later, and writes
// what is not yet on the disk.
func (d *postgresDatabase) close(ctx context.Context) error {
	if d.tx != nil {
		_ = d.tx.Rollback(ctx) // of a batch that failed; there is none as a rule
	}
	_, err := d.conn.Exec(ctx, "analyze")
	return errors.Join(err, d.conn.Close(ctx))
}
