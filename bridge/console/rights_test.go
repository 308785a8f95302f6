package console

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// mayOpen has the roles that may open each route, spelled out a second time.
var mayOpen = map[string][]string{
	"GET {$}": everyone, "GET orders": everyone, "GET orders/{id}": everyone, "GET attention": everyone, "GET refunds": everyone,
	"GET inbox": everyone, "GET webhooks": everyone, "GET wallets": everyone, "GET account": everyone, "POST account/sessions/{id}/end": everyone,
	"GET deliveries/{id}": everyone, "POST deliveries/{id}/reveal": desk, "POST wallets/{name}/probe": desk,
	"POST views": everyone, "POST views/remove": everyone,
	"POST orders/{id}/reveal": desk, "POST inbox/{id}/reveal": desk, "POST orders/{id}/refresh": desk, "POST orders/{id}/resolve": desk,
	"POST inbox/{id}/retry": desk, "POST inbox/{id}/dismiss": desk,
	"POST deliveries/{id}/replay": replay, "POST webhooks/replay": replay, "POST replays/{id}/cancel": replay,
	"POST orders/{id}/cancel": money, "POST orders/{id}/capture": money, "POST orders/{id}/void": money, "POST orders/{id}/refund": money, "POST orders/{id}/outcome": money,
	"POST refunds/{id}/approve": money, "POST refunds/{id}/reject": money,
	"GET bulk": desk, "POST bulk/refresh": desk, "POST bulk/clear": desk, "POST bulk/{id}/cancel": desk,
	"GET audit": {"finance", "admin"}, "GET exports": money, "POST exports": money,
	"GET keys": admin, "POST keys": admin, "POST keys/{id}/revoke": admin, "GET operators": admin, "POST operators": admin,
	"GET endpoints": admin, "POST endpoints": admin, "POST endpoints/{id}/rotate": admin, "POST endpoints/{id}/disable": admin,
	"POST operators/{id}/reset": admin, "POST operators/{id}/disable": admin, "POST operators/{id}/sessions": admin,
}

var (
	everyone = []string{"viewer", "support", "finance", "admin"}
	replay   = []string{"support", "finance", "admin"}
	desk     = []string{"support", "finance"}
	money    = []string{"finance"}
	admin    = []string{"admin"}
)

// things are the ids of what routes name, of one app.
type things struct{ order, item, delivery, key, operator string }

func (w *world) things(app, wallet string) things {
	w.Helper()
	ctx := w.Context()
	refunded := w.order(app)
	if _, err := w.store.UpdateOrder(ctx, refunded.ID, func(c *bridge.Change) error {
		c.Record(bridge.RefundPending, bridge.FromMerchant, w.clock.Now(), bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: "waiting", Amount: 100, Approval: bridge.Approval{State: bridge.ApprovalWaiting, Until: w.clock.Now().Add(time.Hour)},
		}})
		return nil
	}); err != nil {
		w.Fatal(err)
	}
	id := things{order: string(refunded.ID), item: "ntf_" + app, delivery: "dlv_" + app, key: "key_" + app}
	if err := w.store.KeepNotification(ctx, store.InboxItem{ID: id.item, Wallet: wallet, EventID: app, Body: []byte(`{"token":"hidden"}`), ReceivedAt: w.clock.Now()}); err != nil {
		w.Fatal(err)
	}
	if err := w.store.AddAPIKey(ctx, store.APIKey{ID: id.key, App: app, Digest: [32]byte{byte(len(app)), app[0]}}); err != nil {
		w.Fatal(err)
	}
	o, err := w.operators.Book.Named(ctx, "of-"+app)
	if err != nil {
		w.signedIn("of-"+app, "viewer@"+app)
		o, _ = w.operators.Book.Named(ctx, "of-"+app)
	}
	id.operator = o.ID
	return id
}

// path is the address of a route with the ids of things.
func (r *route) address(app string, of things) string {
	id := of.order
	switch {
	case strings.HasPrefix(r.path, "inbox/"):
		id = of.item
	case strings.HasPrefix(r.path, "refunds/"):
		id = bridge.OrderID(of.order).RefundID(1)
	case strings.HasPrefix(r.path, "deliveries/"):
		id = of.delivery
	case strings.HasPrefix(r.path, "keys/"):
		id = of.key
	case strings.HasPrefix(r.path, "operators/"):
		id = of.operator
	}
	path := strings.Replace(strings.TrimSuffix(r.path, "{$}"), "{id}", id, 1)
	return Path + path + "?app=" + app
}

func (r *route) send(b *browser, address string, headers ...string) answer {
	if r.method == "POST" {
		return b.send("POST", address, url.Values{"key": {"k"}}, headers...)
	}
	return b.send("GET", address, nil, headers...)
}

// TestEachRoleOpensWhatItMay opens every route in each role, for the own app and for another.
func TestEachRoleOpensWhatItMay(t *testing.T) {
	w := newWorld(t)
	own, foreign := w.things("shop", "purse"), w.things("club", "pouch")
	w.signedIn("another-admin", "admin")
	for _, role := range everyone {
		b := w.signedIn(role, role)
		for _, r := range w.console.table() {
			name := r.method + " " + r.path
			roles, known := mayOpen[name]
			if !known {
				t.Fatalf("mayOpen lacks %s", name)
			}
			before := len(w.audit())
			got := r.send(b, r.address("shop", own)).Code
			if may := slices.Contains(roles, role); may == (got == 403) || got == 401 || got >= 500 {
				t.Errorf("%s, %s, own app: got %d, may %t", role, name, got, may)
			} else if !may && len(w.audit()) != before {
				t.Errorf("%s, %s: what was refused is in the audit log as an action", role, name)
			}
			before = len(w.audit())
			if got := r.send(b, r.address("club", foreign)).Code; got != 404 {
				t.Errorf("%s, %s, another app: got %d, want 404", role, name, got)
			}
			if r.method == "POST" && len(w.audit()) != before {
				t.Errorf("%s, %s: acted on another app", role, name)
			}
		}
	}
	if len(mayOpen) != len(w.console.table()) {
		t.Errorf("mayOpen has %d routes, the console %d", len(mayOpen), len(w.console.table()))
	}
}

func TestNoRouteOpensWithoutASession(t *testing.T) {
	w := newWorld(t)
	own := w.things("shop", "purse")
	expired := w.signedIn("expired", everyone...)
	w.clock.Advance(31 * time.Minute)
	for who, b := range map[string]*browser{"nobody": {w, ""}, "a stranger": {w, strings.Repeat("x", 43)}, "an expired session": expired} {
		for _, r := range w.console.table() {
			want := 303
			if r.method == "POST" {
				want = 401
			}
			a := r.send(b, r.address("shop", own))
			if a.Code != want || want == 303 && !strings.HasPrefix(a.Header().Get("Location"), "/console/sign-in?next=") {
				t.Errorf("%s, %s %s: got %d to %q, want %d", who, r.method, r.path, a.Code, a.Header().Get("Location"), want)
			}
			if a := r.send(b, r.address("shop", own), "HX-Request", "true"); a.Code != 401 || a.Header().Get("HX-Redirect") != "/console/sign-in" {
				t.Errorf("%s, %s %s by htmx: got %d to %q", who, r.method, r.path, a.Code, a.Header().Get("HX-Redirect"))
			}
		}
	}
}

func TestNoFormIsTakenFromAnotherSite(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	own := things{string(o.ID), "ntf_1", "dlv_1", "key_1", "opr_1"}
	b := w.signedIn("all", everyone...)
	for name, headers := range map[string][]string{
		"another site":     {"Sec-Fetch-Site", "cross-site"},
		"a sister site":    {"Sec-Fetch-Site", "same-site"},
		"an older browser": {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"a sandbox":        {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		for _, r := range w.console.table() {
			if r.method == "POST" {
				if a := r.send(b, r.address("shop", own), headers...); a.Code != 403 || !strings.Contains(a.text(), "another site") {
					t.Errorf("%s, %s: got %d, want 403", name, r.path, a.Code)
				}
			}
		}
		for _, r := range w.console.openTable() {
			if r.method == "POST" {
				if a := b.send("POST", Path+r.path, url.Values{}, headers...); a.Code != 403 {
					t.Errorf("%s, %s: got %d, want 403", name, r.path, a.Code)
				}
			}
		}
	}
	if got := w.again(o.ID); got.Sequence != o.Sequence {
		t.Errorf("the order has version %d, want %d as before", got.Sequence, o.Sequence)
	}
}

func TestAnOperatorOfTwoAppsSeesEach(t *testing.T) {
	w := newWorld(t)
	shop, club := w.order("shop"), w.order("club")
	b := w.signedIn("ann", "viewer", "finance@club")
	b.get("/console/orders?app=shop").want(200, string(shop.ID)).lacks(string(club.ID))
	b.get("/console/orders?app=club").want(200, string(club.ID)).lacks(string(shop.ID))
	b.get("/console/orders/"+string(club.ID)).want(200, "Asia/Manila, UTC+08:00")
	b.post("/console/orders/" + string(shop.ID) + "/refund").want(403)
	w.signedIn("bob", "viewer").get("/console/orders?q="+string(club.ID)).want(200, "No order matches").lacks("R-club")
}

func TestTheConsoleIsOffUntilAnOperatorExists(t *testing.T) {
	w := newWorld(t)
	b := &browser{w, ""}
	b.get("/console/sign-in").want(404)
	b.get("/console/").want(404)
	w.signedIn("ann", "viewer")
	b.get("/console/sign-in").want(200, "Sign in")
}

func TestAnAdministratorCannotBecomeMoreThanThat(t *testing.T) {
	w := newWorld(t)
	w.signedIn("fin", "finance")
	w.signedIn("boss", "admin@*", "finance@*")
	b := w.signedIn("adm", "admin", "support")
	id := func(name string) string {
		o, err := w.operators.Book.Named(w.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	b.post("/console/operators/"+id("fin")+"/reset").want(403, "roles that you do not have")
	b.post("/console/operators/"+id("boss")+"/disable").want(403, "apps that you do not manage")
	b.post("/console/operators/" + id("boss") + "/sessions").want(403)
	b.post("/console/operators", "name", "eve", "role", "finance").want(403, "only roles that you have")
	b.post("/console/operators", "key", newKey(), "name", "eve", "role", "support").want(201, "/console/join?token=")
	b.post("/console/operators/" + id("fin") + "/disable").want(303)
}

func TestALineOfAnotherAppIsNotFoundByItsIDs(t *testing.T) {
	w := newWorld(t)
	club := w.order("club")
	b := w.signedIn("ann", "viewer")
	for _, text := range []string{string(club.ID), club.ID.PaymentID(1), "R-club", club.Payments[0].WalletPaymentID} {
		b.get("/console/orders?q="+url.QueryEscape(text)).want(200, "No order matches")
	}
	b.get("/console/orders/"+string(club.ID)).want(404, "There is no such order")
	b.get("/console/orders/" + string(bridge.OrderID("ord_x"))).want(404)
}
