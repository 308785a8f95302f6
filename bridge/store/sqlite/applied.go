package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"modernc.org/sqlite"

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
