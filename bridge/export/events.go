package export

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
)

var eventColumns = []string{"id", "order", "sequence", "type", "at", "source", "by", "data"}

// eventPages reads events in the order of the feed. It ends at the first page that has none
// from before the end, or is not full.
func eventPages(ctx context.Context, from Source, q *Query) reader {
	next := store.FeedQuery{App: q.App, Limit: pageSize}
	return func() (page []row, more bool, err error) {
		list, err := from.Feed(ctx, next)
		if err != nil {
			return nil, false, err
		}
		before := 0
		for i := range list {
			if list[i].At.Before(q.To) {
				before++
			}
			if !q.within(list[i].At) {
				continue
			}
			r, err := eventRow(&list[i], q)
			if err != nil {
				return nil, false, err
			}
			page = append(page, r)
		}
		if more = len(list) == pageSize && before > 0; more {
			next.After = list[len(list)-1].Key()
		}
		return page, more, nil
	}
}

func eventRow(e *store.FeedEvent, q *Query) (row, error) {
	v := view.NewFeedEvent(e)
	data, err := json.Marshal(v.Data)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "export.Write", err)
	}
	return row{
		text(v.ID), text(v.Order), number(strconv.FormatInt(v.Sequence, 10)), text(v.Type), q.when(v.At), text(v.Source), text(v.By), document(data),
	}, nil
}
