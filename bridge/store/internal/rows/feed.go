package rows

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Feed returns an app's events behind one of them, or from the first, oldest first, in
// the order of the dialect.
//
// Faults: NotFound when After is no event of the app; Unavailable.
func (r *Resources) Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	const op = "store.Feed"
	place := append([]any{q.App}, r.dialect.FeedStart...)
	if q.After != (bridge.EventKey{}) {
		after := NewSearch(r.dialect.FeedPlace, string(q.After.Order), q.After.Sequence, q.App)
		found, err := readOne(ctx, r, op, entryBefore, after, func(row Row) ([]any, error) {
			return scanPlace(row, len(r.dialect.FeedStart))
		})
		if err != nil {
			return nil, err
		}
		copy(place[1:], found)
	}
	page := NewSearch(r.dialect.Feed, append(place, PageSize(q.Limit))...)
	return readAll(ctx, r, op, page, func(row Row) (store.FeedEvent, error) { return scanFeedEvent(op, row) })
}

// scanPlace reads the numbers of a place.
func scanPlace(row Row, n int) ([]any, error) {
	place, numbers := make([]any, n), make([]int64, n)
	for i := range place {
		place[i] = &numbers[i]
	}
	err := row.Scan(place...)
	for i := range place {
		place[i] = numbers[i]
	}
	return place, err
}

func scanFeedEvent(op string, row Row) (e store.FeedEvent, err error) {
	var data []byte
	if err := row.Scan(&e.Order, &e.Sequence, &e.Type, instant{&e.At}, &e.Source, &data, &e.Currency); err != nil {
		return e, err
	}
	return e, Decode(op, data, &e.Data)
}
