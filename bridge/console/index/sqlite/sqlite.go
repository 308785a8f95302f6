package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/fault"
)

// Database is an index.Database in a file.
type Database struct {
	path string

	mu             sync.RWMutex // held for writing while the file is replaced
	writer, reader *pool        // nil after Close, and after a Reset that failed
	closed         bool
}

// types are the column types of SQLite.
var types = index.Types{Integer: "integer", Text: "text", Bytes: "blob", Keyed: " without rowid"}

// Open opens the file at path, making it when there is none. A file that is damaged, or of
// another version, is replaced by an empty one.
//
// Faults: Unavailable.
func Open(ctx context.Context, path string) (*Database, error) {
	_, _ = sqlite.OFDLocking(true) // as the store does; see its package
	d := &Database{path: path}
	err := d.open(ctx)
	if err != nil && d.Damaged(err) {
		err = d.Reset(ctx)
	}
	if err != nil {
		_ = d.closeFile()
		return nil, fault.Wrap(fault.Unavailable, "sqlite.Open", err)
	}
	return d, nil
}

// Existing opens the file at path to read it, and changes nothing: the file must be there, and
// of this version.
//
// Faults: Unavailable.
func Existing(ctx context.Context, path string) (*Database, error) {
	_, _ = sqlite.OFDLocking(true) // as the store does; see its package
	reader, err := connect(path, 1, "", "query_only(1)")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "sqlite.Existing", err)
	}
	var version int
	if err = reader.db.QueryRowContext(ctx, "pragma user_version").Scan(&version); err == nil && version != index.Version {
		err = errVersion
	}
	if err != nil {
		_ = reader.close()
		return nil, fault.Wrap(fault.Unavailable, "sqlite.Existing", err)
	}
	return &Database{path: path, reader: reader}, nil
}

// errVersion says that the file is of another version of the model.
var errVersion = errors.New("the file is of another version")

func (d *Database) open(ctx context.Context) (err error) {
	if err := makeFile(d.path); err != nil {
		return err
	}
	// A commit need not survive a power failure, since a step that is lost is taken again. The
	// disk is synced only when the log is copied to the file, every 32 MiB: pages that many
	// steps write are copied once, and payments seldom wait for the disk.
	d.writer, err = connect(d.path, 1, "_txlock=immediate", "journal_mode(WAL)", "synchronous(NORMAL)",
		"wal_autocheckpoint(8192)", "journal_size_limit(67108864)", "cache_size(-16384)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	if err := d.migrate(ctx); err != nil {
		return err
	}
	d.reader, err = connect(d.path, 4, "", "query_only(1)", "cache_size(-8192)", "temp_store(MEMORY)")
	return err
}

// migrate makes the tables in a new file, in one transaction with the version.
func (d *Database) migrate(ctx context.Context) error {
	tx, err := d.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
		return err
	}
	if version != 0 && version != index.Version {
		return errVersion
	}
	statements := append(index.Schema(types), fmt.Sprintf("pragma user_version = %d", index.Version))
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// makeFile makes the file unless it exists, readable by its owner only.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

var uriEscapes = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

func connect(path string, connections int, option string, pragmas ...string) (*pool, error) {
	values := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	connector, err := sqlite.NewConnector("file:" + uriEscapes.Replace(path) + "?" + values.Encode() + "&" + option)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return newPool(db, connections), nil
}

// Read implements index.Database.
func (d *Database) Read(ctx context.Context, f func(index.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.reader == nil {
		return d.missing()
	}
	return d.reader.transact(ctx, &sql.TxOptions{ReadOnly: true}, func(c *connection) error { return f(tx{c}) })
}

// Write implements index.Database.
func (d *Database) Write(ctx context.Context, f func(index.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.reader == nil {
		return d.missing()
	}
	return d.writer.transact(ctx, nil, func(c *connection) error { return f(tx{c}) })
}

var (
	errClosed  = errors.New("the index is closed")
	errMissing = errors.New("the file could not be replaced")
)

// missing says why there is no file. One that could not be replaced is damaged.
func (d *Database) missing() error {
	if d.closed {
		return errClosed
	}
	return errMissing
}

// Reset deletes the file and makes an empty one.
func (d *Database) Reset(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return errClosed
	}
	_ = d.closeFile() // of a file that is deleted
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(d.path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := d.open(ctx)
	if err != nil {
		_ = d.closeFile()
	}
	return err
}

// Damaged implements index.Database.
func (d *Database) Damaged(err error) bool {
	if errors.Is(err, errVersion) || errors.Is(err, errMissing) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB ||
		code == sqlite3.SQLITE_ERROR && strings.Contains(e.Error(), "no such table")
}

// Close closes the file. Closing twice is harmless.
func (d *Database) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return d.closeFile()
}

func (d *Database) closeFile() error {
	var errs []error
	for _, p := range []*pool{d.reader, d.writer} {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	d.reader, d.writer = nil, nil
	return errors.Join(errs...)
}
