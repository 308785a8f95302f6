package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge/store/internal/patience"
	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// Store is a engine.Store in a PostgreSQL database, which any number of nodes may
// share. Methods that are not listed here do as engine.Store says.
type Store struct {
	resources
	pool    *pgxpool.Pool
	conns   int // that the pool has at most
	changes *rows.Changes
	reads   *batcher[*orderRead]
	writes  *batcher[*task]
	stats   rows.Counter
}

// resources are what both databases store in the same way.
type resources = rows.Resources

// maxRuns bounds how often a transaction runs that the server rolled back for the sake of
// another.
const maxRuns = 100

// Open opens the store in the database at url, "postgres://user@host/name",
// and brings its tables up to date; nodes that start at once wait for each other. The
// role needs the right to create tables in the first schema of its search path. A
// database is restored while no node is running.
//
// The url takes the parameters of pgx. pool_max_conns is how many connections there
// are at most; half of them write together what waits, half read. Behind a pooler, which
// is found out at the opening, no statement is prepared, since the next transaction may
// run on another connection of the server; default_query_exec_mode overrides that.
//
// Faults: Invalid for a url that cannot be read; Unavailable when the database cannot
// be reached or written; Unsupported when its tables are newer than this program, or
// when it acknowledges commits that are not yet durable.
func Open(ctx context.Context, url string) (*Store, error) {
	const op = "postgres.Open"
	config, err := poolConfig(ctx, url)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	if err := ready(ctx, pool); err != nil {
		pool.Close()
		return nil, postgresFault(op, err)
	}
	s := &Store{pool: pool, conns: int(config.MaxConns), changes: rows.NewChanges()}
	s.resources = rows.NewResources((*database)(s), dialect, s.changes)
	lines := max(1, s.conns/2)
	s.reads = newBatcher(lines, s.sendReads)
	s.writes = newBatcher(lines, s.sendWrites)
	return s, nil
}

func ready(ctx context.Context, pool *pgxpool.Pool) error {
	if err := checkDurable(ctx, pool); err != nil {
		return err
	}
	if err := migrate(ctx, pool); err != nil {
		return err
	}
	return keepFeedRising(ctx, pool)
}

// checkDurable refuses a database that would say "stored" too early.
func checkDurable(ctx context.Context, pool *pgxpool.Pool) error {
	var mode string
	if err := pool.QueryRow(ctx, `select current_setting('synchronous_commit')`).Scan(&mode); err != nil {
		return err
	}
	if mode == "off" {
		return fault.New(fault.Unsupported, "postgres.Open",
			"The database has synchronous_commit off and could lose what it acknowledged.")
	}
	return nil
}

// roundTrip sends a batch and returns when the server has answered all of it, and so
// has committed what was in it. PostgreSQL makes one transaction of a batch.
func (s *Store) roundTrip(ctx context.Context, batch *pgx.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, patience.Timeout)
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return &notSent{err}
	}
	defer conn.Release()
	// Giving up half-way would cost the connection and leave the outcome open.
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), patience.Timeout)
	defer cancel()
	return sent(conn.Conn(), conn.SendBatch(ctx, batch).Close())
}

// Close commits the changes that wait, refuses new ones and closes the connections.
// Closing twice is harmless.
func (s *Store) Close() error {
	s.writes.close()
	s.reads.close()
	s.pool.Close()
	return nil
}

// Stats reports how much has been committed since the store was opened.
type Stats = rows.Stats

// Commit is a transaction that wrote something, or failed.
type Commit = rows.Commit

// OnCommit has f called after each commit, for metrics. f must not block.
func (s *Store) OnCommit(f func(Commit)) { s.stats.OnCommit(f) }

// Stats returns the counters. Changes above Commits is what group commit saved.
func (s *Store) Stats() Stats { return s.stats.Read() }
