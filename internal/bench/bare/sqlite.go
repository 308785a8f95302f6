package bare

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	sqlitedriver "modernc.org/sqlite"

	"github.com/minitill/minitill/bridge/store/sqlite"
)

// The statements of SQLite. Parameters are given in the order of the question marks.
const (
	insertClaim = `insert into claims (scope, key, digest, order_id, created_at) values (?, ?, ?, ?, ?)`
	insertOrder = `insert into orders (app, reference, currency, amount, created_at, status, wallet, attention, paid,
		refunded, expires_at, due_at, looks, busy_until, doc, id, version)
		values (?, '', 'USD', 450, ?, 'created', ?, '', 0, 0, ?, ?, 0, ?, ?, ?, 1)`
	updateOrder = `update orders set status = ?, wallet = ?, attention = '', paid = ?, refunded = 0, expires_at = ?,
		due_at = ?, looks = 0, busy_until = null, doc = ?, version = version + 1
		where id = ? and version = ? and (select version from registry where id = 1) = 0`
	insertEvent     = `insert into events (order_id, sequence, type, at, source, data, app) values (?, ?, ?, ?, ?, ?, ?)`
	insertPaymentID = `insert into payment_ids (wallet, payment_id, order_id) values (?, ?, ?)`
	answerClaim     = `insert into answers (claim, status, body)
		select number, 201, ? from claims where scope = ? and key = ? and status is null on conflict do nothing`
	readOrder = `select version, doc from orders where id = ?`
)

// sqliteRows is the writer of one file, on the driver's own interface as in package sqlite, and
// its reader.
type sqliteRows struct {
	writes *group[[]statement]
	conn   driver.Conn
	stmts  map[string]driver.StmtExecContext
	reader *sql.DB
	reads  *sql.Stmt
}

type statement struct {
	text string
	args []any
}

// openSQLite opens a file with the tables of a till.
func openSQLite(ctx context.Context, path string) (*sqliteRows, error) {
	made, err := sqlite.Open(ctx, path) // makes the tables
	if err != nil {
		return nil, err
	}
	if err := made.Close(); err != nil {
		return nil, err
	}
	connector, err := sqlitedriver.NewConnector("file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-16384)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	s := &sqliteRows{reader: sql.OpenDB(connector), stmts: map[string]driver.StmtExecContext{}}
	if err := s.prepare(ctx, connector); err != nil {
		return nil, errors.Join(err, s.reader.Close())
	}
	s.writes = newGroup(1, s.commit)
	return s, nil
}

func (s *sqliteRows) prepare(ctx context.Context, connector driver.Connector) (err error) {
	if s.conn, err = connector.Connect(ctx); err != nil {
		return err
	}
	for _, text := range []string{"begin immediate", "commit", "rollback", insertClaim, insertOrder, updateOrder, insertEvent, insertPaymentID, answerClaim} {
		stmt, err := s.conn.Prepare(text)
		if err != nil {
			return err
		}
		s.stmts[text] = stmt.(driver.StmtExecContext)
	}
	s.reads, err = s.reader.PrepareContext(ctx, readOrder)
	return err
}

// commit commits changes in one transaction.
func (s *sqliteRows) commit(changes [][]statement) error {
	err := s.exec("begin immediate")
	for _, change := range changes {
		for _, st := range change {
			if err == nil {
				err = s.exec(st.text, st.args...)
			}
		}
	}
	if err == nil {
		err = s.exec("commit")
	}
	if err != nil {
		return errors.Join(err, s.exec("rollback"))
	}
	return nil
}

func (s *sqliteRows) exec(text string, args ...any) error {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	_, err := s.stmts[text].ExecContext(context.Background(), values)
	return err
}

func (s *sqliteRows) create(o *order) error {
	return s.writes.do([]statement{
		{insertClaim, []any{scope, o.key, digest([]byte(o.key)), o.id, o.now}},
		{insertOrder, []any{app, o.now, wallet, o.expires(), o.due(), o.due(), createdDoc, o.id}},
		{insertEvent, []any{o.id, int64(1), "order.created", o.now, "client", createdData, app}},
	})
}

func (s *sqliteRows) open(o *order) error {
	return s.writes.do([]statement{
		{updateOrder, []any{"pending", wallet, int64(0), o.expires(), o.due(), pendingDoc, o.id, o.version}},
		{insertEvent, []any{o.id, int64(2), "order.pending", o.now, "wallet", pendingData, app}},
		{insertPaymentID, []any{wallet, o.payment, o.id}},
		{answerClaim, []any{o.answer, scope, o.key}},
	})
}

func (s *sqliteRows) pay(o *order) error {
	return s.writes.do([]statement{
		{updateOrder, []any{"paid", wallet, int64(450), o.expires(), nil, paidDoc, o.id, o.version}},
		{insertEvent, []any{o.id, int64(3), "order.paid", o.now, "notification", paidData, app}},
	})
}

func (s *sqliteRows) read(ctx context.Context, id string) (version int64, doc []byte, err error) {
	err = s.reads.QueryRowContext(ctx, id).Scan(&version, &doc)
	return version, doc, err
}

func (s *sqliteRows) close() error {
	s.writes.close()
	for _, stmt := range s.stmts {
		_ = stmt.(driver.Stmt).Close()
	}
	return errors.Join(s.reads.Close(), s.reader.Close(), s.conn.Close())
}
