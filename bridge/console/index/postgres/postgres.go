package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/fault"
)

// Database is an index.Database in a PostgreSQL database. It has a few connections of its
// own, so that no search waits for payments, nor the other way round.
type Database struct{ pool *pgxpool.Pool }

// types are the column types of PostgreSQL. Text compares by its bytes.
var types = index.Types{Integer: "bigint", Text: `text collate "C"`, Bytes: "bytea"}

// connections is how many connections an index has on each node.
const connections = 4

// Open makes the tables unless they are there, and drops those of older versions. The url is
// that of the store.
//
// Faults: Invalid for a url that cannot be read; Unavailable.
func Open(ctx context.Context, url string) (*Database, error) {
	d, err := Existing(ctx, url)
	if err != nil {
		return nil, err
	}
	var older []string
	for v := 1; v < index.Version; v++ {
		older = append(older, index.Tables(v)...)
	}
	if err := d.remake(ctx, older); err != nil {
		d.pool.Close()
		return nil, fault.Wrap(fault.Unavailable, "postgres.Open", err)
	}
	return d, nil
}

// Existing opens the tables of this version to read them, and changes nothing: where they are
// missing, reads fail.
//
// Faults: Unavailable.
func Existing(ctx context.Context, url string) (*Database, error) {
	config, err := postgres.Config(ctx, url)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = connections, 0
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "postgres.Existing", err)
	}
	return &Database{pool}, nil
}

// remake drops tables and makes those of this version that are missing.
func (d *Database) remake(ctx context.Context, drop []string) error {
	return d.write(ctx, func(t pgx.Tx) error {
		var statements []string
		for _, table := range drop {
			statements = append(statements, "drop table if exists "+table)
		}
		for _, s := range append(statements, index.Schema(types)...) {
			if _, err := t.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reset drops the tables and makes empty ones.
func (d *Database) Reset(ctx context.Context) error {
	return d.remake(ctx, index.Tables(index.Version))
}

// beginRead begins a transaction that reads. Each statement reads a range of a key, whatever
// its arguments are, so one plan serves all of them: to plan sums takes longer than to read
// them.
const beginRead = `begin isolation level repeatable read read only; set local plan_cache_mode = force_generic_plan;
	set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off; set local jit = off`

// Read implements index.Database.
func (d *Database) Read(ctx context.Context, f func(index.Tx) error) error {
	options := pgx.TxOptions{BeginQuery: beginRead}
	return pgx.BeginTxFunc(ctx, d.pool, options, func(t pgx.Tx) error { return f(tx{t}) })
}

// Write implements index.Database.
func (d *Database) Write(ctx context.Context, f func(index.Tx) error) error {
	return d.write(ctx, func(t pgx.Tx) error { return f(tx{t}) })
}

// writeLock is the advisory lock of transactions that write.
const writeLock int64 = 0x6d74696c6c636f6e // "mtillcon"

// write runs f in a transaction that has the lock. A commit need not survive a power failure,
// since a step that is lost is taken again. A node that stalls loses the lock, because the
// feed of the store waits for every transaction that writes.
func (d *Database) write(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, func(t pgx.Tx) error {
		_, err := t.Exec(ctx, `select set_config('synchronous_commit', 'off', true),
			set_config('idle_in_transaction_session_timeout', '30s', true), pg_advisory_xact_lock($1)`, writeLock)
		if err != nil {
			return err
		}
		return f(t)
	})
}

// Damaged implements index.Database.
func (d *Database) Damaged(err error) bool {
	const undefinedTable, undefinedColumn, dataCorrupted, indexCorrupted = "42P01", "42703", "XX001", "XX002"
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case undefinedTable, undefinedColumn, dataCorrupted, indexCorrupted:
		return true
	}
	return false
}

// Close closes the connections. Closing twice is harmless.
func (d *Database) Close() error {
	d.pool.Close()
	return nil
}
