package sqlstore

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
)

// Feed returns an app's events behind one of them, or from the first, oldest first:
// in the order of their commits, which one writer at a time gives to all of them.
//
// Faults: NotFound when After is no event of the app; Unavailable.
func (s *Store) Feed(ctx context.Context, q bridge.FeedQuery) ([]bridge.FeedEvent, error) {
	const op = "sqlstore.Feed"
	var after int64
	if q.After != (bridge.EventKey{}) {
		var err error
		if after, err = s.placeOf(ctx, op, readFeedPlace, string(q.After.Order), q.After.Sequence, q.App); err != nil {
			return nil, err
		}
	}
	page := newSearch(readFeed, q.App, after, pageSize(q.Limit))
	return listOf(ctx, s, op, page, func(rows *sql.Rows) (bridge.FeedEvent, error) { return scanFeedEvent(op, rows) })
}

func scanFeedEvent(op string, rows *sql.Rows) (e bridge.FeedEvent, err error) {
	var at any
	var data sql.RawBytes
	if err := rows.Scan(&e.Order, &e.Sequence, &e.Type, &at, &e.Source, &data, &e.Currency); err != nil {
		return e, err
	}
	e.At = fromMillis(at)
	return e, decode(op, data, &e.Data)
}
