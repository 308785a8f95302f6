package merchant_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

func TestADelivery(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	d := &w.engine.deliveries[0]
	d.Status, d.Attempts, d.Note = store.Undelivered, 3, "got 500"
	d.TriedAt, d.RunAt = d.CreatedAt.Add(time.Minute), d.CreatedAt.Add(time.Hour)
	d.Took, d.Answer = 1250*time.Millisecond, store.Answer{Status: 500, Body: "{\"why\":\"no\xff\",\"token\":\"t-1\"}"}
	path := "/deliveries/" + own["deliveries"]
	body := w.call("GET", path, "").Want(200)
	want := map[string]any{
		"id": own["deliveries"], "endpoint": own["webhook-endpoints"], "order": own["orders"],
		"event": bridge.EventKey{Order: d.Order, Sequence: 2}.ID(), "type": "order.paid", "status": "undelivered", "attempts": 3.0,
		"durationMs": 1250.0, "answer": nil,
		"lastAttemptAt": "2026-01-02T12:01:00Z", "nextAttemptAt": "2026-01-02T13:00:00Z", "note": "got 500", "createdAt": "2026-01-02T12:00:00Z", "dismissed": nil,
	}
	if got := body["answer"].(map[string]any); got["status"] != 500.0 || got["body"] != "{\"why\":\"no\uFFFD\",\"token\":\"[redacted]\"}" || len(got) != 2 {
		t.Errorf("the answer is %v", got)
	}
	body["answer"] = nil
	for name, value := range want {
		if body[name] != value {
			t.Errorf("%s is %v, want %v", name, body[name], value)
		}
	}
	if len(body) != len(want) {
		t.Errorf("got %v", body)
	}
	d.Status = store.Dead
	if body := w.call("GET", path, "").Want(200); body["nextAttemptAt"] != nil {
		t.Errorf("a dead delivery has a next attempt: %v", body)
	}
	d.Took, d.Answer = 0, store.Answer{}
	if body := w.call("GET", path, "").Want(200); body["durationMs"] != nil || body["answer"] != nil {
		t.Errorf("an attempt of an earlier version: got %v, want no duration and no answer", body)
	}
	for _, id := range []string{"x", own["orders"], "dlv_%00", "dlv_" + own["deliveries"]} {
		w.call("GET", "/deliveries/"+id, "").Refused(404, "")
	}
}

func TestReplayingADelivery(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	w.clock.Advance(time.Hour)
	path := "/deliveries/" + own["deliveries"] + "/replay"
	d := &w.engine.deliveries[0]
	d.Note, d.TriedAt, d.Took, d.Answer = "got 500", d.CreatedAt, time.Second, store.Answer{Status: 500, Body: "no"}
	first := w.send("POST", path, "", "Authorization", w.shop, "Idempotency-Key", "k")
	body := first.Want(200)
	if body["status"] != "undelivered" || body["attempts"] != 0.0 || body["nextAttemptAt"] != "2026-01-02T13:00:00Z" || body["id"] != own["deliveries"] {
		t.Errorf("got %v", body)
	}
	if shown := w.call("GET", "/deliveries/"+own["deliveries"], "").Body.String(); shown != first.Body.String() {
		t.Errorf("the store has %s, the answer was %s", shown, first.Body)
	}
	if len(w.engine.rung) != 1 || w.engine.rung[0] != "shop" {
		t.Errorf("rung for %v", w.engine.rung)
	}
	w.engine.deliveries[0].Status = store.Delivered
	again := w.send("POST", path, "", "Authorization", w.shop, "Idempotency-Key", "k")
	if again.Body.String() != first.Body.String() || w.engine.deliveries[0].Status != store.Delivered {
		t.Errorf("the replay of the request is %s, want %s", again.Body, first.Body)
	}
	w.call("POST", path, `{"force":true}`).Refused(400, "force")
	w.send("POST", path, "{}", "Authorization", w.shop, "Idempotency-Key", "k").Refused(422, "")
	w.call("DELETE", "/webhook-endpoints/"+own["webhook-endpoints"], "")
	w.call("POST", path, "").Refused(409, "")
}

func TestDismissingADelivery(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	path := "/deliveries/" + own["deliveries"] + "/dismiss"
	dismiss := func(key, body string) answer {
		return w.send("POST", path, body, "Authorization", w.shop, "Idempotency-Key", key)
	}
	dismiss("k1", `{"note":"x"}`).Refused(409, "")
	w.engine.deliveries[0].Status = store.Dead
	dismiss("k2", `{}`).Refused(400, "note")
	first := dismiss("k3", `{"note":"the endpoint is gone"}`)
	if body := first.Want(200); body["status"] != "dismissed" || body["nextAttemptAt"] != nil ||
		at(body, "dismissed", "by") != "till of shop (key_shop)" || at(body, "dismissed", "note") != "the endpoint is gone" || at(body, "dismissed", "at") == nil {
		t.Errorf("got %v", body)
	}
	if again := dismiss("k3", `{"note":"the endpoint is gone"}`); again.Body.String() != first.Body.String() {
		t.Errorf("the replay is %s", again.Body)
	}
	dismiss("k3", `{"note":"another"}`).Refused(422, "")
	if body := dismiss("k4", `{"note":"another"}`).Want(200); at(body, "dismissed", "note") != "the endpoint is gone" {
		t.Errorf("a second dismissal: got %v, want the first one", body)
	}
	if body := w.call("POST", "/deliveries/"+own["deliveries"]+"/replay", "").Want(200); body["dismissed"] != nil {
		t.Errorf("the replay of a dismissed delivery: got %v, want no dismissal", body)
	}
	w.send("POST", path, `{"note":"x"}`, "Authorization", w.key("shop", store.ScopeOrders), "Idempotency-Key", "k").Refused(403, "")
	w.send("POST", path, `{"note":"x"}`, "Authorization", w.club, "Idempotency-Key", "k").Refused(404, "")
}

// TestADeliveryToASubscription is replayed while the program has its handler, and can be
// dismissed at once when it has not.
func TestADeliveryToASubscription(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	d := &w.engine.deliveries[0]
	goes := func(endpoint string) (path string) {
		d.ID = strings.TrimSuffix(own["deliveries"], own["webhook-endpoints"]) + endpoint
		d.Endpoint = endpoint
		return "/deliveries/" + d.ID
	}
	path := goes("sub_ship")
	d.Status, w.engine.subscribed = store.Dead, "sub_ship"
	if body := w.call("POST", path+"/replay", "").Want(200); body["status"] != "undelivered" || body["endpoint"] != "sub_ship" {
		t.Errorf("the replay: got %v", body)
	}
	w.call("POST", path+"/dismiss", `{"note":"x"}`).Refused(409, "")
	path = goes("sub_gone")
	w.call("POST", path+"/replay", "").Refused(409, "")
	if body := w.call("POST", path+"/dismiss", `{"note":"the program ships no more"}`).Want(200); body["status"] != "dismissed" || body["note"] != "no handler" {
		t.Errorf("the dismissal: got %v", body)
	}
}

// TestTheEventOfADeliveryIsThatOfItsID: the event of a restored store has its epoch in its
// id, which only the delivery's own id identifies.
func TestTheEventOfADeliveryIsThatOfItsID(t *testing.T) {
	w := newWorld(t)
	own := w.belongings("shop")
	d := &w.engine.deliveries[0]
	key := bridge.EventKey{Order: d.Order, Sequence: 2}.ID()
	d.ID = "dlv_" + strings.TrimPrefix(key, "evt_") + "-e1-" + own["webhook-endpoints"]
	if body := w.call("GET", "/deliveries/"+d.ID, "").Want(200); body["event"] != key+"-e1" {
		t.Errorf("got %v, want %s-e1", body["event"], key)
	}
}

func TestListingDeliveries(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	var ids []string
	for n := range 3 {
		id := "dlv_" + strings.TrimPrefix(string(o.ID), "ord_") + "-" + strconv.Itoa(n+1) + "-whe_1"
		ids = append(ids, id)
		w.engine.deliveries = append(w.engine.deliveries, store.DeliveryRecord{Status: store.Dead, Message: bridge.Message{
			ID: id, App: "shop", Endpoint: "whe_1", Order: o.ID, Sequence: int64(n + 1), Type: bridge.OrderPaid, CreatedAt: o.CreatedAt,
		}})
	}
	body := w.call("GET", "/deliveries?limit=2&status=dead&endpoint=whe_1&order="+string(o.ID), "").Want(200)
	if len(body["deliveries"].([]any)) != 2 || at(body, "deliveries", 0, "id") != ids[0] || body["next"] != ids[1] {
		t.Errorf("got %v", body)
	}
	if want := (store.DeliveryQuery{App: "shop", Order: o.ID, Endpoint: "whe_1", Status: store.Dead, Limit: 3}); w.engine.lastQuery != want {
		t.Errorf("requested %+v", w.engine.lastQuery)
	}
	body = w.call("GET", "/deliveries?cursor="+ids[1], "").Want(200)
	if len(body["deliveries"].([]any)) != 1 || at(body, "deliveries", 0, "id") != ids[2] || body["next"] != nil {
		t.Errorf("got %v", body)
	}
}
