package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

func endpointsVersion(t testing.TB, s Store) int64 {
	t.Helper()
	_, version, err := s.Endpoints(context.Background())
	if err != nil {
		t.Fatalf("Endpoints: got %v, want nil", err)
	}
	return version
}

func endpointVersions(t *testing.T, s Store) {
	ctx := context.Background()
	id := create(t, s, NewOrder(t))
	last := endpointsVersion(t, s)
	step := func(what string, raises bool) {
		t.Helper()
		version := endpointsVersion(t, s)
		if raises != (version > last) || version < last {
			t.Errorf("%s: got version %d after %d, want it raised: %v", what, version, last, raises)
		}
		last = version
		update(t, s, id, func(c *bridge.Change) {
			if c.Endpoints != version {
				t.Errorf("%s: a change saw version %d, want %d", what, c.Endpoints, version)
			}
			AddPaid(c, c.Order.Paid+1)
		})
	}
	step("nothing", false)
	k := answered("k1", "")
	addEndpoint(t, s, endpoint("whe_1"), &k)
	step("a new endpoint", true)
	addEndpoint(t, s, endpoint("whe_2"), &k)
	step("one whose key is held", false)
	_, err := s.AddEndpoint(ctx, endpoint("whe_1"), nil)
	wantKind(t, "AddEndpoint", err, fault.Conflict)
	step("one that is there", false)
	if _, _, err := s.UpdateEndpoint(ctx, "shop", "whe_1", nil, rename("https://1.example", nil)); err != nil {
		t.Fatalf("UpdateEndpoint: got %v, want nil", err)
	}
	step("an update", true)
	if _, _, err := s.UpdateEndpoint(ctx, "shop", "whe_1", &k, rename("https://2.example", nil)); err != nil {
		t.Fatalf("UpdateEndpoint: got %v, want nil", err)
	}
	step("an update whose key is held", false)
	if err := s.RemoveEndpoint(ctx, "shop", "whe_1"); err != nil {
		t.Fatalf("RemoveEndpoint: got %v, want nil", err)
	}
	step("a removal", true)
	wantKind(t, "RemoveEndpoint", s.RemoveEndpoint(ctx, "shop", "whe_1"), fault.NotFound)
	step("a removal of none", false)
}

// endpointBetween adds an endpoint between the reading and the writing of a change, of
// an order as it was created, as it was cached, and as it was read.
func endpointBetween(t *testing.T, s Store) {
	EndpointBetween(t, s, s)
}

// EndpointBetween adds endpoints at one store while another, over the same database,
// changes an order: the change runs again and sees the new version.
func EndpointBetween(t *testing.T, at, changing Store) {
	t.Helper()
	id := create(t, changing, NewOrder(t))
	for _, name := range []string{"whe_1", "whe_2", "whe_3"} {
		var seen []int64
		got := update(t, changing, id, func(c *bridge.Change) {
			if seen = append(seen, c.Endpoints); len(seen) == 1 {
				addEndpoint(t, at, endpoint(name), nil)
			}
			AddPaid(c, c.Order.Paid+1)
		})
		if want := endpointsVersion(t, at); len(seen) != 2 || seen[0] >= want || seen[1] != want {
			t.Errorf("%s: the change saw versions %v, want an older one and then %d", name, seen, want)
		}
		same(t, "the order", order(t, at, id), got)
	}
	replays(t, changing, id)
	if got := order(t, changing, id); got.Paid != 3 {
		t.Errorf("the order: got %d paid, want 3", got.Paid)
	}
}

func endpointBetweenSchedules(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	runs := 0
	update(t, s, id, func(c *bridge.Change) {
		if runs++; runs == 1 {
			addEndpoint(t, s, endpoint("whe_1"), nil)
		}
		c.Order.DueAt = Epoch.Add(time.Hour)
	})
	if runs != 1 {
		t.Errorf("a change of the schedule ran %d times, want once", runs)
	}
}
