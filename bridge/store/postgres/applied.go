package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// Applied returns the names of the migrations that the database at url has, oldest first.
// It prepares no statement, so it may be behind a pooler.
//
// Faults: Invalid for the url; Unavailable.
func Applied(ctx context.Context, url string) ([]string, error) {
	const op = "store.Applied"
	config, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	found, err := conn.Query(ctx, "select name from migrations order by version", pgx.QueryExecModeExec)
	if err != nil {
		return nil, postgresFault(op, err)
	}
	names, err := pgx.CollectRows(found, pgx.RowTo[string])
	if codeOf(err) == undefinedTable {
		return nil, nil
	}
	return names, postgresFault(op, err)
}

// Compatible reports whether this program may run on the database at url, though it has later
// migrations than this program brings: each of them names an older version that may.
//
// Faults: Invalid for the url; Unavailable.
func Compatible(ctx context.Context, url string) (bool, error) {
	const op = "postgres.Compatible"
	list, err := rows.Migrations(migrations)
	if err != nil {
		return false, err
	}
	config, err := parseURL(url)
	if err != nil {
		return false, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return false, postgresFault(op, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	have, err := schemaVersion(ctx, conn)
	ok := rows.Ahead(list, have, func(last int64) (n int64, err error) {
		err = conn.QueryRow(ctx, numbered(rows.ReadRefusing), pgx.QueryExecModeExec, last, last).Scan(&n)
		return n, err
	})
	return ok, postgresFault(op, err)
}

// Known returns the names of the migrations that this program brings, oldest first.
func Known() ([]string, error) { return rows.MigrationNames(migrations) }

// Pooled reports that the database is reached through a pooler, such as PgBouncer.
//
// Faults: Invalid for the URL; Unavailable.
func Pooled(ctx context.Context, url string) (bool, error) {
	config, err := parseURL(url)
	if err != nil {
		return false, err
	}
	pooled, err := behindPooler(ctx, config.ConnConfig)
	return pooled, postgresFault("postgres.Pooled", err)
}
