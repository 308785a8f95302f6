package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"modernc.org/sqlite"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// Applied returns the names of the migrations that the SQLite file at path has, oldest
// first: none when there is no file, which is not made.
//
// Faults: Unavailable.
func Applied(ctx context.Context, path string) (names []string, err error) {
	const op = "sqlite.Applied"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	useOFDLocks()
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
	err = rows.Decode(op, []byte(list), &names)
	return names, err
}

// Compatible reports whether this program may run on the SQLite file at path, though it has later
// migrations than this program brings: each of them names an older version that may.
//
// Faults: Unavailable; Internal when the file cannot be read as a database.
func Compatible(ctx context.Context, path string) (ok bool, err error) {
	list, err := rows.Migrations(migrations)
	if err != nil {
		return false, err
	}
	useOFDLocks()
	err = withDatabase(dsn(path, reading), func(db *sql.DB) error {
		var have int64
		err := db.QueryRowContext(ctx, "select coalesce(max(version), 0) from migrations").Scan(&have)
		ok = rows.Ahead(list, have, func(last int64) (n int64, err error) {
			err = db.QueryRowContext(ctx, rows.ReadRefusing, last, last).Scan(&n)
			return n, err
		})
		return err
	})
	return ok, asFault("sqlite.Compatible", err)
}

// LastRestoration returns the last restoration of the SQLite file at path, without bringing
// it up to date: the zero value when there was none, or no file.
//
// Faults: Unavailable; Internal when the file cannot be read as a database.
func LastRestoration(ctx context.Context, path string) (last store.Restoration, err error) {
	const op = "sqlite.LastRestoration"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	useOFDLocks()
	var docs []string
	err = withDatabase(dsn(path, reading), func(db *sql.DB) error {
		var there int
		err := db.QueryRowContext(ctx, "select count(*) from sqlite_schema where name = 'restoration'").Scan(&there)
		if err != nil || there == 0 {
			return err
		}
		var doc string
		err = db.QueryRowContext(ctx, rows.ReadRestoration).Scan(&doc)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		docs = append(docs, doc)
		return err
	})
	if err != nil {
		return last, asFault(op, err)
	}
	last, _, err = rows.NextRestoration(op, docs, func(r store.Restoration) (store.Restoration, error) { return r, nil })
	return last, err
}

// Known returns the names of the migrations that this program brings, oldest first.
func Known() ([]string, error) { return rows.MigrationNames(migrations) }
