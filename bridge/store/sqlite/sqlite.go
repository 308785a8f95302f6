package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/minitill/minitill/bridge/store/internal/patience"
)

// readers is how many reads run at once. A read of one order takes some ten
// microseconds, so few connections serve many callers.
const readers = 4

// common are the pragmas of every connection. busy_timeout is for other processes on
// the same file: in this one nothing competes for the lock.
func common() []string {
	return []string{fmt.Sprintf("busy_timeout(%d)", patience.Timeout.Milliseconds()), "foreign_keys(1)"}
}

// writing makes commits durable before they are answered and keeps readers free of
// writers. The log is cut back after a burst; the cache holds the pages in which
// recent orders live, and what a savepoint may have to undo stays in memory. The
// checkpointer empties the log.
var writing = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)", "cache_size(-16384)",
	"temp_store(MEMORY)", "wal_autocheckpoint(0)",
}

// reading keeps little in the cache: each commit empties it.
var reading = []string{"query_only(1)", "cache_size(-1024)"}

// Locks of a POSIX process go with the file: when any of its descriptors of a database
// is closed, the kernel releases every lock that SQLite has on it, in all handles of the
// process. Another process may then find no lock and delete the log, and commits that were
// acknowledged afterwards are lost. So SQLite uses locks of open file descriptions (OFD)
// where the system has them, and makeFile opens no file that may be in use.

// useOFDLocks makes SQLite use OFD locks, which end with their own descriptor only. On a
// system without them, or when the process has used SQLite before, nothing changes.
func useOFDLocks() { _, _ = sqlite.OFDLocking(true) }

// creating keeps a second Open of this process waiting while makeFile has the file open:
// closing it would release the locks of the second handle.
var creating sync.Mutex

// makeFile makes the file unless it exists, readable by its owner only. SQLite gives
// the files it puts beside it the same permissions. An existing file is not opened.
func makeFile(path string) error {
	creating.Lock()
	defer creating.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func openWriter(ctx context.Context, path string) (*conn, error) {
	connector, err := sqlite.NewConnector(dsn(path, writing))
	if err != nil {
		return nil, err
	}
	c, err := firstConn(ctx, connector)
	if err != nil {
		return nil, err
	}
	if err = migrate(ctx, c); err == nil {
		err = c.prepare()
	}
	if err != nil {
		_ = c.close()
		return nil, err
	}
	return c, nil
}

// firstConn retries while other openers hold the file: the step to the write-ahead log needs the
// exclusive lock, and SQLite refuses that at once, without the busy timeout, where waiting for
// it could deadlock.
func firstConn(ctx context.Context, connector driver.Connector) (*conn, error) {
	for end := time.Now().Add(patience.Timeout); ; {
		c, err := newConn(ctx, connector)
		if !isBusy(err) || time.Now().After(end) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busyPause):
		}
	}
}

func openReader(path string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn(path, reading))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return db, nil
}

var uriEscapes = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

func dsn(path string, pragmas []string) string {
	values := url.Values{"_pragma": append(common(), pragmas...)}
	return "file:" + uriEscapes.Replace(path) + "?" + values.Encode()
}
