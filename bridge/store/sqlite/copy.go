package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"modernc.org/sqlite"

	"github.com/minitill/minitill/fault"
)

// Copy writes the committed state of the database file at path to the file at into, which
// must be empty or absent, while other connections and processes go on reading and writing.
// It uses a connection of its own, which holds one read transaction for as long as the copy
// takes. When it returns, the copy has passed Check and is durable, except for its entry in
// the directory. A database that is not there is not made.
//
// Faults: Unavailable; Internal when the copy does not pass Check.
func Copy(ctx context.Context, path, into string) error {
	const op = "sqlite.Copy"
	useOFDLocks()
	err := withDatabase(dsn(path, []string{"temp_store(MEMORY)"})+"&mode=rw", func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "vacuum into ?", into)
		return err
	})
	if err == nil {
		err = syncFile(into) // no connection uses the copy
	}
	if err != nil {
		return asFault(op, err)
	}
	return Check(ctx, into)
}

// Check reads every page of a database file that no process uses, and fails unless it is
// sound. It writes nothing.
//
// Faults: Unavailable; Internal when the file is damaged, or is no database.
func Check(ctx context.Context, path string) error {
	const op = "sqlite.Check"
	useOFDLocks()
	var result string
	err := withDatabase(dsn(path, reading)+"&mode=ro", func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&result)
	})
	if err == nil && result != "ok" {
		return fault.New(fault.Internal, op, "The database file is damaged: "+result)
	}
	return asFault(op, err)
}

func withDatabase(dsn string, use func(*sql.DB) error) error {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return errors.Join(use(db), db.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
