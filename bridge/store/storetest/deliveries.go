package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var deliveryTests = []test{
	{"deliveries are listed newest first, whatever became of them", deliveriesNewestFirst},
	{"deliveries are found by what they are", deliveriesByFilter},
	{"deliveries are read page by page", deliveryPages},
	{"a message that is replayed is due at once as if it were new", replayed},
	{"a message is replayed once for a key", replayedOnce},
	{"endpoints with messages due are named once", dueEndpoints},
}

var outcomes = map[string]store.Delivery{
	"dlv_a0": {Status: store.Delivered, At: Epoch.Add(time.Hour)},
	"dlv_a1": {Status: store.Dead, Note: "it answered 500 \xff", At: Epoch.Add(2 * time.Hour)},
	"dlv_b0": {Status: store.Undelivered, RunAt: Epoch.Add(9 * time.Hour), Note: "no answer", At: Epoch.Add(3 * time.Hour)},
}

func records(t testing.TB, s Store, q store.DeliveryQuery) []store.DeliveryRecord {
	t.Helper()
	list, err := s.Deliveries(context.Background(), q)
	if err != nil {
		t.Fatalf("Deliveries(%+v): got %v, want nil", q, err)
	}
	return list
}

func recordIDs(t testing.TB, s Store, q store.DeliveryQuery) (ids []string) {
	t.Helper()
	for _, d := range records(t, s, q) {
		ids = append(ids, d.ID)
	}
	return ids
}

// settle fills the outbox and stores an outcome of every message but the last.
func settle(t testing.TB, s Store) {
	t.Helper()
	fillOutbox(t, s)
	for id, outcome := range outcomes {
		finish(t, s, id, outcome)
	}
	createAt(t, s, "other", 0, func(c *bridge.Change) {
		m := message(c.Order.ID, "dlv_foreign", 1)
		m.App = "other"
		c.Messages = []bridge.Message{m}
	})
}

func deliveriesNewestFirst(t *testing.T, s Store) {
	settle(t, s)
	list := records(t, s, store.DeliveryQuery{App: "shop", Limit: 10})
	same(t, "deliveries", recordIDs(t, s, store.DeliveryQuery{App: "shop", Limit: 10}),
		[]string{"dlv_b1", "dlv_b0", "dlv_a1", "dlv_a0"})
	for _, d := range list {
		want, tried := outcomes[d.ID], 1
		if d.ID == "dlv_b1" {
			want, tried = store.Delivery{Status: store.Undelivered, RunAt: Epoch.Add(time.Second)}, 0
		}
		if d.Status != want.Status || d.TriedAt != want.At || d.RunAt != want.RunAt || d.Attempts != tried || d.Note != want.Note {
			t.Errorf("%s: got %s, tried at %v, next at %v, %d attempts, note %q, want %+v after %d",
				d.ID, d.Status, d.TriedAt, d.RunAt, d.Attempts, d.Note, want, tried)
		}
		if !bytes.Equal(d.Body, message("", "", 0).Body) || d.CreatedAt != Epoch || d.Type != bridge.OrderPaid {
			t.Errorf("%s: got %+v, want the message as it was made", d.ID, d.Message)
		}
	}
	for _, q := range []store.DeliveryQuery{{App: "nobody's", Limit: 10}, {App: "shop"}, {App: "shop", Limit: -1}} {
		if got := recordIDs(t, s, q); len(got) != 0 {
			t.Errorf("%+v: got %v, want none", q, got)
		}
	}
}

func deliveriesByFilter(t *testing.T, s Store) {
	settle(t, s)
	orders := map[string]bridge.OrderID{}
	for _, d := range records(t, s, store.DeliveryQuery{App: "shop", Limit: 10}) {
		orders[d.ID] = d.Order
	}
	for name, test := range map[string]struct {
		q    store.DeliveryQuery
		want []string
	}{
		"of an order":                 {store.DeliveryQuery{Order: orders["dlv_a0"]}, []string{"dlv_a1", "dlv_a0"}},
		"dead of an order":            {store.DeliveryQuery{Order: orders["dlv_a0"], Status: store.Dead}, []string{"dlv_a1"}},
		"behind one of an order":      {store.DeliveryQuery{Order: orders["dlv_a0"], Before: "dlv_a1"}, []string{"dlv_a0"}},
		"to an endpoint":              {store.DeliveryQuery{Endpoint: "end_1"}, []string{"dlv_b1", "dlv_b0", "dlv_a1", "dlv_a0"}},
		"to another endpoint":         {store.DeliveryQuery{Endpoint: "end_2"}, nil},
		"delivered":                   {store.DeliveryQuery{Status: store.Delivered}, []string{"dlv_a0"}},
		"undelivered":                 {store.DeliveryQuery{Status: store.Undelivered}, []string{"dlv_b1", "dlv_b0"}},
		"undelivered to an endpoint":  {store.DeliveryQuery{Status: store.Undelivered, Endpoint: "end_1", Limit: 1}, []string{"dlv_b1"}},
		"undelivered behind one":      {store.DeliveryQuery{Status: store.Undelivered, Before: "dlv_b1"}, []string{"dlv_b0"}},
		"dead":                        {store.DeliveryQuery{Status: store.Dead}, []string{"dlv_a1"}},
		"dead at an endpoint":         {store.DeliveryQuery{Status: store.Dead, Endpoint: "end_1"}, []string{"dlv_a1"}},
		"dead at another endpoint":    {store.DeliveryQuery{Status: store.Dead, Endpoint: "end_2"}, nil},
		"by id":                       {store.DeliveryQuery{ID: "dlv_b0"}, []string{"dlv_b0"}},
		"by id, with another status":  {store.DeliveryQuery{ID: "dlv_b0", Status: store.Dead}, nil},
		"by the id of another app's":  {store.DeliveryQuery{ID: "dlv_foreign"}, nil},
		"by an id that is not there":  {store.DeliveryQuery{ID: "dlv_none"}, nil},
		"of an order that is no such": {store.DeliveryQuery{Order: NewOrder(t).Order.ID}, nil},
	} {
		test.q.App = "shop"
		if test.q.Limit == 0 {
			test.q.Limit = 10
		}
		same(t, name, recordIDs(t, s, test.q), test.want)
	}
}

func deliveryPages(t *testing.T, s Store) {
	settle(t, s)
	var got []string
	q := store.DeliveryQuery{App: "shop", Limit: 3}
	for page := recordIDs(t, s, q); len(page) > 0; page = recordIDs(t, s, q) {
		got = append(got, page...)
		q.Before = page[len(page)-1]
	}
	same(t, "over all pages", got, []string{"dlv_b1", "dlv_b0", "dlv_a1", "dlv_a0"})
}

func replay(t testing.TB, s Store, id string, claim *bridge.Claim) bridge.Claim {
	t.Helper()
	held, err := s.ReplayMessage(context.Background(), "shop", id, Epoch.Add(10*time.Hour), claim)
	if err != nil {
		t.Fatalf("ReplayMessage: got %v, want nil", err)
	}
	return held
}

func replayed(t *testing.T, s Store) {
	settle(t, s)
	at := Epoch.Add(10 * time.Hour)
	for id := range outcomes {
		same(t, "the claim of none", replay(t, s, id, nil), bridge.Claim{})
		d := records(t, s, store.DeliveryQuery{App: "shop", ID: id, Limit: 1})[0]
		if d.Status != store.Undelivered || d.RunAt != at || d.CreatedAt != at || d.Attempts != 0 || d.Note != "" || !d.TriedAt.IsZero() {
			t.Errorf("%s: got %+v, want it as if it had been made now", id, d)
		}
	}
	same(t, "deliveries", recordIDs(t, s, store.DeliveryQuery{App: "shop", Limit: 10}),
		[]string{"dlv_b1", "dlv_b0", "dlv_a1", "dlv_a0"})
	list, err := s.ClaimMessages(context.Background(), "shop", "end_1", at, time.Minute, 10)
	if err != nil || len(list) != 2 || list[0].ID != "dlv_a0" || list[1].ID != "dlv_b0" {
		t.Errorf("ClaimMessages: got %+v, %v, want the first message of each order", list, err)
	}
	for _, id := range []string{"dlv_none", "dlv_foreign"} {
		_, err := s.ReplayMessage(context.Background(), "shop", id, at, nil)
		wantKind(t, id, err, fault.NotFound)
		k := answered("replay "+id, "")
		_, err = s.ReplayMessage(context.Background(), "shop", id, at, &k)
		wantKind(t, id+" with a key", err, fault.NotFound)
		same(t, "the key afterwards", replay(t, s, "dlv_a1", &k), k)
	}
}

// answered is a claim of no order, with its answer.
func answered(key, body string) bridge.Claim {
	c := claim(key, "")
	c.Answer = &bridge.Answer{Status: 200, Body: []byte(body)}
	return c
}

func replayedOnce(t *testing.T, s Store) {
	settle(t, s)
	first, second := answered("k1", "first"), answered("k1", "second")
	same(t, "the claim", replay(t, s, "dlv_a1", &first), first)
	finish(t, s, "dlv_a1", store.Delivery{Status: store.Delivered, At: Epoch})
	same(t, "the claim that is held", replay(t, s, "dlv_a1", &second), first)
	same(t, "the claim that is held, for no message", replay(t, s, "dlv_none", &second), first)
	d := records(t, s, store.DeliveryQuery{App: "shop", ID: "dlv_a1", Limit: 1})[0]
	if d.Status != store.Delivered || d.Attempts != 1 {
		t.Errorf("the message: got %s after %d attempts, want it left as it was", d.Status, d.Attempts)
	}
}

func dueEndpoints(t *testing.T, s Store) {
	at := Epoch.Add(time.Minute)
	due := func(what string, now time.Time, want ...store.EndpointKey) {
		t.Helper()
		got, err := s.DueEndpoints(context.Background(), now)
		if err != nil {
			t.Fatalf("DueEndpoints: got %v, want nil", err)
		}
		same(t, what, got, want)
	}
	due("of an empty outbox", at)
	for _, to := range []store.EndpointKey{{App: "a", Endpoint: "2"}, {App: "a", Endpoint: "1"}, {App: "b", Endpoint: "1"}} {
		createAt(t, s, to.App, 0, func(c *bridge.Change) {
			for i, name := range []string{"first", "second"} {
				m := message(c.Order.ID, "dlv_"+to.App+to.Endpoint+name, int64(i+1))
				m.App, m.Endpoint = to.App, to.Endpoint
				c.Messages = append(c.Messages, m)
			}
		})
		finish(t, s, "dlv_"+to.App+to.Endpoint+"second", store.Delivery{Status: store.Delivered})
	}
	due("before their time", Epoch)
	got, err := s.DueEndpoints(context.Background(), at)
	if err != nil || len(got) != 3 {
		t.Fatalf("DueEndpoints: got %v, %v, want three", got, err)
	}
	finish(t, s, "dlv_a1first", store.Delivery{Status: store.Undelivered, RunAt: at.Add(time.Hour)})
	finish(t, s, "dlv_b1first", store.Delivery{Status: store.Dead})
	due("when one waits and one is dead", at, store.EndpointKey{App: "a", Endpoint: "2"})
	if _, err := s.ClaimMessages(context.Background(), "a", "2", at, time.Minute, 1); err != nil {
		t.Fatal(err)
	}
	due("while the last is under way", at)
}
