package store_test

import (
	"context"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// gap is a store that says that events were archived, and has a snapshot that does not go that far.
type gap struct{ snapshot *history.Snapshot }

func (gap) Events(context.Context, bridge.OrderID, int64) ([]bridge.Event, error) {
	return nil, store.Archived("test")
}

func (g gap) Snapshot(context.Context, bridge.OrderID) (history.Snapshot, error) {
	if g.snapshot == nil {
		return history.Snapshot{}, fault.New(fault.NotFound, "test", "")
	}
	return *g.snapshot, nil
}

func TestAHistoryWithAGapIsRefused(t *testing.T) {
	for what, g := range map[string]gap{
		"without a snapshot":                   {},
		"with one that does not go far enough": {&history.Snapshot{Order: bridge.Order{Sequence: 2}}},
	} {
		if _, err := store.ReadHistory(t.Context(), g, "ord_1"); fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: got %v, want Internal", what, err)
		}
	}
}
