package rows

import (
	"cmp"
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Feed returns an app's events behind one of them, or from the first, oldest first, in
// the order of the dialect.
//
// Faults: NotFound when After is no event of the app; Expired when it is before the horizon;
// Unavailable.
func (r *Resources) Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	const op = "store.Feed"
	place, err := r.feedPlace(ctx, op, &q)
	if err != nil {
		return nil, err
	}
	page := NewSearch(r.dialect.Feed, append(append([]any{q.App}, place...), PageSize(q.Limit))...)
	list, err := readAll(ctx, r, op, page, func(row Row) (store.FeedEvent, error) { return scanFeedEvent(op, row) })
	if err != nil {
		return nil, err
	}
	// Events are deleted after the horizon has passed them: when it is not beyond the place
	// now, the page lacks none.
	h, err := r.horizon(ctx, op, q.App)
	if err == nil && h.before(placed(place)) {
		err = store.Archived(op)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// feedPlace returns the numbers of the place that a page begins behind. The event at the
// horizon has its place though it may be deleted.
func (r *Resources) feedPlace(ctx context.Context, op string, q *store.FeedQuery) ([]any, error) {
	if q.After == (bridge.EventKey{}) {
		return r.dialect.FeedStart, nil
	}
	after := NewSearch(r.dialect.FeedPlace, string(q.After.Order), q.After.Sequence, q.App)
	place, err := readOne(ctx, r, op, entryBefore, after, func(row Row) ([]any, error) {
		return scanPlace(row, len(r.dialect.FeedStart))
	})
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return place, err
	}
	h, horizonErr := r.horizon(ctx, op, q.App)
	switch {
	case horizonErr != nil:
		return nil, horizonErr
	case h.Number > 0 && h.Last == q.After:
		return r.dialect.placeArgs(h.place), nil
	}
	archived := NewSearch(hasSnapshot+ofApp, string(q.After.Order), q.After.Sequence, q.App)
	return nil, cmp.Or(r.checkUnarchived(ctx, op, archived), err)
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
