package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// primary is the part of a result code that describes what kind it is; the rest is detail.
const primary = 0xff

// asFault gives an error that came before a commit its meaning: nothing was stored.
// The cause, which may hold SQL, is for the log.
func asFault(op string, err error) error {
	var known *fault.Error
	var driver *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(fault.NotFound, op, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return rows.Unavailable(op, err)
	case errors.As(err, &driver):
		return driverFault(op, driver)
	}
	return fault.Wrap(fault.Internal, op, err)
}

// ofSQLite reports whether an error came from SQLite, or from a panic, and so says nothing
// about the state of the transaction.
func ofSQLite(err error) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) || errors.Is(err, errPanic)
}

func driverFault(op string, err *sqlite.Error) error {
	switch err.Code() & primary {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM:
		return rows.Unavailable(op, err)
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Wrap(fault.Conflict, op, err)
	}
	return fault.Wrap(fault.Internal, op, err)
}

// isBusy reports whether SQLite gave up because another connection holds a lock.
func isBusy(err error) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && driver.Code()&primary == sqlite3.SQLITE_BUSY
}

// commitFault gives the failure of a commit its meaning. The record that makes a
// commit valid is written last: when a write was refused, nothing was stored. When
// the disk failed to confirm what it was given, the outcome is unknown.
func commitFault(op string, err error) error {
	var driver *sqlite.Error
	if !errors.As(err, &driver) {
		return fault.Wrap(fault.Unknown, op, err)
	}
	switch code := driver.Code(); {
	case code == sqlite3.SQLITE_IOERR_WRITE:
		return rows.Unavailable(op, err)
	case code&primary == sqlite3.SQLITE_FULL, code&primary == sqlite3.SQLITE_READONLY,
		code&primary == sqlite3.SQLITE_BUSY, code&primary == sqlite3.SQLITE_CANTOPEN:
		return rows.Unavailable(op, err)
	}
	return fault.Wrap(fault.Unknown, op, err)
}
