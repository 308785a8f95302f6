package outbox

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

func TestManyEndpointsThatBeginToHangHoldABoundedNumberOfAttempts(t *testing.T) {
	e := Endpoint{App: "shop"}
	d := dispatcher(t, time.Now)
	rooms, held := []int{}, 0
	for i := range 1000 {
		e.Name = fmt.Sprint(i)
		_, room := d.reserve(&target{Endpoint: e, room: MaxInFlight})
		rooms, held = append(rooms, room), held+room
	}
	if want := 1000 + spareMost; held != want {
		t.Errorf("a thousand endpoints in full swing hold %d attempts, want %d", held, want)
	}
	if rooms[0] != MaxInFlight || rooms[999] != 1 {
		t.Errorf("the first has room for %d and the last for %d, want %d and 1", rooms[0], rooms[999], MaxInFlight)
	}
	for _, room := range rooms {
		d.returnSlots(room - 1)
	}
	if d.spare != spareMost {
		t.Errorf("%d of what all share is left, want %d", d.spare, spareMost)
	}
}

func TestTheConcurrencyOfAnEndpointGrowsWithItsSuccesses(t *testing.T) {
	steps := []struct {
		name           string
		taken, refused int
		want           int
	}{
		{"a new one", 1, 0, 2}, {"that goes on", 2, 0, 4}, {"and on", 4, 0, 8}, {"and on", 8, 0, 16}, {"has enough", 16, 0, 16},
		{"refuses one of many", 15, 1, 16}, {"hangs", 0, 16, 1}, {"hangs", 0, 1, 1}, {"comes back", 1, 0, 2},
		{"was claimed by a process that died", 0, 0, 2},
	}
	e := &target{room: 1}
	for _, step := range steps {
		if e.count(step.taken, step.refused, 1, noon); e.room != step.want {
			t.Errorf("an endpoint that %s has room for %d, want %d", step.name, e.room, step.want)
		}
	}
}

// TestAnOlderListDoesNotUndoAChangeOfHealth lets an endpoint turn while its list is
// being read.
func TestAnOlderListDoesNotUndoAChangeOfHealth(t *testing.T) {
	listed := Endpoint{App: "shop", Name: "hook"}
	d := dispatcher(t, time.Now)
	d.source = func(context.Context) ([]Endpoint, error) { return []Endpoint{listed}, nil }
	d.targets = map[store.EndpointKey]*target{}
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := d.targets[hook("hook")]
	e.count(0, 1, 1, noon)
	d.source = func(context.Context) ([]Endpoint, error) {
		e.count(0, failureShown, 1, noon)
		return []Endpoint{listed}, nil
	}
	if err := d.Reload(t.Context()); err != nil || e.FailingSince.IsZero() {
		t.Errorf("an endpoint fails since %v, %v, want what its node has seen", e.FailingSince, err)
	}
	d.source = func(context.Context) ([]Endpoint, error) { return []Endpoint{listed}, nil }
	if err := d.Reload(t.Context()); err != nil || !e.FailingSince.IsZero() {
		t.Errorf("an endpoint fails since %v, %v, want what a newer list says", e.FailingSince, err)
	}
}

func TestAnEndpointThatWaitsGetsNoWorker(t *testing.T) {
	f := newFleet(t, "dlv_1")
	d := f.inProcess(func(context.Context, *bridge.Message) error {
		return &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Minute}
	})
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d.acquire(hook("hook"), true) != nil {
		t.Error("it gets a worker when its app has new messages")
	}
	f.clock.Advance(time.Minute)
	if d.acquire(hook("hook"), false) == nil {
		t.Error("it gets no worker after its wait")
	}
}
