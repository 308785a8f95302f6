package merchant_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// life gives an order one event of each kind that shows something else.
func (w *world) life(o bridge.Order) bridge.Order {
	created := o
	observed := wallet.Money{Minor: 299, Currency: "EUR"}
	for i, entry := range []struct {
		kind   bridge.EventType
		source bridge.Source
		data   bridge.EventData
	}{
		{bridge.OrderCreated, bridge.FromMerchant, bridge.EventData{Order: &created}},
		{bridge.OrderUpdated, bridge.FromClient, bridge.EventData{Payer: &bridge.Payer{ID: "ann", Wallet: "sandbox"}}},
		{bridge.PaymentUpdated, bridge.FromClient, bridge.EventData{Hint: "9000"}},
		{bridge.OrderPaid, bridge.FromNotification, bridge.EventData{Payment: &created.Payments[0]}},
		{bridge.OrderAttention, bridge.FromQuery, bridge.EventData{Attention: bridge.AmountMismatch, Observed: &observed}},
		{bridge.RefundPending, bridge.FromMerchant, bridge.EventData{Refund: &bridge.Refund{Number: 1, Payment: 1, Status: wallet.RefundPending, Amount: 100}}},
		{bridge.OrderExpired, bridge.FromTime, bridge.EventData{Closed: wallet.Expired}},
	} {
		e := bridge.Event{Order: o.ID, Sequence: int64(i + 1), Type: entry.kind, At: w.clock.Now(), Source: entry.source, Data: entry.data}
		w.engine.feed = append(w.engine.feed, store.FeedEvent{Event: e, Currency: o.Amount.Currency})
		o.Sequence = e.Sequence
	}
	w.engine.put(o)
	return o
}

func evt(o bridge.Order, n int64) string { return bridge.EventKey{Order: o.ID, Sequence: n}.ID() }

func TestTheContentOfAnEvent(t *testing.T) {
	w := newWorld(t)
	o := w.life(w.engine.newOrder("shop"))
	body := w.call("GET", "/events", "").Want(200)
	first := at(body, "events", 0).(map[string]any)
	if first["id"] != evt(o, 1) || first["order"] != string(o.ID) || first["sequence"] != 1.0 || first["type"] != "order.created" ||
		first["at"] != "2026-01-02T12:00:00Z" || first["source"] != "merchant" || len(first) != 7 {
		t.Errorf("got %v", first)
	}
	money := `{"currency":"USD","value":"100","decimal":"1.00"}`
	for i, want := range []string{
		"", `{"payer":{"id":"ann"}}`, `{"hint":"9000"}`, "",
		`{"attention":"amount_mismatch","observed":{"currency":"EUR","value":"299","decimal":"2.99"}}`,
		`{"refund":{"id":"` + o.ID.RefundID(1) + `","order":"` + string(o.ID) + `","payment":"` + o.ID.PaymentID(1) + `","amount":` + money + `,"status":"pending","approval":null,"approver":null,"reason":"","createdAt":"0001-01-01T00:00:00Z"}}`,
		`{}`,
	} {
		if want != "" && asJSON(t, at(body, "events", i, "data")) != sameJSON(t, want) {
			t.Errorf("event %d says %v, want %s", i+1, at(body, "events", i, "data"), want)
		}
	}
	if at(first, "data", "order", "metadata", "table") != "7" || at(body, "events", 3, "data", "payment", "requestId") != "REQUEST" {
		t.Errorf("the merchant does not see what is theirs: %v", body)
	}
}

func TestFollowingTheFeed(t *testing.T) {
	w := newWorld(t)
	if got := w.call("GET", "/events", "").Body.String(); got != `{"events":[],"next":null}` {
		t.Errorf("an empty feed is %s", got)
	}
	o := w.life(w.engine.newOrder("shop"))
	for _, path := range []string{"/events", "/orders/" + string(o.ID) + "/events"} {
		var seen []string
		after := ""
		for range 5 { // a reader that has all of it continues polling
			body := w.call("GET", path+"?limit=3"+after, "").Want(200)
			for _, e := range body["events"].([]any) {
				seen = append(seen, at(e, "id").(string))
			}
			after = "&after=" + body["next"].(string)
		}
		if len(seen) != 7 || seen[0] != evt(o, 1) || seen[6] != evt(o, 7) || after != "&after="+evt(o, 7) {
			t.Errorf("%s: saw %v, then %s", path, seen, after)
		}
	}
	if want := (store.FeedQuery{App: "shop", After: bridge.EventKey{Order: o.ID, Sequence: 7}, Limit: 3}); w.engine.lastQuery != want {
		t.Errorf("requested %+v", w.engine.lastQuery)
	}
	other := w.life(w.engine.newOrder("shop"))
	for path, after := range map[string]string{
		"/events":                               evt(o, 8),
		"/events?limit=1":                       "evt_1",
		"/orders/" + string(o.ID) + "/events":   evt(o, 8),
		"/orders/" + string(o.ID) + "/events?x": evt(other, 1),
	} {
		path, _, _ = strings.Cut(path, "?")
		w.call("GET", path+"?after="+after, "").Refused(400, "after")
	}
}

func TestEventIDs(t *testing.T) {
	id, err := bridge.NewOrderID(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := bridge.EventKey{Order: id, Sequence: 12345}
	if got, ok := bridge.ParseEventID(k.ID()); !ok || got != k {
		t.Errorf("%s reads as %v", k.ID(), got)
	}
	core := strings.TrimPrefix(string(id), "ord_")
	for _, s := range []string{
		"", "evt_", "evt_" + core, core + "-1", "evt_" + core + "-0", "evt_" + core + "--1", "evt_" + core + "-01", "evt_" + core + "-+1",
		"evt_" + core + "-1-1", "evt_" + core + "-99999999999999999999", "evt_" + strings.ToLower(core) + "-1", "ord_" + core + "-1",
	} {
		if got, ok := bridge.ParseEventID(s); ok {
			t.Errorf("%q reads as %v", s, got)
		}
	}
}

// FuzzEventID: what reads as an event's id is that event's id.
func FuzzEventID(f *testing.F) {
	f.Add("evt_01JZZZZZZZZZZZZZZZZZZZZZZZ-1")
	f.Add("evt_-")
	f.Fuzz(func(t *testing.T, s string) {
		if k, ok := bridge.ParseEventID(s); ok && (k.ID() != s || k.Sequence < 1) {
			t.Errorf("%q reads as %v", s, k)
		}
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sameJSON(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return asJSON(t, v)
}
