package rows

import (
	"context"
	"errors"
	"testing"
)

func TestLanesAreReleased(t *testing.T) {
	l := newLanes()
	ctx, cancel := context.WithCancel(context.Background())
	held, err := l.enter(ctx, "ord_1")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := l.enter(ctx, "ord_1"); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with an ended context: got %v, want canceled", err)
	}
	l.leave("ord_1", held)
	if len(l.open) != 0 || len(l.idle) != 1 {
		t.Errorf("lanes: got %d open and %d idle, want 0 and 1", len(l.open), len(l.idle))
	}
}
