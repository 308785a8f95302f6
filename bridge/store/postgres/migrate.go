package postgres

import (
	"context"
	"embed"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the key of the advisory lock under which tables are changed.
const migrationLock = 0x6d696e6974696c6c // "minitill"

const migrationTable = `create table if not exists migrations (
	version bigint primary key, name text not null, applied_at bigint not null)`

// migrate brings the schema up to date in one transaction. Of several nodes that
// start at once one does the work, the others wait for its lock and find it done. A
// node that finds nothing to do takes no lock and needs no right to create tables.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	list, err := rows.Migrations(migrations)
	if err != nil {
		return err
	}
	have, err := schemaVersion(ctx, pool)
	if codeOf(err) == undefinedTable {
		have, err = 0, nil
	}
	if err != nil || have == rows.Latest(list) {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return apply(ctx, tx, list) })
}

const undefinedTable = "42P01"

func apply(ctx context.Context, tx pgx.Tx, list []rows.Migration) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, migrationTable); err != nil {
		return err
	}
	have, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	if rows.Ahead(list, have, func(last int64) (n int64, err error) {
		err = tx.QueryRow(ctx, numbered(rows.ReadRefusing), last, last).Scan(&n)
		return n, err
	}) {
		return nil
	}
	missing, err := rows.Unapplied("postgres.Open", list, have)
	if err != nil {
		return err
	}
	return rows.Apply(schema{ctx, tx}, missing)
}

func schemaVersion(ctx context.Context, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) (version int64, err error) {
	err = q.QueryRow(ctx, "select coalesce(max(version), 0) from migrations").Scan(&version)
	return version, err
}

// schema is a database that is being migrated.
type schema struct {
	ctx context.Context
	tx  pgx.Tx
}

func (s schema) Script(text string) error {
	_, err := s.tx.Exec(s.ctx, text, pgx.QueryExecModeSimpleProtocol)
	return err
}

func (s schema) Applied(m *rows.Migration) error {
	_, err := s.tx.Exec(s.ctx, "insert into migrations values ($1, $2, $3)", m.Version, m.Name, time.Now().UnixMilli())
	return err
}

func (s schema) Flagged() ([]string, error) {
	found, err := s.tx.Query(s.ctx, "select id from orders where attention <> ''", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[string])
}

func (s schema) Events(id bridge.OrderID) ([]bridge.Event, error) {
	found, err := s.tx.Query(s.ctx, numbered(rows.ReadEvents), string(id), int64(0))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (bridge.Event, error) {
		return rows.ScanEvent(row, id)
	})
}

func (s schema) PutOrder(id, doc, attention string) error {
	_, err := s.tx.Exec(s.ctx, "update orders set doc = $1, attention = $2, version = version + 1 where id = $3", doc, attention, id)
	return err
}
