package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"
)

// Applied returns the names of the migrations that the SQLite file at path has, oldest
// first: none when there is no file, which is not made.
//
// Faults: Unavailable.
func Applied(ctx context.Context, path string) (names []string, err error) {
	const op = "sqlstore.Applied"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	protectLocks()
	connector, err := sqlite.NewConnector(dsn(path, reading))
	if err != nil {
		return nil, asFault(op, err)
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	var there int
	err = db.QueryRowContext(ctx, "select count(*) from sqlite_schema where name = 'migrations'").Scan(&there)
	if err != nil || there == 0 {
		return nil, asFault(op, err)
	}
	var list string
	err = db.QueryRowContext(ctx, "select json_group_array(name order by version) from migrations").Scan(&list)
	if err != nil {
		return nil, asFault(op, err)
	}
	err = decode(op, []byte(list), &names)
	return names, err
}

// AppliedPostgres is Applied for the database at url. It prepares no statement, so it
// may be behind a pooler.
//
// Faults: Invalid for the url; Unavailable.
func AppliedPostgres(ctx context.Context, url string) ([]string, error) {
	const op = "sqlstore.AppliedPostgres"
	config, err := parsePostgresURL(url)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "select name from migrations order by version", pgx.QueryExecModeExec)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if codeOf(err) == undefinedTable {
		return nil, nil
	}
	return names, postgresFault(op, err)
}
