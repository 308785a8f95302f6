package sqlstore

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
)

// readers is how many reads run at once. A read of one order takes some ten
// microseconds, so few connections serve many callers.
const readers = 4

// common are the pragmas of every connection. busy_timeout is for other processes on
// the same file: in this one nothing competes for the lock.
var common = []string{"busy_timeout(5000)", "foreign_keys(1)"}

// writing makes commits durable before they are answered and keeps readers free of
// writers. The log is cut back after a burst; the cache holds the pages in which
// recent orders live, and what a savepoint may have to undo stays in memory.
var writing = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)", "cache_size(-16384)",
	"temp_store(MEMORY)",
}

var reading = []string{"query_only(1)", "cache_size(-4096)"}

// makeFile makes the file unless it exists, readable by its owner only. SQLite gives
// the files it puts beside it the same permissions.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
	c, err := newConn(ctx, connector)
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
	values := url.Values{"_pragma": append(common[:len(common):len(common)], pragmas...)}
	return "file:" + uriEscapes.Replace(path) + "?" + values.Encode()
}
