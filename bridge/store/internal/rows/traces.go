package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

const (
	readTraces  = "select sequence, context from event_traces where order_id = ? and sequence in (?, ?)"
	pruneTraces = `delete from event_traces where (order_id, sequence) in
		(select order_id, sequence from event_traces where order_id < ? order by order_id, sequence limit ?)`
)

// firstSequence is the sequence of an order's first event.
const firstSequence = int64(1)

// Traces returns the trace contexts of an order's first event and of the event with a
// sequence. One that is not stored is empty.
//
// Faults: Unavailable.
func (r *Resources) Traces(ctx context.Context, id bridge.OrderID, sequence int64) (first, event string, err error) {
	type stored struct {
		sequence int64
		context  string
	}
	q := NewSearch(readTraces, string(id), firstSequence, sequence)
	q.Short = true
	found, err := readAll(ctx, r, "store.Traces", q, func(row Row) (s stored, err error) {
		err = row.Scan(&s.sequence, &s.context)
		return s, err
	})
	for _, s := range found {
		if s.sequence == firstSequence {
			first = s.context
		}
		if s.sequence == sequence {
			event = s.context
		}
	}
	return first, event, err
}

// PruneTraces deletes the trace contexts of orders that were created before a time, a few in
// each commit.
//
// Faults: Unavailable; Unknown.
func (r *Resources) PruneTraces(ctx context.Context, before time.Time) error {
	for {
		n, err := r.db.Exec(ctx, &Statement{Op: "store.PruneTraces", Text: pruneTraces, Args: []any{idAt(before), int64(PruneStep)}})
		if err != nil || n < PruneStep {
			return err
		}
	}
}
