package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

var feedTests = []test{
	{"the feed has every event of an app, oldest first", feedOfAnApp},
	{"the feed continues behind each of its events", feedGoesOn},
	{"a reader that follows writers sees every event once and in order", feedUnderWriters},
}

// patience bounds how long a follower polls the feed for an event that must appear.
const patience = time.Minute

// Follower reads an app's feed page by page and records what it has read.
type Follower struct {
	App   string
	Limit int
	Seen  []store.FeedEvent

	last map[bridge.OrderID]int64
}

// Step reads one page and returns how long it was. Each event must be the next of its
// order.
func (f *Follower) Step(t testing.TB, s store.Archive) int {
	t.Helper()
	q := store.FeedQuery{App: f.App, Limit: f.Limit}
	if n := len(f.Seen); n > 0 {
		q.After = bridge.EventKey{Order: f.Seen[n-1].Order, Sequence: f.Seen[n-1].Sequence}
	}
	page, err := s.Feed(context.Background(), q)
	if err != nil {
		t.Errorf("Feed(%+v): got %v, want nil", q, err)
		return 0
	}
	if f.last == nil {
		f.last = make(map[bridge.OrderID]int64)
	}
	for _, e := range page {
		if f.last[e.Order]++; e.Sequence != f.last[e.Order] {
			t.Errorf("%s: got event %d, want %d next", e.Order, e.Sequence, f.last[e.Order])
			f.last[e.Order] = e.Sequence
		}
	}
	f.Seen = append(f.Seen, page...)
	return len(page)
}

// Until reads until it has seen as many events.
func (f *Follower) Until(t testing.TB, s store.Archive, events int) {
	t.Helper()
	for end := time.Now().Add(patience); len(f.Seen) < events && !t.Failed(); f.Step(t, s) {
		if time.Now().After(end) {
			t.Errorf("the feed: got %d events, want %d", len(f.Seen), events)
			return
		}
	}
	if n := f.Step(t, s); n > 0 && !t.Failed() {
		t.Errorf("the feed: got %d events more than the %d there are", n, events)
	}
}

func feedOfAnApp(t *testing.T, s Store) {
	first := createAt(t, s, "shop", time.Second, asItIs)
	foreign := createAt(t, s, "other", 0, asItIs)
	second := createAt(t, s, "shop", 0, func(c *bridge.Change) { c.Order.Amount.Currency = "JPY" })
	update(t, s, first, func(c *bridge.Change) { AddPaid(c, 1); AddPaid(c, 2) })
	update(t, s, foreign, func(c *bridge.Change) { AddPaid(c, 1) })
	f := &Follower{App: "shop", Limit: 10}
	f.Until(t, s, 4)
	created, rest := events(t, s, second), events(t, s, first)
	want := []store.FeedEvent{
		{Event: rest[0], Currency: "USD"}, {Event: created[0], Currency: "JPY"},
		{Event: rest[1], Currency: "USD"}, {Event: rest[2], Currency: "USD"},
	}
	same(t, "the feed", f.Seen, want)
	for _, q := range []store.FeedQuery{{App: "nobody's", Limit: 10}, {App: "shop"}, {App: "shop", Limit: -1}} {
		if list, err := s.Feed(context.Background(), q); err != nil || len(list) != 0 {
			t.Errorf("%+v: got %v, %v, want none and no error", q, list, err)
		}
	}
}

func feedGoesOn(t *testing.T, s Store) {
	for range 3 {
		id := create(t, s, NewOrder(t))
		update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1) })
	}
	all := &Follower{App: "shop", Limit: 10}
	all.Until(t, s, 6)
	for _, limit := range []int{1, 2, 4} {
		f := &Follower{App: "shop", Limit: limit}
		f.Until(t, s, 6)
		same(t, "the feed page by page", f.Seen, all.Seen)
	}
}

func feedUnderWriters(t *testing.T, s Store) {
	const writers, orders, updates = 16, 5, 3
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		together(writers, func(int) {
			for range orders {
				WriteOrder(t, s, updates)
			}
		})
	}()
	f := &Follower{App: "shop", Limit: 7}
	for done := false; !done; f.Step(t, s) {
		select {
		case <-writing:
			done = true
		default:
		}
	}
	f.Until(t, s, writers*orders*(1+updates))
}

// WriteOrder creates an order and changes it as often.
func WriteOrder(t testing.TB, s Store, updates int) {
	t.Helper()
	c := NewOrder(t)
	if _, err := s.CreateOrder(context.Background(), c); err != nil {
		t.Errorf("CreateOrder: got %v, want nil", err)
		return
	}
	for range updates {
		addOne(t, s, c.Order.ID)
	}
}
