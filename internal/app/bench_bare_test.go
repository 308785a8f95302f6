package app

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"
	"time"

	sqlitedriver "modernc.org/sqlite"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

// bareStore writes the rows of an order and nothing else: no order is decoded, encoded
// or checked. It is what the whole of package sqlite is compared with, so it works on the
// driver's own interface and commits what waits together, as that package does.
type bareStore struct {
	jobs   chan bareJob
	conn   driver.Conn
	reader *sql.DB
	read   *sql.Stmt
}

type bareJob struct {
	rows []bareRow
	done chan error
}

type bareRow struct {
	text string
	args []any
}

const (
	bareClaim = `insert into claims (scope, key, digest, order_id, created_at) values ('raw', ?, ?, ?, ?)`
	bareOrder = `insert into orders (app, reference, currency, amount, created_at, status, wallet, attention, paid,
		refunded, expires_at, due_at, looks, busy_until, doc, id, version)
		values ('raw', '', 'USD', 450, ?, 'pending', 'sandbox', '', 0, 0, ?, null, 0, null, ?, ?, 1)`
	bareUpdate = `update orders set status = 'pending', wallet = 'sandbox', attention = '', paid = 0, refunded = 0,
		expires_at = ?, due_at = null, looks = 0, busy_until = null, doc = ?, version = version + 1
		where id = ? and version = ? and (select version from registry where id = 1) = 0`
	bareEvent  = `insert into events (order_id, sequence, type, at, source, data, app) values (?, ?, 'order.created', ?, 'client', ?, 'raw')`
	bareAnswer = `insert into answers (claim, status, body) select number, 201, ? from claims
		where scope = 'raw' and key = ? and status is null on conflict do nothing`
)

func openBare(b *testing.B) *bareStore {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare.db")
	made, err := sqlite.Open(b.Context(), path) // makes the tables
	must(b, err)
	must(b, made.Close())
	connector, err := sqlitedriver.NewConnector("file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16384)&_pragma=temp_store(MEMORY)")
	must(b, err)
	s := &bareStore{jobs: make(chan bareJob, 256), reader: sql.OpenDB(connector)}
	s.conn, err = connector.Connect(b.Context())
	must(b, err)
	s.read, err = s.reader.Prepare("select version, doc from orders where id = ?")
	must(b, err)
	stmts := map[string]driver.Stmt{}
	for _, text := range []string{"begin immediate", "commit", "savepoint change", "release change", bareClaim, bareOrder, bareUpdate, bareEvent, bareAnswer} {
		stmts[text], err = s.conn.Prepare(text)
		must(b, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.loop(stmts)
	}()
	b.Cleanup(func() {
		close(s.jobs)
		<-ended
		for _, stmt := range stmts {
			_ = stmt.Close()
		}
		_, _, _ = s.read.Close(), s.reader.Close(), s.conn.Close()
	})
	return s
}

// loop commits the jobs that wait together, and answers them after the commit.
func (s *bareStore) loop(stmts map[string]driver.Stmt) {
	exec := func(text string, args ...any) error {
		values := make([]driver.NamedValue, len(args))
		for i, arg := range args {
			values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
		}
		_, err := stmts[text].(driver.StmtExecContext).ExecContext(context.Background(), values)
		return err
	}
	for first := range s.jobs {
		batch := []bareJob{first}
		for len(s.jobs) > 0 {
			batch = append(batch, <-s.jobs)
		}
		err := exec("begin immediate")
		for _, j := range batch {
			_ = exec("savepoint change")
			for _, row := range j.rows {
				if err == nil {
					err = exec(row.text, row.args...)
				}
			}
			_ = exec("release change")
		}
		if commit := exec("commit"); err == nil {
			err = commit
		}
		for _, j := range batch {
			j.done <- err
		}
	}
}

func (s *bareStore) do(rows ...bareRow) error {
	j := bareJob{rows, make(chan error, 1)}
	s.jobs <- j
	return <-j.done
}

// Create commits the three rows of a new order: its claim, itself, its first event.
func (s *bareStore) Create(id, doc string) error {
	now := time.Now().UnixMilli()
	return s.do(bareRow{bareClaim, []any{id, []byte(id), id, now}}, bareRow{bareOrder, []any{now, now, doc, id}},
		bareRow{bareEvent, []any{id, int64(1), now, doc}})
}

// Update commits the next state of an order with one event, and the answer to its claim
// when there is one.
func (s *bareStore) Update(id string, version int64, doc string, answer []byte) error {
	now := time.Now().UnixMilli()
	rows := []bareRow{{bareUpdate, []any{now, doc, id, version}}, {bareEvent, []any{id, version + 1, now, doc}}}
	if answer != nil {
		rows = append(rows, bareRow{bareAnswer, []any{answer, id}})
	}
	return s.do(rows...)
}

// Read returns an order's row.
func (s *bareStore) Read(id string) (version int64, doc []byte, err error) {
	err = s.read.QueryRow(id).Scan(&version, &doc)
	return version, doc, err
}
