package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Traces is the part of a store that has the trace contexts of events; see
// bridge.Change.Trace.
type Traces interface {
	// Traces returns the trace contexts of an order's first event and of the event with a
	// sequence. One that is not stored is empty.
	Traces(ctx context.Context, id bridge.OrderID, sequence int64) (first, event string, err error)

	// PruneTraces deletes the trace contexts of orders that were created before a time.
	PruneTraces(ctx context.Context, before time.Time) error
}
