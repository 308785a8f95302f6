package memstore

import (
	"context"
	"maps"
	"time"

	"github.com/minitill/minitill/bridge"
)

// trace stores the trace context of an event; an empty one is not stored.
func (s *Store) trace(e bridge.Event, context string) {
	if context != "" {
		s.traces[bridge.EventKey{Order: e.Order, Sequence: e.Sequence}] = context
	}
}

// Traces implements store.Traces.
func (s *Store) Traces(ctx context.Context, id bridge.OrderID, sequence int64) (first, event string, err error) {
	err = s.do(ctx, "memstore.Traces", func() error {
		first = s.traces[bridge.EventKey{Order: id, Sequence: 1}]
		event = s.traces[bridge.EventKey{Order: id, Sequence: sequence}]
		return nil
	})
	return first, event, err
}

// PruneTraces implements store.Traces.
func (s *Store) PruneTraces(ctx context.Context, before time.Time) error {
	return s.do(ctx, "memstore.PruneTraces", func() error {
		maps.DeleteFunc(s.traces, func(key bridge.EventKey, _ string) bool {
			o := s.orders[key.Order]
			return o != nil && o.order.CreatedAt.Before(before)
		})
		return nil
	})
}
