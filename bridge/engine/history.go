package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
)

// History returns what is stored of an order's events: all of them, or a snapshot and those
// after it.
//
// Faults: NotFound.
func (e *Engine) History(ctx context.Context, id bridge.OrderID) (history.History, error) {
	return store.ReadHistory(ctx, e.store, id)
}
