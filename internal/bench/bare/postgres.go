package bare

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge/store/postgres"
)

// The statements of PostgreSQL. Each stores a whole change, as in package postgres.
const (
	pgCreate = `with k as (insert into claims (scope, key, digest, order_id, created_at) values ($1, $2, $3, $4, $5)
			on conflict do nothing returning order_id),
		o as (insert into orders (app, reference, currency, amount, created_at, status, wallet, attention, paid, refunded,
			expires_at, due_at, looks, busy_until, doc, id, version)
			select $6, '', 'USD', 450, $5::bigint, 'created', $7, '', 0, 0, $8, $9::bigint, 0, $9, $10, order_id, 1 from k returning id, app),
		e as (insert into events (order_id, sequence, type, at, source, data, app)
			select id, 1, 'order.created', $5, 'client', $11, app from o)
		select 1 from o`
	pgOpen = `with o as (update orders set status = 'pending', wallet = $1, attention = '', paid = 0, refunded = 0, expires_at = $2,
			due_at = $3, looks = 0, busy_until = null, doc = $4, version = version + 1
			where id = $5 and version = $6 and (select version from registry where id = 1) = 0 returning id, app),
		e as (insert into events (order_id, sequence, type, at, source, data, app)
			select id, 2, 'order.pending', $7, 'wallet', $8, app from o),
		p as (insert into payment_ids (wallet, payment_id, order_id) select $1, $9, id from o),
		a as (insert into answers (claim, status, body) select k.number, 201, $10::bytea
			from o, claims as k where k.scope = $11 and k.key = $12 and k.status is null on conflict do nothing)
		select 1 from o`
	pgPay = `with o as (update orders set status = 'paid', wallet = $1, attention = '', paid = 450, refunded = 0, expires_at = $2,
			due_at = null, looks = 0, busy_until = null, doc = $3, version = version + 1
			where id = $4 and version = $5 and (select version from registry where id = 1) = 0 returning id, app),
		e as (insert into events (order_id, sequence, type, at, source, data, app)
			select id, 3, 'order.paid', $6, 'notification', $7, app from o)
		select 1 from o`
	pgRead = `select version, doc from orders where id = $1`

	// A change that has events locks out changes of the endpoints until it commits.
	pgRegistry = `select pg_advisory_xact_lock_shared(7711)`
)

// postgresRows sends what waits together in one round trip, as package postgres does.
type postgresRows struct {
	pool   *pgxpool.Pool
	writes *group[statement]
	reads  *group[*reading]
}

type reading struct {
	id      string
	version int64
	doc     []byte
}

func openPostgres(ctx context.Context, url string) (*postgresRows, error) {
	made, err := postgres.Open(ctx, url) // makes the tables
	if err != nil {
		return nil, err
	}
	if err := made.Close(); err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &postgresRows{pool: pool}
	lines := max(1, int(pool.Config().MaxConns)/2)
	s.writes, s.reads = newGroup(lines, s.commit), newGroup(lines, s.fetch)
	return s, nil
}

func (s *postgresRows) commit(changes []statement) error {
	var batch pgx.Batch
	batch.Queue(pgRegistry)
	for _, c := range changes {
		batch.Queue(c.text, c.args...)
	}
	return s.pool.SendBatch(context.Background(), &batch).Close()
}

func (s *postgresRows) fetch(orders []*reading) error {
	var batch pgx.Batch
	for _, r := range orders {
		batch.Queue(pgRead, r.id).QueryRow(func(row pgx.Row) error { return row.Scan(&r.version, &r.doc) })
	}
	return s.pool.SendBatch(context.Background(), &batch).Close()
}

func (s *postgresRows) create(o *order) error {
	return s.writes.do(statement{pgCreate, []any{
		scope, o.key, digest([]byte(o.key)), o.id, o.now, app, wallet, o.expires(), o.due(), createdDoc, createdData,
	}})
}

func (s *postgresRows) open(o *order) error {
	return s.writes.do(statement{pgOpen, []any{
		wallet, o.expires(), o.due(), pendingDoc, o.id, o.version, o.now, pendingData, o.payment, o.answer, scope, o.key,
	}})
}

func (s *postgresRows) pay(o *order) error {
	return s.writes.do(statement{pgPay, []any{wallet, o.expires(), paidDoc, o.id, o.version, o.now, paidData}})
}

func (s *postgresRows) read(_ context.Context, id string) (version int64, doc []byte, err error) {
	r := &reading{id: id}
	err = s.reads.do(r)
	return r.version, r.doc, err
}

func (s *postgresRows) close() error {
	s.writes.close()
	s.reads.close()
	s.pool.Close()
	return nil
}
