package rows

import (
	"fmt"
	"testing"

	"github.com/minitill/minitill/bridge"
)

func TestTheOldestOrderIsEvictedFirst(t *testing.T) {
	r := newRecent()
	for i := range maxRecent + 10 {
		r.add(bridge.Order{ID: bridge.OrderID(fmt.Sprint(i))}, 1)
	}
	for i, want := range map[int]bool{0: false, 9: false, 10: true, maxRecent + 9: true} {
		if _, ok := r.get(bridge.OrderID(fmt.Sprint(i))); ok != want {
			t.Errorf("order %d is remembered: %v, want %v", i, ok, want)
		}
	}
	if len(r.of) != maxRecent {
		t.Errorf("%d orders are remembered, want %d", len(r.of), maxRecent)
	}
}
