package sqlstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// The statements of restores.
const (
	pgReadRestoration   = `select doc from restoration where id = 1`
	pgUpsertRestoration = `insert into restoration (id, doc) values (1, $1) on conflict (id) do update set doc = excluded.doc`
	pgMarkUnasked       = `update orders set due_at = $1, looks = -1, version = version + 1
		where due_at is not null or created_at >= $2`
)

// Restoration returns the last restoration; the zero value when there was none.
//
// Faults: Unavailable.
func (s *Postgres) Restoration(ctx context.Context) (bridge.Restoration, error) {
	const op = "sqlstore.Restoration"
	docs, err := query(ctx, s, pgx.RowTo[string], pgReadRestoration)
	if err != nil {
		return bridge.Restoration{}, postgresFault(op, err)
	}
	return decodeRestoration(op, docs)
}

// MarkRestored begins a new epoch and makes every open and recent order due at now,
// in one transaction, however long it takes.
//
// Faults: Unavailable; Unknown, after which it may be done again.
func (s *Postgres) MarkRestored(ctx context.Context, now, since time.Time) (bridge.Restoration, error) {
	const op = "sqlstore.MarkRestored"
	return s.changeRestoration(ctx, op, func(tx pgx.Tx, r bridge.Restoration) (bridge.Restoration, error) {
		_, err := tx.Exec(ctx, pgMarkUnasked, now.UnixMilli(), since.UnixMilli())
		return nextRestoration(r, now), err
	})
}

// LiftRestoration lets money out again.
//
// Faults: Conflict when nothing is held; Unavailable; Unknown.
func (s *Postgres) LiftRestoration(ctx context.Context, d bridge.Dismissal) (bridge.Restoration, error) {
	const op = "sqlstore.LiftRestoration"
	return s.changeRestoration(ctx, op, func(_ pgx.Tx, r bridge.Restoration) (bridge.Restoration, error) { return lifted(op, r, d) })
}

// changeRestoration runs change in a transaction, again when the server undid it for the
// sake of another.
func (s *Postgres) changeRestoration(ctx context.Context, op string, change func(pgx.Tx, bridge.Restoration) (bridge.Restoration, error)) (next bridge.Restoration, err error) {
	for range mostRuns {
		committing := false
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			next, err = changeRestorationIn(ctx, op, tx, change)
			committing = err == nil
			return err
		})
		switch {
		case err == nil:
			s.recent.forget()
			return next, nil
		case committing && codeOf(err) == "":
			return bridge.Restoration{}, unknown(op, err)
		case !collided(err):
			return bridge.Restoration{}, postgresFault(op, err)
		}
	}
	return bridge.Restoration{}, postgresFault(op, err)
}

func changeRestorationIn(ctx context.Context, op string, tx pgx.Tx, change func(pgx.Tx, bridge.Restoration) (bridge.Restoration, error)) (next bridge.Restoration, err error) {
	if _, err := tx.Exec(ctx, pgLockRegistry, int64(migrationLock)); err != nil {
		return next, err
	}
	rows, err := tx.Query(ctx, pgReadRestoration)
	if err != nil {
		return next, err
	}
	docs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return next, err
	}
	r, err := decodeRestoration(op, docs)
	if err != nil {
		return next, err
	}
	if next, err = change(tx, r); err != nil {
		return next, err
	}
	doc, err := encode(op, &next)
	if err == nil {
		_, err = tx.Exec(ctx, pgUpsertRestoration, doc)
	}
	return next, err
}

// UnaskedOrders counts the orders whose Looks is Unasked.
//
// Faults: Unavailable.
func (s *Postgres) UnaskedOrders(ctx context.Context) (int, error) {
	n, err := s.placeOf(ctx, "sqlstore.UnaskedOrders", pgReadUnasked)
	return int(n), err
}
