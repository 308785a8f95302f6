package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

type migrateCommand struct{ flags }

// Run opens the store, which brings it up to date, and says which steps that took.
func (c *migrateCommand) Run(ctx context.Context, env Env) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	before, err := config.migrations(ctx)
	if err != nil {
		return err
	}
	store, err := config.openStore(ctx)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	after, err := config.migrations(ctx)
	if err != nil {
		return err
	}
	for _, name := range after[len(before):] {
		fmt.Fprintf(env.Out, "applied %s\n", name)
	}
	did := "there was nothing to do"
	if len(after) > len(before) {
		did = "it was not before"
	}
	_, err = fmt.Fprintf(env.Out, "%s is up to date; %s.\n", config.storeName(), did)
	return err
}

func (c *config) storeName() string {
	if c.shared() {
		return "The PostgreSQL database"
	}
	return c.database()
}

// migrations are the steps that the store has behind it, none when it is not there.
func (c *config) migrations(ctx context.Context) ([]string, error) {
	if c.shared() {
		return migrationsIn(ctx, "pgx", string(c.Store.URL.Reveal()), "select count(to_regclass('migrations'))")
	}
	if _, err := os.Stat(c.database()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file := url.URL{Scheme: "file", OmitHost: true, Path: c.database(), RawQuery: "_pragma=busy_timeout(5000)&_pragma=query_only(1)"}
	return migrationsIn(ctx, "sqlite", file.String(), "select count(*) from sqlite_schema where name = 'migrations'")
}

func migrationsIn(ctx context.Context, driver, source, begun string) (names []string, err error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var there int
	if err := db.QueryRowContext(ctx, begun).Scan(&there); err != nil || there == 0 {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "select name from migrations order by version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
