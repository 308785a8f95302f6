package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var endpointTests = []test{
	{"endpoints come as they were stored, in the order of creation", endpointsAsStored},
	{"an endpoint is stored once for a key", endpointOncePerKey},
	{"an endpoint that exists is not stored again", endpointTwice},
	{"an update leaves behind what change did", endpointUpdates},
	{"an update is made once for a key", endpointUpdatedOncePerKey},
	{"an error from change leaves the endpoint and the key as they were", endpointChangeFails},
	{"updates of one endpoint at once lose nothing", endpointConcurrently},
	{"an endpoint that is removed takes its undelivered messages with it", endpointRemoved},
	{"however many messages an endpoint has, all are dead when it is removed", crowdedEndpointRemoved},
	{"an app has no other app's endpoint", endpointOfAnother},
	{"every change of an endpoint raises the version of all", endpointVersions},
	{"a change of an order that was read before an endpoint came runs again", endpointBetween},
	{"a change without events commits whatever becomes of endpoints", endpointBetweenSchedules},
}

func endpoint(id string) store.Endpoint {
	return store.Endpoint{
		ID: id, App: "shop", URL: "https://shop.example/hook?a=1", Description: "the till \x00\xff",
		Events: []bridge.EventType{bridge.OrderPaid, bridge.RefundSucceeded}, Secret: "sealed", Previous: "sealed before",
		PreviousUntil: Epoch.Add(time.Hour), Disabled: true, DisabledReason: "it was gone",
		FailingSince: Epoch.Add(-time.Hour), CreatedAt: Epoch,
	}
}

func endpoints(t testing.TB, s Store) []store.Endpoint {
	t.Helper()
	list, _, err := s.Endpoints(context.Background())
	if err != nil {
		t.Fatalf("Endpoints: got %v, want nil", err)
	}
	return list
}

func addEndpoint(t testing.TB, s Store, e store.Endpoint, claim *bridge.Claim) bridge.Claim {
	t.Helper()
	held, err := s.AddEndpoint(context.Background(), e, claim)
	if err != nil {
		t.Fatalf("AddEndpoint: got %v, want nil", err)
	}
	return held
}

func endpointsAsStored(t *testing.T, s Store) {
	if list := endpoints(t, s); len(list) != 0 {
		t.Errorf("endpoints of an empty store: got %v, want none", list)
	}
	full, bare, foreign := endpoint("whe_2"), store.Endpoint{ID: "whe_1", App: "shop"}, endpoint("whe_2")
	foreign.App, foreign.Events = "other", []bridge.EventType{}
	for _, e := range []store.Endpoint{full, bare, foreign} {
		same(t, "the claim of none", addEndpoint(t, s, e, nil), bridge.Claim{})
	}
	foreign.Events = nil
	list := endpoints(t, s)
	same(t, "endpoints", list, []store.Endpoint{full, bare, foreign})
	if !list[1].CreatedAt.IsZero() || list[0].Hears(bridge.OrderPaid) || !list[1].Hears(bridge.OrderPaid) {
		t.Errorf("endpoints: got %+v, want zero times to stay zero and no events to mean all", list)
	}
}

func endpointOncePerKey(t *testing.T, s Store) {
	first, second := answered("k1", "first"), answered("k1", "second")
	same(t, "the claim", addEndpoint(t, s, endpoint("whe_1"), &first), first)
	same(t, "the claim that is held", addEndpoint(t, s, endpoint("whe_2"), &second), first)
	same(t, "the claim that is held, for the same endpoint", addEndpoint(t, s, endpoint("whe_1"), &second), first)
	same(t, "endpoints", endpoints(t, s), []store.Endpoint{endpoint("whe_1")})
}

func endpointTwice(t *testing.T, s Store) {
	addEndpoint(t, s, endpoint("whe_1"), nil)
	again, k := endpoint("whe_1"), answered("k1", "")
	again.URL = "https://elsewhere.example"
	_, err := s.AddEndpoint(context.Background(), again, &k)
	wantKind(t, "AddEndpoint", err, fault.Conflict)
	_, err = s.AddEndpoint(context.Background(), again, nil)
	wantKind(t, "AddEndpoint without a key", err, fault.Conflict)
	same(t, "endpoints", endpoints(t, s), []store.Endpoint{endpoint("whe_1")})
	same(t, "the key is free", addEndpoint(t, s, endpoint("whe_2"), &k), k)
}

func endpointUpdates(t *testing.T, s Store) {
	addEndpoint(t, s, endpoint("whe_1"), nil)
	addEndpoint(t, s, endpoint("whe_2"), nil)
	want := endpoint("whe_1")
	want.URL, want.Events, want.Disabled, want.FailingSince = "https://new.example", nil, false, time.Time{}
	want.PreviousUntil = Epoch.Add(2 * time.Hour)
	got, held, err := s.UpdateEndpoint(context.Background(), "shop", "whe_1", nil, func(e *store.Endpoint) error {
		same(t, "the endpoint as it is", *e, endpoint("whe_1"))
		*e = want
		e.PreviousUntil = want.PreviousUntil.Add(time.Microsecond).In(time.FixedZone("there", 3600))
		e.ID, e.App, e.CreatedAt = "whe_9", "other", Epoch.Add(time.Hour) // what an endpoint is stays
		return nil
	})
	if err != nil || held.Key != "" {
		t.Fatalf("UpdateEndpoint: got %+v, %v, want no claim and no error", held, err)
	}
	same(t, "the endpoint returned", got, want)
	same(t, "endpoints", endpoints(t, s), []store.Endpoint{want, endpoint("whe_2")})
}

// rename is an update that gives the endpoint a URL and the claim an answer.
func rename(url string, claim *bridge.Claim) func(*store.Endpoint) error {
	return func(e *store.Endpoint) error {
		e.URL = url
		if claim != nil {
			claim.Answer = &bridge.Answer{Status: 200, Body: []byte(url)}
		}
		return nil
	}
}

func endpointUpdatedOncePerKey(t *testing.T, s Store) {
	endpointUpdatedOncePerKeyOf(t, s, "k1")
}

func endpointUpdatedOncePerKeyOf(t *testing.T, s Store, key string) {
	t.Helper()
	ctx := context.Background()
	addEndpoint(t, s, endpoint("whe_1"), nil)
	first, second := claim(key, ""), claim(key, "")
	got, held, err := s.UpdateEndpoint(ctx, "shop", "whe_1", &first, rename("https://1.example", &first))
	if err != nil || got.URL != "https://1.example" {
		t.Errorf("UpdateEndpoint: got %s, %v, want the new URL", got.URL, err)
	}
	want := answered(key, "https://1.example")
	same(t, "the claim", held, want)
	got, held, err = s.UpdateEndpoint(ctx, "shop", "whe_1", &second, rename("https://2.example", &second))
	if err != nil || got.URL != "https://1.example" {
		t.Errorf("UpdateEndpoint again: got %s, %v, want the first URL", got.URL, err)
	}
	same(t, "the claim that is held", held, want)
	if err := s.RemoveEndpoint(ctx, "shop", "whe_1"); err != nil {
		t.Fatalf("RemoveEndpoint: got %v, want nil", err)
	}
	_, held, err = s.UpdateEndpoint(ctx, "shop", "whe_1", &second, rename("https://2.example", nil))
	if err != nil {
		t.Errorf("UpdateEndpoint when it is gone: got %v, want the claim that is held", err)
	}
	same(t, "the claim that is held when the endpoint is gone", held, want)
}

func endpointChangeFails(t *testing.T, s Store) {
	addEndpoint(t, s, endpoint("whe_1"), nil)
	refusal, k := errors.New("refused"), answered("k1", "")
	_, _, err := s.UpdateEndpoint(context.Background(), "shop", "whe_1", &k, func(e *store.Endpoint) error {
		e.URL, e.Events[0] = "https://bad.example", bridge.OrderFailed
		return refusal
	})
	if err != refusal {
		t.Errorf("UpdateEndpoint: got %v, want the very error that change returned", err)
	}
	same(t, "endpoints", endpoints(t, s), []store.Endpoint{endpoint("whe_1")})
	same(t, "the key is free", addEndpoint(t, s, endpoint("whe_2"), &k), k)
}

func endpointConcurrently(t *testing.T, s Store) {
	const callers = 20
	e := endpoint("whe_1")
	e.Events = nil
	addEndpoint(t, s, e, nil)
	together(callers, func(i int) {
		_, _, err := s.UpdateEndpoint(context.Background(), "shop", "whe_1", nil, func(e *store.Endpoint) error {
			e.Events = append(e.Events, bridge.EventType(fmt.Sprint("event.", i)))
			return nil
		})
		if err != nil {
			t.Errorf("UpdateEndpoint: got %v, want nil", err)
		}
	})
	updated := make(map[bridge.EventType]int)
	for _, kind := range endpoints(t, s)[0].Events {
		updated[kind]++
	}
	if len(updated) != callers {
		t.Errorf("what %d updates left behind: got %v", callers, updated)
	}
}

func endpointRemoved(t *testing.T, s Store) {
	ctx := context.Background()
	e := endpoint("end_1")
	addEndpoint(t, s, e, nil)
	settle(t, s)
	if err := s.RemoveEndpoint(ctx, "shop", "end_1"); err != nil {
		t.Fatalf("RemoveEndpoint: got %v, want nil", err)
	}
	if list := endpoints(t, s); len(list) != 0 {
		t.Errorf("endpoints: got %v, want none", list)
	}
	want := map[string]string{"dlv_b1": removedNote, "dlv_b0": removedNote, "dlv_a1": outcomes["dlv_a1"].Note}
	for _, d := range records(t, s, store.DeliveryQuery{App: "shop", Status: store.Dead, Limit: 10}) {
		if note, dead := want[d.ID]; !dead || d.Note != note || !d.RunAt.IsZero() {
			t.Errorf("%s: got dead with note %q until %v, want %v", d.ID, d.Note, d.RunAt, want)
		}
		delete(want, d.ID)
	}
	if len(want) > 0 {
		t.Errorf("messages that are not dead: %v", want)
	}
	same(t, "the other app's message", recordIDs(t, s, store.DeliveryQuery{App: "other", Status: store.Undelivered, Limit: 10}),
		[]string{"dlv_foreign"})
	finish(t, s, "dlv_b0", store.Delivery{Status: store.Undelivered, RunAt: Epoch}) // an attempt that was under way
	due, err := s.DueEndpoints(ctx, Epoch.Add(time.Hour))
	if err != nil || len(due) != 1 || due[0].App != "other" {
		t.Errorf("DueEndpoints: got %v, %v, want the other app's alone", due, err)
	}
	wantKind(t, "removing it again", s.RemoveEndpoint(ctx, "shop", "end_1"), fault.NotFound)
	addEndpoint(t, s, e, nil)
}

func crowdedEndpointRemoved(t *testing.T, s Store) {
	const many = 1200
	addEndpoint(t, s, endpoint("end_1"), nil)
	createAt(t, s, "shop", 0, func(c *bridge.Change) {
		for i := range many {
			c.Messages = append(c.Messages, message(c.Order.ID, fmt.Sprint("dlv_", i), int64(i+1)))
		}
	})
	if err := s.RemoveEndpoint(context.Background(), "shop", "end_1"); err != nil {
		t.Fatalf("RemoveEndpoint: got %v, want nil", err)
	}
	if left := messages(t, s); len(left) != 0 {
		t.Errorf("messages that are still tried: got %d, want none", len(left))
	}
	q := store.DeliveryQuery{App: "shop", Status: store.Dead, Limit: many}
	first := recordIDs(t, s, q)
	if len(first) > 1000 || len(first) == 0 {
		t.Fatalf("a page: got %d, want some and no more than 1,000", len(first))
	}
	q.Before = first[len(first)-1]
	if rest := recordIDs(t, s, q); len(first)+len(rest) != many {
		t.Errorf("dead messages: got %d and %d, want %d", len(first), len(rest), many)
	}
}

const removedNote = "the endpoint was removed"

func endpointOfAnother(t *testing.T, s Store) {
	ctx := context.Background()
	addEndpoint(t, s, endpoint("whe_1"), nil)
	k := claim("k1", "")
	_, _, err := s.UpdateEndpoint(ctx, "other", "whe_1", &k, func(*store.Endpoint) error {
		t.Error("change was run for another app's endpoint")
		return nil
	})
	wantKind(t, "UpdateEndpoint", err, fault.NotFound)
	wantKind(t, "RemoveEndpoint", s.RemoveEndpoint(ctx, "other", "whe_1"), fault.NotFound)
	same(t, "the key is free", addEndpoint(t, s, endpoint("whe_2"), &k), k)
	same(t, "endpoints", endpoints(t, s), []store.Endpoint{endpoint("whe_1"), endpoint("whe_2")})
}
