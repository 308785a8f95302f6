package fill

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// sqliteFile is an SQLite file that is written without syncing. Its indexes are dropped before
// and made again at the end, which is faster than keeping them.
type sqliteFile struct {
	path    string
	db      *sql.DB
	conn    *sql.Conn
	indexes []string // the statements that make them
}

func openSQLite(ctx context.Context, path string) (database, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(DELETE)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)&_pragma=temp_store(FILE)")
	if err != nil {
		return nil, err
	}
	f := &sqliteFile{path: path, db: db}
	if f.conn, err = db.Conn(ctx); err == nil {
		err = f.dropIndexes(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return f, nil
}

// dropIndexes drops all indexes that were made by a statement of their own, except unique ones.
func (f *sqliteFile) dropIndexes(ctx context.Context) error {
	found, err := f.strings(ctx, `select sql from sqlite_master where type = 'index' and sql is not null order by rowid`)
	if err != nil {
		return err
	}
	names, err := f.strings(ctx, `select name from sqlite_master where type = 'index' and sql is not null order by rowid`)
	if err != nil {
		return err
	}
	for i, name := range names {
		if strings.HasPrefix(strings.ToLower(found[i]), "create unique") {
			continue
		}
		if _, err := f.conn.ExecContext(ctx, `drop index "`+name+`"`); err != nil {
			return err
		}
		f.indexes = append(f.indexes, found[i])
	}
	return nil
}

func (f *sqliteFile) strings(ctx context.Context, query string) (list []string, err error) {
	rows, err := f.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

func (f *sqliteFile) tables(ctx context.Context) ([]table, error) {
	names, err := f.strings(ctx, `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`)
	if err != nil {
		return nil, err
	}
	tables := make([]table, len(names))
	for i, name := range names {
		// An integer that is the primary key alone numbers the rows.
		tables[i].name = name
		tables[i].columns, err = f.strings(ctx, `select name from pragma_table_info('`+name+`') where pk = 0 or lower(type) <> 'integer'
			or (select count(*) from pragma_table_info('`+name+`') where pk > 0) > 1 order by cid`)
		if err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func (f *sqliteFile) rows(ctx context.Context, t *table, wanted func(row []any) bool) (list [][]any, err error) {
	rows, err := f.conn.QueryContext(ctx, `select "`+strings.Join(t.columns, `", "`)+`" from "`+t.name+`"`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, len(t.columns))
		to := make([]any, len(row))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		if !wanted(row) {
			continue
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && len(b) == 0 {
				row[i] = []byte{} // a nil one would be stored as null
			}
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

func (f *sqliteFile) begin(ctx context.Context) error  { return f.exec(ctx, "begin immediate") }
func (f *sqliteFile) commit(ctx context.Context) error { return f.exec(ctx, "commit") }

func (f *sqliteFile) exec(ctx context.Context, text string) error {
	_, err := f.conn.ExecContext(ctx, text)
	return err
}

func (f *sqliteFile) insert(ctx context.Context, t *table, rows [][]any) error {
	stmt, err := f.conn.PrepareContext(ctx, `insert into "`+t.name+`" ("`+strings.Join(t.columns, `", "`)+`") values (?`+strings.Repeat(", ?", len(t.columns)-1)+`)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}

func (f *sqliteFile) size(context.Context) (int64, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// close makes the indexes again, so that the file is one of the store.
func (f *sqliteFile) close(ctx context.Context) error {
	_ = f.exec(ctx, "rollback") // of a batch that failed; there is none as a rule
	var faults []error
	for _, text := range f.indexes {
		faults = append(faults, f.exec(ctx, text))
	}
	return errors.Join(append(faults, f.conn.Close(), f.db.Close())...)
}
