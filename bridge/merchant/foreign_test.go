package merchant_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// belongings are one of each thing that an app can have, by the first part of the path
// under which it is found.
func (w *world) belongings(app string) map[string]string {
	o := w.engine.newOrder(app)
	o.Status, o.Paid = wallet.Paid, 300
	w.engine.put(o)
	w.engine.addRefund(o.ID, bridge.Refund{Status: wallet.RefundSucceeded, Amount: 100})
	paid := bridge.Event{Order: o.ID, Sequence: 1, Type: bridge.OrderPaid, Source: bridge.FromQuery, At: o.CreatedAt}
	w.engine.feed = append(w.engine.feed, store.FeedEvent{Event: paid, Currency: "USD"})
	endpoint := store.Endpoint{ID: "whe_" + app, App: app, URL: "https://" + app + ".example/", Secret: "sealed"}
	w.engine.own = append(w.engine.own, endpoint)
	message := bridge.Message{ID: "dlv_" + string(o.ID)[4:] + "-2-" + endpoint.ID, App: app, Endpoint: endpoint.ID, Order: o.ID, Sequence: 2, Type: bridge.OrderPaid, CreatedAt: o.CreatedAt}
	w.engine.deliveries = append(w.engine.deliveries, store.DeliveryRecord{Message: message, Status: store.Delivered})
	agreement := agreement.Agreement{ID: w.engine.newAgreementID(), App: app, Status: agreement.Active, CreatedAt: o.CreatedAt}
	w.engine.agreements = append(w.engine.agreements, agreement)
	return map[string]string{
		"inbox":      w.engine.keep(w.engine.apps[app].Wallets[0], "of-"+app, nil).ID,
		"agreements": string(agreement.ID), "orders": string(o.ID), "refunds": o.ID.RefundID(1), "webhook-endpoints": endpoint.ID, "deliveries": message.ID,
	}
}

var missing = map[string]string{
	"agreements": "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ", "orders": "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", "refunds": "rfd_01JZZZZZZZZZZZZZZZZZZZZZZZ-1",
	"inbox": "ntf_nobody", "webhook-endpoints": "whe_nobody", "deliveries": "dlv_01JZZZZZZZZZZZZZZZZZZZZZZZ-2-whe_nobody",
}

// foreignBodies are bodies that nothing is wrong with, where a route needs one.
var foreignBodies = map[string]string{
	"PATCH webhook-endpoints/:id": `{"description":"mine now"}`, "POST agreements/:id/sign": code,
	"POST orders/:id/resolve": `{"attention":"late_payment","note":"x"}`, "POST agreements/:id/resolve": `{"attention":"agreement_unsigned","note":"x"}`,
	"POST refunds/:id/approve": `{"note":"x"}`, "POST refunds/:id/reject": `{"note":"x"}`,
	"POST inbox/:id/dismiss": `{"note":"x"}`, "POST deliveries/:id/dismiss": `{"note":"x"}`,
}

// TestWhatIsAnotherAppsDoesNotExist calls every route with what another app has, and
// about what does not exist: the answers are the same.
func TestWhatIsAnotherAppsDoesNotExist(t *testing.T) {
	w := newWorld(t)
	w.belongings("shop")
	foreign := w.belongings("club")
	before := len(w.engine.claims)
	for _, route := range w.router.Routes() {
		path := strings.TrimPrefix(route.Path, "/v1/")
		kind, _, named := strings.Cut(path, "/:id")
		if !named {
			continue
		}
		get := func(id string) answer {
			body := foreignBodies[route.Method+" "+path]
			return w.call(route.Method, "/"+strings.Replace(path, ":id", id, 1), body, "X-Request-Id", "r")
		}
		theirs, none := get(foreign[kind]), get(missing[kind])
		theirs.Refused(404, "")
		if theirs.Body.String() != none.Body.String() {
			t.Errorf("%s %s: %s differs from %s", route.Method, path, theirs.Body, none.Body)
		}
	}
	for _, list := range []string{"/refunds?order=", "/deliveries?order="} {
		theirs, none := w.call("GET", list+foreign["orders"], ""), w.call("GET", list+missing["orders"], "")
		if theirs.Want(200); theirs.Body.String() != none.Body.String() {
			t.Errorf("%s: %s differs from %s", list, theirs.Body, none.Body)
		}
	}
	for list, kind := range map[string]string{"/orders?cursor=": "orders", "/refunds?cursor=": "refunds", "/deliveries?cursor=": "deliveries", "/agreements?cursor=": "agreements", "/inbox?cursor=": "inbox"} {
		theirs := w.call("GET", list+foreign[kind], "", "X-Request-Id", "r")
		none := w.call("GET", list+missing[kind], "", "X-Request-Id", "r")
		if theirs.Refused(400, "cursor"); theirs.Body.String() != none.Body.String() {
			t.Errorf("%s: %s differs from %s", list, theirs.Body, none.Body)
		}
	}
	w.call("POST", "/orders", with("agreement", `"`+foreign["agreements"]+`"`)).Refused(400, "agreement")
	event := strings.Replace(foreign["orders"], "ord_", "evt_", 1) + "-1"
	w.call("GET", "/events?after="+event, "").Refused(400, "after")
	w.call("GET", "/webhook-endpoints/webhook", "").Refused(404, "") // the club's configuration names it
	w.call("DELETE", "/webhook-endpoints/webhook", "").Refused(404, "")
	if len(w.engine.claims) != before || len(w.engine.done)+len(w.engine.captured)+len(w.engine.refunded) > 0 || w.engine.changed > 0 {
		t.Errorf("something was done: %v %v", w.engine.done, w.engine.claims)
	}
}

func TestListsShowTheKeysAppOnly(t *testing.T) {
	w := newWorld(t)
	own, foreign := w.belongings("shop"), w.belongings("club")
	for _, path := range []string{"/orders", "/refunds", "/events", "/webhook-endpoints", "/deliveries", "/agreements"} {
		body := w.call("GET", path, "").Body.String()
		core := strings.TrimPrefix(foreign["orders"], "ord_")
		if strings.Contains(body, core) || strings.Contains(body, "club") {
			t.Errorf("GET %s shows the club's: %s", path, body)
		}
		if !strings.Contains(body, strings.TrimPrefix(own["orders"], "ord_")) && !strings.Contains(body, own["webhook-endpoints"]) &&
			!strings.Contains(body, own["agreements"]) {
			t.Errorf("GET %s does not show the shop's: %s", path, body)
		}
	}
}
