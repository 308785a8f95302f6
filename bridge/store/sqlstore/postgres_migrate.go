package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// migrationLock is the key of the advisory lock under which tables are changed.
const migrationLock = 0x6d696e6974696c6c // "minitill"

const pgMigrationTable = `create table if not exists migrations (
	version bigint primary key, name text not null, applied_at bigint not null)`

// migratePostgres brings the schema up to date in one transaction. Of several nodes that
// start at once one does the work, the others wait for its lock and find it done. A
// node that finds nothing to do takes no lock and needs no right to create tables.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool) error {
	list, err := steps("postgres")
	if err != nil {
		return err
	}
	have, err := pgSchemaVersion(ctx, pool)
	if codeOf(err) == undefinedTable {
		have, err = 0, nil
	}
	if err != nil || have == int64(len(list)) {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return pgApply(ctx, tx, list) })
}

const undefinedTable = "42P01"

func pgApply(ctx context.Context, tx pgx.Tx, list []migration) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, pgMigrationTable); err != nil {
		return err
	}
	have, err := pgSchemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	missing, err := unapplied("sqlstore.OpenPostgres", list, have)
	if err != nil {
		return err
	}
	for _, m := range missing {
		if _, err := tx.Exec(ctx, m.text, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
		if m.version == flagsMigration {
			if err := rewriteFlagged(pgFlagged{ctx, tx}); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		_, err := tx.Exec(ctx, "insert into migrations values ($1, $2, $3)", m.version, m.name, time.Now().UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

func pgSchemaVersion(ctx context.Context, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) (version int64, err error) {
	err = q.QueryRow(ctx, "select coalesce(max(version), 0) from migrations").Scan(&version)
	return version, err
}
