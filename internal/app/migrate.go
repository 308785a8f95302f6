package app

import (
	"context"
	"fmt"

	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
)

type migrateCommand struct{ flags }

// Run opens the store, which brings it up to date, and prints the migrations that were applied.
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
		return postgres.Applied(ctx, string(c.Store.URL.Reveal()))
	}
	return sqlite.Applied(ctx, c.database())
}

// compatible reports whether this binary may run on a store that has later steps than it brings.
func (c *config) compatible(ctx context.Context) (bool, error) {
	if c.shared() {
		return postgres.Compatible(ctx, string(c.Store.URL.Reveal()))
	}
	return sqlite.Compatible(ctx, c.database())
}
