package merchant_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestTheInboxShowsTheAppsWalletsAlone(t *testing.T) {
	w := newWorld(t)
	w.engine.keep("club-pay", "1", nil)
	w.engine.keep("sandbox", "2", nil)
	w.engine.keep("second", "3", nil)
	w.engine.keep("sandbox", "4", nil)
	body := w.call("GET", "/inbox?limit=2", "").Want(200)
	if at(body, "notifications", 0, "id") != "ntf_4" || at(body, "notifications", 1, "id") != "ntf_3" || body["next"] != "ntf_3" {
		t.Errorf("got %v", body)
	}
	body = w.call("GET", "/inbox?cursor=ntf_3", "").Want(200)
	if len(body["notifications"].([]any)) != 1 || at(body, "notifications", 0, "id") != "ntf_2" || body["next"] != nil {
		t.Errorf("got %v", body)
	}
	w.call("POST", "/inbox/ntf_1/retry", "").Refused(404, "")
	w.call("POST", "/inbox/ntf_1/dismiss", `{"note":"x"}`).Refused(404, "")
	w.call("GET", "/inbox?dismissed=maybe", "").Refused(400, "dismissed")
	w.call("GET", "/inbox?cursor=ord_1", "").Refused(400, "cursor")
	w.engine.apps["shop"] = nil // no longer served
	if body := w.call("GET", "/inbox", "").Want(200); len(body["notifications"].([]any)) != 0 {
		t.Errorf("got %v", body)
	}
}

func TestANotificationOfTheInbox(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	event, err := json.Marshal(wallet.Event{Kind: wallet.PaymentEvent, Payment: wallet.Payment{Status: wallet.Paid, Amount: wallet.Money{Minor: 300, Currency: "USD"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.engine.keep("sandbox", "1", func(item *store.InboxItem) {
		item.Order, item.RequestID, item.PaymentID, item.Event = o.ID, "R1", "P1", event
		item.Body = []byte(`{"accessToken":"tell-nobody","inner":"{\"authCode\":\"tell-nobody\",\"n\":1}","amount": 3.00}`)
	})
	body := w.call("GET", "/inbox", "").Want(200)
	got := at(body, "notifications", 0).(map[string]any)
	want := map[string]any{
		"id": "ntf_1", "wallet": "sandbox", "status": "kept", "order": string(o.ID), "requestId": "R1", "walletPaymentId": "P1",
		"reason": "there is no such order", "bodyEncoding": "utf-8", "receivedAt": "2026-01-02T11:59:00Z", "dismissed": nil,
		"body": `{"accessToken":"[redacted]","inner":"{\"authCode\":\"[redacted]\",\"n\":1}","amount": 3.00}`,
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
	if at(got, "event", "kind") != "payment" || at(got, "event", "status") != "paid" || at(got, "event", "amount", "value") != "300" || len(got) != len(want)+1 {
		t.Errorf("got %v", got)
	}
}

func TestABodyThatIsNoTextIsShownAsBase64(t *testing.T) {
	w := newWorld(t)
	w.engine.keep("sandbox", "1", func(item *store.InboxItem) { item.Body, item.Event = []byte{0xff, 0xfe, 'a'}, nil })
	w.engine.keep("sandbox", "2", func(item *store.InboxItem) { item.Body = []byte("token=tell-nobody&n=1") })
	body := w.call("GET", "/inbox", "").Want(200)
	if at(body, "notifications", 0, "body") != "token=[redacted]&n=1" {
		t.Errorf("a form is shown as %v", at(body, "notifications", 0, "body"))
	}
	if at(body, "notifications", 1, "body") != "//5h" || at(body, "notifications", 1, "bodyEncoding") != "base64" || at(body, "notifications", 1, "event") != nil {
		t.Errorf("got %v", body)
	}
}

func TestANotificationNeverNamesAnotherAppsOrder(t *testing.T) {
	w := newWorld(t)
	clubs := w.engine.newOrder("club")
	w.engine.keep("sandbox", "1", func(item *store.InboxItem) { item.Order, item.Reason = clubs.ID, "the order is another wallet's" })
	body := w.call("GET", "/inbox", "").Want(200)
	if at(body, "notifications", 0, "order") != "" || strings.Contains(asJSON(t, body), string(clubs.ID)) {
		t.Errorf("got %v", body)
	}
	w.call("POST", "/inbox/ntf_1/retry", "").Refused(409, "")
	if len(w.engine.done) > 0 {
		t.Errorf("the engine did %v", w.engine.done)
	}
}

func TestRetryingANotification(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	w.engine.keep("sandbox", "1", nil)
	w.call("POST", "/inbox/ntf_1/retry", "").Refused(409, "") // it leads nowhere
	w.engine.keep("sandbox", "2", func(item *store.InboxItem) { item.Order = o.ID })
	w.engine.stays = true
	if body := w.call("POST", "/inbox/ntf_2/retry", "").Want(200); body["status"] != "kept" || body["order"] != string(o.ID) {
		t.Errorf("got %v", body)
	}
	w.engine.fail = fault.New(fault.Unknown, "test", "No answer.")
	w.call("POST", "/inbox/ntf_2/retry", "").Refused(504, "")
	w.engine.stays, w.engine.fail = false, nil
	if body := w.call("POST", "/inbox/ntf_2/retry", "{}").Want(200); body["status"] != "applied" {
		t.Errorf("got %v", body)
	}
	w.call("POST", "/inbox/ntf_2/retry", "").Refused(404, "")
	w.call("POST", "/inbox/ntf_1/retry", `{"force":true}`).Refused(400, "force")
}

// TestNewsByAWalletsOwnIDLeadsToItsOrder: an item without an order of ours is matched by
// the wallet's id of a payment, at that wallet only.
func TestNewsByAWalletsOwnIDLeadsToItsOrder(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	o.Payments[0].WalletPaymentID, o.Payments[0].OtherIDs = "P0", []string{"P1"}
	w.engine.put(o)
	other := w.engine.newOrder("shop") // newer, and so looked at first
	other.Payments[0].Wallet, other.Payments[0].WalletPaymentID = "second", "P1"
	w.engine.put(other)
	w.engine.keep("sandbox", "1", func(item *store.InboxItem) { item.PaymentID = "P1" })
	w.engine.keep("sandbox", "2", func(item *store.InboxItem) { item.PaymentID = "P9" })
	body := w.call("GET", "/inbox", "").Want(200)
	if at(body, "notifications", 1, "order") != string(o.ID) || at(body, "notifications", 0, "order") != "" {
		t.Errorf("got %v", body)
	}
}

func TestDismissingANotification(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	w.engine.keep("sandbox", "1", func(item *store.InboxItem) { item.Order = o.ID })
	path := "/inbox/ntf_1/dismiss"
	body := w.call("POST", path, `{"note":"a test of the wallet's"}`).Want(200)
	if body["status"] != "dismissed" || at(body, "dismissed", "by") != "till of shop (key_shop)" || at(body, "dismissed", "note") != "a test of the wallet's" || at(body, "dismissed", "at") != "2026-01-02T12:00:00Z" {
		t.Errorf("got %v", body)
	}
	w.clock.Advance(time.Hour)
	if again := w.call("POST", path, `{"note":"another"}`).Want(200); at(again, "dismissed", "note") != "a test of the wallet's" {
		t.Errorf("got %v", again)
	}
	w.call("POST", path, `{}`).Refused(400, "note")
	w.call("POST", path, `{"note":"  "}`).Refused(400, "note")
	w.call("POST", "/inbox/ntf_1/retry", "").Refused(409, "")
	w.call("POST", "/inbox/ntf_9/dismiss", `{"note":"x"}`).Refused(404, "")
	if body := w.call("GET", "/inbox", "").Want(200); len(body["notifications"].([]any)) != 0 {
		t.Errorf("got %v", body)
	}
	if body := w.call("GET", "/inbox?dismissed=true", "").Want(200); at(body, "notifications", 0, "id") != "ntf_1" {
		t.Errorf("got %v", body)
	}
}

// TestKeptNewsIsRetriedThroughTheEngine: money for an order that does not exist stays in
// the inbox, and is dismissed by a person.
func TestKeptNewsIsSeenAndDismissedThroughTheEngine(t *testing.T) {
	p := &purse{status: wallet.Pending}
	w := newWorld(t).withEngine(p)
	id := at(w.call("POST", "/orders", with("wallet", `"purse"`)).Want(201), "order", "id").(string)
	db := w.db
	for n, item := range []store.InboxItem{
		{ID: "ntf_01KAGD3Z8Q9M5X7T2V4B6N8C01", Wallet: "purse", EventID: "e1", Order: bridge.OrderID(id), Reason: "not borne out"},
		{ID: "ntf_01KAGD3Z8Q9M5X7T2V4B6N8C02", Wallet: "elsewhere", EventID: "e2", Reason: "not ours"},
	} {
		item.ReceivedAt, item.Body = w.clock.Now().Add(time.Duration(n)*time.Second), []byte(`{}`)
		if err := db.KeepNotification(t.Context(), item); err != nil {
			t.Fatal(err)
		}
	}
	body := w.call("GET", "/inbox", "").Want(200)
	if len(body["notifications"].([]any)) != 1 || at(body, "notifications", 0, "order") != id {
		t.Fatalf("got %v", body)
	}
	path := "/inbox/" + at(body, "notifications", 0, "id").(string)
	if body := w.call("POST", path+"/retry", "").Want(200); body["status"] != "kept" {
		t.Errorf("what cannot be read was applied: %v", body)
	}
	w.call("POST", path+"/dismiss", `{"note":"a duplicate"}`).Want(200)
	if body := w.call("GET", "/inbox?dismissed=true", "").Want(200); at(body, "notifications", 0, "dismissed", "note") != "a duplicate" {
		t.Errorf("got %v", body)
	}
	w.call("POST", "/inbox/ntf_01KAGD3Z8Q9M5X7T2V4B6N8C02/dismiss", `{"note":"x"}`).Refused(404, "")
}
