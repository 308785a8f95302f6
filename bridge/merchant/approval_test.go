package merchant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// approving is a world over a real engine, in which refunds of more than 1.00 USD wait for a
// second operator. The key of w.shop requests; the others are of the keys that may decide.
func approving(t *testing.T) (w *world, p *purse, ben, annsOther string) {
	t.Helper()
	w = newWorld(t)
	key := func(id, maker string, scopes ...store.Scope) string {
		text, digest := merchant.NewKey()
		w.engine.keys[digest] = store.APIKey{ID: id, App: "shop", Digest: digest, Scopes: scopes, CreatedBy: maker}
		return "Bearer " + text
	}
	w.shop = key("key_ann", "ann", store.ScopeOrders, store.ScopeRefunds, store.ScopeRead)
	ben, annsOther = key("key_ben", "ben", store.ScopeApprovals), key("key_ann2", "Ann", store.ScopeApprovals)
	p = &purse{status: wallet.Paid}
	w.withEngine(p, func(app *engine.App) {
		app.Approvals.Limits = map[wallet.Currency]refund.Limit{"USD": {Order: 100}}
	})
	return w, p, ben, annsOther
}

// waiting is the path of a refund of 2.00 USD that waits.
func (w *world) waiting() string {
	w.Helper()
	order := w.call("POST", "/orders", `{"amount":{"currency":"USD","value":"300"},"description":"tea","wallet":"purse"}`).Want(201)
	refund := w.call("POST", fmt.Sprint("/orders/", at(order, "order", "id"), "/refunds"), `{"amount":{"currency":"USD","value":"200"},"reason":"cold"}`).Want(201)
	if refund["status"] != "pending" || refund["approval"] != "waiting" || refund["approver"] != "operator" {
		w.Fatalf("got %v", refund)
	}
	return fmt.Sprint("/refunds/", refund["id"])
}

func (w *world) decides(key, path, body string) answer {
	w.Helper()
	return w.send("POST", path, body, "Authorization", key, "Idempotency-Key", w.fresh())
}

func TestARefundIsApprovedByAnotherKey(t *testing.T) {
	w, p, ben, annsOther := approving(t)
	path := w.waiting()
	if list := w.call("GET", "/refunds?approval=waiting", "").Want(200); len(list["refunds"].([]any)) != 1 {
		t.Errorf("got %v", list)
	}
	w.decides(w.shop, path+"/approve", `{"note":"go"}`).Refused(403, "")
	w.decides(annsOther, path+"/approve", `{"note":"go"}`).Refused(403, "")
	w.decides(w.club, path+"/approve", `{"note":"go"}`).Refused(404, "")
	w.decides(ben, path+"/approve", `{}`).Refused(400, "note")
	w.decides(ben, path+"/approve", `{"note":"go","amount":{"currency":"USD","value":"201"}}`).Refused(409, "")
	w.decides(ben, strings.TrimSuffix(path, "-1")+"-2/approve", `{"note":"go"}`).Refused(404, "")
	if len(p.requests) != 0 {
		t.Fatalf("the wallet was called %d times before the approval", len(p.requests))
	}
	body := w.decides(ben, path+"/approve", `{"note":"go","amount":{"currency":"USD","value":"200"}}`).Want(200)
	if body["status"] != "succeeded" || body["approval"] != nil || body["approver"] != nil || body["code"] != nil {
		t.Errorf("got %v", body)
	}
	w.decides(ben, path+"/approve", `{"note":"go"}`).Want(200)
	w.decides(ben, path+"/reject", `{"note":"no"}`).Refused(409, "")
	if len(p.requests) != 1 {
		t.Errorf("the wallet was called %d times, want once", len(p.requests))
	}
	if list := w.call("GET", "/refunds?approval=waiting", "").Want(200); len(list["refunds"].([]any)) != 0 {
		t.Errorf("got %v", list)
	}
	w.call("GET", "/refunds?approval=waiting&status=failed", "").Refused(400, "approval")
	w.call("GET", "/refunds?approval=never", "").Refused(400, "approval")
}

func TestARefundIsRejectedByAnotherKey(t *testing.T) {
	w, p, ben, annsOther := approving(t)
	path := w.waiting()
	w.decides(annsOther, path+"/reject", `{"note":"no"}`).Refused(403, "")
	body := w.decides(ben, path+"/reject", `{"note":"not agreed"}`).Want(200)
	if body["status"] != "failed" || body["code"] != refund.CodeRejected || body["approval"] != nil || len(p.requests) != 0 {
		t.Errorf("got %v after %d calls", body, len(p.requests))
	}
	w.decides(ben, path+"/approve", `{"note":"go"}`).Refused(409, "")
	order := strings.TrimSuffix(strings.Replace(path, "/refunds/rfd_", "/orders/ord_", 1), "-1")
	events := w.call("GET", order+"/events", "").Want(200)["events"].([]any)
	last := events[len(events)-1].(map[string]any)
	if last["type"] != "refund.failed" || last["by"] != "key_ben" || at(last, "data", "decision", "note") != "not agreed" ||
		at(last, "data", "decision", "approval") != "rejected" {
		t.Errorf("got %v", last)
	}
}

func TestADecisionIsReplayedByteForByte(t *testing.T) {
	for _, decision := range []string{"approve", "reject"} {
		w, p, ben, _ := approving(t)
		path := w.waiting()
		send := func() answer {
			return w.send("POST", path+"/"+decision, `{"note":"so"}`, "Authorization", ben, "Idempotency-Key", "one")
		}
		first, again := send().Want(200), send().Want(200)
		if fmt.Sprint(first) != fmt.Sprint(again) || len(p.requests) > 1 {
			t.Errorf("%s: got %v, then %v", decision, first, again)
		}
	}
}

func TestARefundNotApprovedInTimeHasFailed(t *testing.T) {
	w, _, ben, _ := approving(t)
	path := w.waiting()
	w.clock.Advance(73 * time.Hour)
	if _, err := w.engine.real.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if body := w.call("GET", path, "").Want(200); body["status"] != "failed" || body["code"] != refund.CodeExpired {
		t.Errorf("got %v", body)
	}
	w.decides(ben, path+"/approve", `{"note":"go"}`).Refused(409, "")
}

// TestADecisionIsAboutTheOrderThatWasRead requests another refund of the order meanwhile, which
// leaves the first one's amount and payment as they were.
func TestADecisionIsAboutTheOrderThatWasRead(t *testing.T) {
	for _, decision := range []string{"/approve", "/reject"} {
		w, p, ben, _ := approving(t)
		path := w.waiting()
		version := func() string { return fmt.Sprint(w.call("GET", path, "").Want(200)["version"]) }
		body := func(version string) string { return `{"note":"go","version":` + version + `}` }
		read := version()
		order := strings.TrimSuffix(strings.Replace(path, "/refunds/rfd_", "/orders/ord_", 1), "-1")
		w.call("POST", order+"/refunds", `{"amount":{"currency":"USD","value":"50"}}`).Want(201)
		for _, text := range []string{"0", "-1", `"4"`, "1.5"} {
			w.decides(ben, path+decision, body(text)).Refused(400, "version")
		}
		if a := w.decides(ben, path+decision, body(read)).Refused(409, ""); a["detail"] != "The order has changed since you read it." || len(p.requests) > 0 {
			t.Errorf("%s of an older version: got %v after %d calls", decision, a, len(p.requests))
		}
		if now := version(); now == read {
			t.Fatalf("the version is %s as before", now)
		}
		if a := w.decides(ben, path+decision, body(version())).Want(200); a["version"] != nil {
			t.Errorf("%s: got %v, want no version of what waits no more", decision, a)
		}
	}
}

// TestAKeyDecidesWithThePresentRolesOfItsMaker decides with keys of operators whose state has
// changed since; operator.TestWhatAKeyMayDoForItsMaker has the whole table.
func TestAKeyDecidesWithThePresentRolesOfItsMaker(t *testing.T) {
	for _, decision := range []string{"/approve", "/reject"} {
		w, p, ben, _ := approving(t)
		operators := operator.New(operator.Config{Store: w.db, Now: w.clock.Now})
		made := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		finance := []operator.Grant{{App: "shop", Role: operator.Finance}}
		o, _, err := operators.Create(t.Context(), operator.NewID(), "ben", finance, "test")
		made(nil, err)
		path := w.waiting() + decision
		made(operators.SetGrants(t.Context(), o.ID, []operator.Grant{{App: "shop", Role: operator.Support}, {App: "club", Role: operator.Finance}}))
		w.decides(ben, path, `{"note":"go"}`).Refused(403, "")
		made(operators.SetGrants(t.Context(), o.ID, finance))
		made(operators.Disable(t.Context(), o.ID, "test"))
		if a := w.decides(ben, path, `{"note":"go"}`).Refused(403, ""); a["detail"] != "The operator who made this API key is disabled." {
			t.Errorf("got %v", a)
		}
		text, digest := merchant.NewKey()
		made(nil, w.db.AddAPIKey(t.Context(), store.APIKey{ID: "key_old", App: "shop", Digest: digest, Scopes: []store.Scope{store.ScopeApprovals}}))
		w.decides("Bearer "+text, path, `{"note":"go"}`).Refused(403, "")
		if n := len(p.requests); n != 0 {
			t.Fatalf("the wallet was called %d times", n)
		}
		_, _, err = operators.Invite(t.Context(), o.ID, "") // which enables the operator
		made(nil, err)
		w.decides(ben, path, `{"note":"go"}`).Want(200)
	}
}
