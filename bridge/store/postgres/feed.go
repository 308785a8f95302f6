package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// keepFeedRising ensures that the transactions to come have higher numbers than those
// of the events that are there. A database that was restored into a new cluster
// brings events from the future of that cluster. What they have stays; what is to come
// is counted from there, so it takes no time, however many there are.
func keepFeedRising(ctx context.Context, pool *pgxpool.Pool) error {
	var base *int64
	if err := pool.QueryRow(ctx, futureOfFeed).Scan(&base); err != nil || base == nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, futureOfFeed).Scan(&base); err != nil || base == nil {
			return err // another node has done it
		}
		_, err := tx.Exec(ctx, raiseFeed+strconv.FormatInt(*base, 10)+`)`)
		if err == nil {
			_, err = tx.Exec(ctx, noteFeed, *base)
		}
		return err
	})
}
