package sqlstore

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge"
)

// Feed returns an app's events behind one of them, or from the first, oldest first:
// in the order of the transactions that wrote them, as far as every transaction up to
// there has ended. So no event is passed by: a transaction that begins later, or was
// not seen, has a higher number than all that were read. Writers do not queue for it.
//
// Events of one order are in order. The second of two changes is decided on what the
// first one stored, read after its commit or noted after its answer, and is sent in a
// batch that begins after that; a transaction gets its number when it first writes. So
// the number of the second is higher. A batch that had its number before that decided
// on an older version, and its guard lets nothing through.
//
// A transaction that writes and stays open, in any database of the cluster, holds up
// the feed for as long; it loses nothing.
//
// Faults: NotFound when After is no event of the app; Unavailable.
func (s *Postgres) Feed(ctx context.Context, q bridge.FeedQuery) ([]bridge.FeedEvent, error) {
	const op = "sqlstore.Feed"
	after := place{tx: -1}
	if q.After != (bridge.EventKey{}) {
		found, err := query(ctx, s, collectPlace, pgReadFeedPlace, string(q.After.Order), q.After.Sequence, q.App)
		if err == nil && len(found) == 0 {
			err = pgx.ErrNoRows
		}
		if err != nil {
			return nil, postgresFault(op, err)
		}
		after = found[0]
	}
	list, err := query(ctx, s, func(row pgx.CollectableRow) (bridge.FeedEvent, error) {
		return collectFeedEvent(op, row)
	}, pgReadFeed, q.App, after.tx, after.position, pageSize(q.Limit))
	return list, postgresFault(op, err)
}

// place is where an event is in the feed.
type place struct{ tx, position int64 }

func collectPlace(row pgx.CollectableRow) (p place, err error) {
	err = row.Scan(&p.tx, &p.position)
	return p, err
}

func collectFeedEvent(op string, row pgx.CollectableRow) (e bridge.FeedEvent, err error) {
	var at *int64
	var data []byte
	if err := row.Scan(&e.Order, &e.Sequence, &e.Type, &at, &e.Source, &data, &e.Currency); err != nil {
		return e, err
	}
	e.At = fromNullable(at)
	return e, decode(op, data, &e.Data)
}

// keepFeedRising sees to it that the transactions to come have higher numbers than
// those of the events that are there. A database that was restored into a new cluster
// brings events from the future of that cluster. What they have stays; what is to come
// is counted from there, so it takes no time, however many there are.
func keepFeedRising(ctx context.Context, pool *pgxpool.Pool) error {
	var base *int64
	if err := pool.QueryRow(ctx, pgFutureOfFeed).Scan(&base); err != nil || base == nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, pgFutureOfFeed).Scan(&base); err != nil || base == nil {
			return err // another node has done it
		}
		_, err := tx.Exec(ctx, pgRaiseFeed+strconv.FormatInt(*base, 10)+`)`)
		if err == nil {
			_, err = tx.Exec(ctx, pgNoteFeed, *base)
		}
		return err
	})
}
