package merchant_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// recorded has the action of each route that the audit log records.
var recorded = map[string]operator.Action{
	"POST /orders/:id/capture": operator.Capture, "POST /orders/:id/void": operator.Void, "POST /orders/:id/refunds": operator.Refund,
	"POST /orders/:id/resolve": operator.Note, "POST /agreements/:id/resolve": operator.Note,
	"POST /refunds/:id/approve": operator.Approve, "POST /refunds/:id/reject": operator.Reject,
	"POST /webhook-endpoints": operator.Endpoints, "PATCH /webhook-endpoints/:id": operator.Endpoints, "DELETE /webhook-endpoints/:id": operator.Endpoints,
	"POST /webhook-endpoints/:id/rotate-secret": operator.Endpoints,
	"POST /deliveries/:id/replay":               operator.Replay, "POST /deliveries/:id/dismiss": operator.Replay,
	"POST /inbox/:id/retry": operator.Inbox, "POST /inbox/:id/dismiss": operator.Inbox,
}

// unrecorded are the other routes that change something: what backends do at every sale, and
// what revokes sessions, which are stored with who revoked them.
var unrecorded = map[string]string{
	"POST /orders": with("wallet", `"sandbox"`), "POST /orders/:id/cancel": "", "POST /orders/:id/refresh": "", "POST /agreements": "{}", "POST /agreements/:id/sign": code,
	"POST /agreements/:id/end": "", "POST /sessions/revoke": `{"all":true}`,
}

// TestActionsOfAPIKeysAreInTheAuditLogBeforeTheyAreExecuted calls every route, first with an
// audit log that takes no entry.
func TestActionsOfAPIKeysAreInTheAuditLogBeforeTheyAreExecuted(t *testing.T) {
	for _, down := range []bool{true, false} {
		w := newWorld(t)
		own := w.belongings("shop")
		if down {
			w.engine.auditDown = fault.New(fault.Unavailable, "test", "The store is away.")
		}
		for _, route := range w.router.Routes() {
			path := strings.TrimPrefix(route.Path, "/v1")
			name := route.Method + " " + path
			want, body := recorded[name], foreignBodies[strings.Replace(name, " /", " ", 1)]
			if plain, known := unrecorded[name]; known {
				body = plain
			} else if route.Method != http.MethodGet && want == "" {
				t.Fatalf("it is not said whether %s is recorded", name)
			} else if want == "" {
				continue
			}
			if path == "/webhook-endpoints" {
				body = `{"url":"https://shop.example/new"}`
			}
			kind := strings.Split(path, "/")[1]
			own["inbox"] = w.engine.keep("sandbox", name, func(item *store.InboxItem) { item.ID, item.Order = "ntf_x", w.engine.made[0] }).ID
			before, done := len(w.engine.audit), fmt.Sprint(w.engine.done, w.engine.captured, w.engine.refunded, w.engine.resolved, w.engine.changed, w.engine.rung)
			a := w.call(route.Method, strings.Replace(path, ":id", own[kind], 1), body, "Minitill-Operator", "cyd")
			added := w.engine.audit[before:]
			switch {
			case want == "" && len(added) > 0:
				t.Errorf("%s is recorded: %+v", name, added)
			case want == "":
			case len(added) != 1:
				t.Errorf("%s has %d entries, want one: %d %s", name, len(added), a.Code, a.Body)
			case down:
				if now := fmt.Sprint(w.engine.done, w.engine.captured, w.engine.refunded, w.engine.resolved, w.engine.changed, w.engine.rung); a.Code != 503 || now != done {
					t.Errorf("%s without an audit log: got %d, and %s after %s", name, a.Code, now, done)
				}
			default:
				e := added[0]
				if e.Action != string(want) || e.App != "shop" || e.Operator != "cyd with till of shop (key_shop)" || e.Outcome == "" ||
					strings.Contains(path, ":id") && e.Subject != own[kind] || e.Request == "" || e.At.IsZero() {
					t.Errorf("%s is recorded as %+v", name, e)
				}
			}
		}
	}
}

func TestTheAuditLogSaysWhatBecameOfAnActionOfAKey(t *testing.T) {
	w, _, ben, annsOther := approving(t)
	path := w.waiting()
	w.decides(annsOther, path+"/approve", `{"note":"mine"}`).Refused(403, "")
	for range 2 {
		w.send("POST", path+"/approve", `{"note":"the shop agrees"}`, "Authorization", ben, "Idempotency-Key", "one").Want(200)
	}
	w.decides(ben, path+"/reject", `{"note":"no"}`).Refused(409, "")
	operators := operator.New(operator.Config{Store: w.db, Now: w.clock.Now})
	if _, _, err := operators.Create(t.Context(), operator.NewID(), "ben", []operator.Grant{{App: "shop", Role: operator.Support}}, "test"); err != nil {
		t.Fatal(err)
	}
	w.decides(ben, path+"/reject", `{"note":"again"}`).Refused(403, "")
	list, err := w.db.AuditEntries(t.Context(), store.AuditQuery{Apps: []string{"shop"}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, strings.Join([]string{e.Operator, e.Action, e.Reason, e.Outcome}, "|"))
	}
	want := []string{
		"key_ben|refunds.reject|again|forbidden", // without the role
		"key_ben|refunds.reject|no|conflict", "key_ben|refunds.approve|the shop agrees|done, a repeat", "key_ben|refunds.approve|the shop agrees|done",
		"key_ann2|refunds.approve|mine|forbidden", "key_ann|orders.refund|cold|done",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %s, want %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
