package console

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// TestEveryPageIsRenderedWhenEmptyAndWhenFull opens each page with nothing to show, and then
// with some of everything.
func TestEveryPageIsRenderedWhenEmptyAndWhenFull(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("all", everyone...)
	pages := map[string]string{
		"": "Needs attention", "orders": "No order matches", "attention": "No order needs attention", "refunds": "No refund matches", "inbox": "There are none",
		"webhooks": "There is no endpoint", "wallets": "purse", "keys": "New key", "operators": "New operator", "audit": "Audit log", "account": "This browser",
	}
	for page, text := range pages {
		b.get("/console/"+page).want(200, text)
	}
	w.fill()
	for page, text := range map[string]string{
		"": "R-shop", "orders": "R-shop", "attention": "Late payment", "refunds": "cold", "inbox": "no such order", "webhooks": "https://shop.example/hook",
		"webhooks?status=dead": "HTTP 500", "wallets": "/notify/purse", "keys": "back office", "operators": "viewer of shop", "audit": "Orders refund",
	} {
		b.get("/console/"+page).want(200, text)
	}
}

// fill makes an order with a refund that needs attention, an endpoint with a dead delivery,
// a notification that matches nothing, and a key.
func (w *world) fill() (dead string) {
	w.Helper()
	ctx := w.Context()
	w.must(w.store.AddEndpoint(ctx, store.Endpoint{ID: "whe_1", App: "shop", URL: "https://shop.example/hook", CreatedAt: w.clock.Now()}, nil))
	w.engine.EndpointsChanged()
	o := w.paid()
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	b.post(path+"/refund", b.get(path).form("amount", "1.00", "reason", "cold")...).want(303)
	_, err := w.store.UpdateOrder(ctx, o.ID, func(c *bridge.Change) error {
		c.RaiseOrderAttention(bridge.LatePayment, bridge.FromTime, w.clock.Now())
		return nil
	})
	w.must(nil, err)
	list, err := w.store.Deliveries(ctx, store.DeliveryQuery{App: "shop", Limit: 10})
	w.must(nil, err)
	for i := range list {
		w.must(nil, w.store.FinishMessage(ctx, list[i].ID, list[i].Attempts, store.Delivery{Status: store.Dead, Note: "HTTP 500", At: w.clock.Now()}))
	}
	w.must(nil, w.store.KeepNotification(ctx, store.InboxItem{
		ID: "ntf_1", Wallet: "purse", EventID: "e1", Body: []byte(`{"payer":"someone","token":"hidden-token"}`), Reason: "no such order", ReceivedAt: w.clock.Now(),
	}))
	w.must(nil, w.store.AddAPIKey(ctx, store.APIKey{ID: "key_1", App: "shop", Name: "back office", Scopes: store.Scopes, CreatedAt: w.clock.Now()}))
	return list[0].ID
}

func (w *world) must(_ any, err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func TestADeliveryIsReplayedOnceForEachForm(t *testing.T) {
	w := newWorld(t)
	dead := w.fill()
	b := w.signedIn("sup", "support")
	page := b.get("/console/webhooks?status=dead").want(200, dead)
	key := field.FindStringSubmatch(page.Body.String())[2]
	replay := func() { b.post("/console/deliveries/"+dead+"/replay", "key", key, "from", "webhooks").want(303) }
	replay()
	state := func() store.DeliveryRecord {
		list, err := w.store.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", ID: dead, Limit: 1})
		w.must(nil, err)
		return list[0]
	}
	if d := state(); d.Status != store.Undelivered || !d.RunAt.Equal(w.clock.Now().UTC().Truncate(time.Millisecond)) {
		t.Errorf("got %s at %v, want undelivered and due now", d.Status, d.RunAt)
	}
	d := state()
	w.must(nil, w.store.FinishMessage(t.Context(), dead, d.Attempts, store.Delivery{Status: store.Delivered, At: w.clock.Now()}))
	replay()
	if d := state(); d.Status != store.Delivered {
		t.Errorf("the same form again: got %s, want delivered as before", d.Status)
	}
	w.must(nil, w.store.RemoveEndpoint(t.Context(), "shop", "whe_1"))
	b.post("/console/deliveries/"+dead+"/replay", "key", "other").want(409, "endpoint is no longer there")
}

func TestANotificationIsShownRetriedAndDismissed(t *testing.T) {
	w := newWorld(t)
	w.fill()
	b := w.signedIn("sup", "support")
	b.get("/console/inbox").want(200, "ntf_1").lacks("someone")
	b.post("/console/inbox/ntf_1/reveal").want(200, "someone", "[redacted]").lacks("hidden-token")
	b.post("/console/inbox/ntf_1/retry").want(409, "still no order")
	b.post("/console/inbox/ntf_1/dismiss").want(400, "Reason is required")
	b.post("/console/inbox/ntf_1/dismiss", "reason", "a test of the provider's").want(303)
	b.get("/console/inbox").want(200, "There are none")
	b.get("/console/inbox?dismissed=true").want(200, "sup: a test of the provider's").lacks("/dismiss\"")
	b.post("/console/inbox/ntf_1/retry").want(409, "was dismissed")
}

func TestAKeyIsShownOnceAndRevoked(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("adm", "admin")
	for name, form := range map[string][]string{
		"no name":   {"scope", "read", "days", "30"},
		"no scope":  {"name", "x", "days", "30"},
		"too long":  {"name", "x", "scope", "read", "days", "4000"},
		"for never": {"name", "x", "scope", "read", "days", "0"},
		"no form":   {"key", "", "name", "x", "scope", "read", "days", "30"},
	} {
		if a := b.post("/console/keys", append(form, "key", newKey())...); a.Code != 400 {
			t.Errorf("%s: got %d, want 400", name, a.Code)
		}
	}
	form := []string{"key", b.get("/console/keys").want(200).formKey(), "name", "back office", "scope", "read", "scope", "root", "days", "30"}
	b.post("/console/keys", form...).want(201, "mk_", "shown this once")
	b.post("/console/keys", form...).want(409, "sent already").lacks("mk_")
	keys, err := w.store.APIKeys(t.Context(), "shop")
	if err != nil || len(keys) != 1 || keys[0].CreatedBy != "adm" || len(keys[0].Scopes) != 1 || !keys[0].ExpiresAt.Equal(w.clock.Now().UTC().AddDate(0, 0, 30)) {
		t.Fatalf("got %+v, %v", keys, err)
	}
	b.get("/console/keys").want(200, "back office", "valid").lacks("mk_")
	b.post("/console/keys/" + keys[0].ID + "/revoke").want(303)
	b.get("/console/keys").want(200, "revoked by adm")
}

// TestTimesAndAmountsAreIsolatedFromTheDirectionOfThePage checks every time and amount of pages.
func TestTimesAndAmountsAreIsolatedFromTheDirectionOfThePage(t *testing.T) {
	w := newWorld(t)
	w.fill()
	o := w.paid()
	b := w.signedIn("all", everyone...)
	for _, path := range []string{"orders/" + string(o.ID), "orders", "refunds", "webhooks", "keys", "operators", "audit", "account", "attention"} {
		body := b.get("/console/" + path).want(200).Body.String()
		if times, isolated := strings.Count(body, "<time "), strings.Count(body, `<bdi dir="ltr"><time `); times != isolated {
			t.Errorf("%s: %d of %d times are isolated", path, isolated, times)
		}
		if amounts, isolated := strings.Count(body, `<data class="money`), strings.Count(body, ` dir="ltr" value=`); amounts != isolated {
			t.Errorf("%s: %d of %d amounts are isolated", path, isolated, amounts)
		}
	}
	if !strings.Contains(b.get("/console/orders/"+string(o.ID)).Body.String(), `<bdi dir="ltr"><time datetime="`) {
		t.Error("the page of an order has no time")
	}
}

// TestOnlyAnOperatorWhoApprovesMakesKeysThatDo has the administrator without the role first.
func TestOnlyAnOperatorWhoApprovesMakesKeysThatDo(t *testing.T) {
	w := newWorld(t)
	form := []string{"name", "desk", "scope", "read", "scope", "approvals", "days", "30"}
	adm := w.signedIn("adm", "admin")
	adm.get("/console/keys").want(200).lacks("approvals")
	adm.post("/console/keys", append(form, "key", newKey())...).want(201)
	w.signedIn("both", "admin", "finance").post("/console/keys", append(form, "key", newKey())...).want(201)
	keys, err := w.store.APIKeys(t.Context(), "shop")
	if w.must(nil, err); len(keys[0].Scopes) != 1 || len(keys[1].Scopes) != 2 {
		t.Errorf("got %v and %v", keys[0].Scopes, keys[1].Scopes)
	}
}

func TestAnActionThatCannotBeRecordedIsNotExecuted(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	b := w.signedIn("fin", "finance")
	path := "/console/orders/" + string(o.ID)
	form := b.get(path).form("amount", "1.00", "reason", "cold")
	w.console.operators = failing(w)
	b.post(path+"/refund", form...).want(503)
	if got := w.again(o.ID); got.Refunded != 0 || len(w.purse.calls) > 0 {
		t.Errorf("got %d refunded, the wallet was called with %v", got.Refunded, w.purse.calls)
	}
}

func TestTheAuditLogOfOneAppHasNothingOfAnother(t *testing.T) {
	w := newWorld(t)
	w.fill()
	w.signedIn("fin-club", "finance@club").get("/console/audit").want(200, "Nothing yet").lacks("Orders refund")
	shop := w.signedIn("fin-shop", "finance").get("/console/audit").want(200, "Orders refund")
	if strings.Contains(shop.text(), "Sign in") {
		t.Error("an operator of one app sees the sign-ins of all")
	}
	w.signedIn("boss", "finance@*").get("/console/audit").want(200, "Orders refund", "Sign-in")
}
