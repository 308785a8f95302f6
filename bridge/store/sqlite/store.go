package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// busyPause is how long an opener that SQLite refused at once waits before it tries again.
const busyPause = 5 * time.Millisecond

// Store is a engine.Store in an SQLite file. Methods that are not listed here do as
// engine.Store says.
type Store struct {
	resources
	writer  *writer
	reader  *sql.DB
	order   *sql.Stmt // the query of the hot path
	change  *sql.Stmt // the same, with the version of the endpoints
	short   prepared  // the other queries of one row
	changes *rows.Changes
}

// resources are what both databases store in the same way.
type resources = rows.Resources

// Open opens the store in the file at path, making the file when there is none, and
// brings its tables up to date. The directory must exist. Several stores, of one
// process or of many, may share a file. On Linux the process may also read that file by
// other means, unless it has used SQLite before with POSIX locks; elsewhere opening and
// closing it would release the locks that guard it against other processes. The file
// beside it that ends with -shm is for SQLite alone.
//
// Faults: Unavailable when the file cannot be opened or written; Unsupported when
// its tables are newer than this program.
func Open(ctx context.Context, path string) (*Store, error) {
	const op = "sqlite.Open"
	useOFDLocks()
	if err := makeFile(path); err != nil {
		return nil, rows.Unavailable(op, err)
	}
	c, err := openWriter(ctx, path)
	if err != nil {
		return nil, asFault(op, err)
	}
	s := &Store{changes: rows.NewChanges()}
	s.resources = rows.NewResources((*database)(s), dialect, s.changes)
	if err := s.openReader(ctx, path); err != nil {
		return nil, asFault(op, errors.Join(err, c.close()))
	}
	log, err := openCheckpointer(ctx, path)
	if err != nil {
		return nil, asFault(op, errors.Join(err, s.closeReader(), c.close()))
	}
	s.writer = newWriter(c, log)
	return s, nil
}

func (s *Store) openReader(ctx context.Context, path string) (err error) {
	if s.reader, err = openReader(path); err != nil {
		return err
	}
	s.short.db = s.reader
	if s.order, err = s.reader.PrepareContext(ctx, readOrder); err == nil {
		s.change, err = s.reader.PrepareContext(ctx, readOrderToChange)
	}
	if err != nil {
		return errors.Join(err, s.reader.Close())
	}
	return nil
}

// Close commits the changes that wait, refuses new ones and closes the file. Closing
// twice is harmless.
func (s *Store) Close() error {
	s.writer.close()
	return asFault("store.Close", errors.Join(s.closeReader(), s.writer.release()))
}

func (s *Store) closeReader() error {
	return errors.Join(s.order.Close(), s.change.Close(), s.short.close(), s.reader.Close())
}
