package merchant_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var errUnavailable = fault.New(fault.Unavailable, "test", "The store is down.")

const tea = `{"amount":{"currency":"USD","value":"300"},"description":"Tea"}`

func TestAnOrderWithEverything(t *testing.T) {
	w := newWorld(t)
	const everything = `{"amount":{"currency":"USD","decimal":"3.00"},"description":"Tea, 喝茶","reference":"R-1",
		"wallet":"sandbox","method":"card","channel":"h5","payer":{"id":"ann"},
		"items":[{"sku":"tea","name":"Tea","quantity":2,"amount":{"currency":"USD","value":"300","decimal":"3.00"}}],
		"metadata":{"table":"7","note":"one\n\ttwo"},"capture":"manual","expiresIn":600,"returnUrl":"https://shop.example/back?a=1"}`
	body := w.call("POST", "/orders", everything).Want(201)
	id := at(body, "order", "id").(string)
	if at(body, "order", "metadata", "table") != "7" || at(body, "order", "payments", 0, "requestId") != "REQUEST" {
		t.Errorf("the merchant does not see what is theirs: %v", body)
	}
	if at(body, "action", "paymentUrl") != "https://wallet.example/pay?a=1&b=2" || len(body) != 4 {
		t.Errorf("got %v", body)
	}
	claims, err := w.tokens.ParseOrder(body["orderToken"].(string))
	if err != nil || claims.Order != id || claims.App != "shop" || claims.Value != "300" {
		t.Errorf("the order token says %+v, %v", claims, err)
	}
	token, found := strings.CutPrefix(body["payUrl"].(string), "https://pay.example/till/pay/")
	claims, err = w.tokens.ParsePay(token)
	if !found || err != nil || claims.Order != id || !claims.ExpiresAt.Equal(w.clock.Now().Add(25*time.Hour)) {
		t.Errorf("the payment page is %s: %+v, %v", body["payUrl"], claims, err)
	}
	got := w.engine.wanted[0]
	if got.App != "shop" || got.Wallet != "sandbox" || got.Method != "card" || got.Channel != wallet.H5 || got.Unpaid ||
		got.Source != bridge.FromMerchant || got.Payer != (bridge.Payer{ID: "ann", Wallet: "sandbox"}) || !*got.Hold ||
		got.Expiry != 10*time.Minute || got.ReturnURL != "https://shop.example/back?a=1" {
		t.Errorf("the engine was called with %+v", got)
	}
	usd := wallet.Money{Minor: 300, Currency: "USD"}
	price := got.Price
	if price.Amount != usd || price.Description != "Tea, 喝茶" || price.Reference != "R-1" || price.Metadata["note"] != "one\n\ttwo" ||
		!slices.Equal(price.Items, []wallet.Item{{SKU: "tea", Name: "Tea", Quantity: 2, Amount: usd}}) {
		t.Errorf("the price is %+v", price)
	}
}

func TestAnOrderWithoutAWalletWaitsForItsPayer(t *testing.T) {
	w := newWorld(t)
	body := w.call("POST", "/orders", tea).Want(201)
	if _, there := body["action"]; there || len(body) != 3 {
		t.Errorf("got %v", body)
	}
	got := w.engine.wanted[0]
	if !got.Unpaid || got.Hold != nil || got.Expiry != 0 || got.Payer != (bridge.Payer{}) || got.Wallet != "" {
		t.Errorf("the engine was called with %+v", got)
	}
	w.call("POST", "/orders", `{"amount":{"currency":"USD","value":"300"},"description":"Tea","capture":"automatic"}`).Want(201)
	if got := w.engine.wanted[1].Hold; got == nil || *got {
		t.Error("an automatic capture was left to the app")
	}
}

func TestATokenOutlivesItsOrderByADay(t *testing.T) {
	w := newWorld(t)
	body := w.call("POST", "/orders", tea).Want(201)
	token := body["orderToken"].(string)
	w.clock.Advance(24 * time.Hour)
	if _, err := w.tokens.ParseOrder(token); err != nil {
		t.Errorf("a payer cannot see how it ended: %v", err)
	}
	w.clock.Advance(time.Hour + time.Minute)
	if _, err := w.tokens.ParseOrder(token); err == nil {
		t.Error("the token lives on")
	}
}

func TestAnOrderIsShownToItsMerchant(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	body := w.call("GET", "/orders/"+string(o.ID), "").Want(200)
	if body["id"] != string(o.ID) || at(body, "metadata", "table") != "7" || at(body, "amount", "decimal") != "3.00" {
		t.Errorf("got %v", body)
	}
	for _, id := range []string{"ord_1", "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", string(o.ID) + "0", "%00", strings.ToLower(string(o.ID))} {
		w.call("GET", "/orders/"+id, "").Refused(404, "")
	}
	w.call("GET", "/orders/"+string(o.ID)+"?expand=refunds", "").Refused(400, "expand")
}

func TestOperationsAnswerWithTheOrder(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop")
	path := "/orders/" + string(o.ID)
	for _, what := range []string{"void", "cancel", "refresh"} {
		if body := w.call("POST", path+"/"+what, "").Want(200); body["id"] != string(o.ID) {
			t.Errorf("%s answers %v", what, body)
		}
		w.call("POST", path+"/"+what, `{"force":true}`).Refused(400, "force")
	}
	want := []string{"void " + string(o.ID) + " merchant", "cancel " + string(o.ID) + " merchant", "refresh " + string(o.ID) + " query"}
	if !slices.Equal(w.engine.done, want) {
		t.Errorf("done: %v", w.engine.done)
	}
	w.call("POST", path+"/capture", "").Want(200)
	w.call("POST", path+"/capture", `{"amount":{"currency":"USD","decimal":"1.50"}}`).Want(200)
	all, some := w.engine.captured[0], w.engine.captured[1]
	if all != (engine.CaptureRequest{Source: bridge.FromMerchant}) || some.Amount != (wallet.Money{Minor: 150, Currency: "USD"}) {
		t.Errorf("captured %+v and %+v", all, some)
	}
	w.call("POST", path+"/capture", `{"amount":{"currency":"USD","value":"0"}}`).Refused(400, "amount")
	w.call("POST", path+"/capture", `{"amount":{"currency":"USD"}}`).Refused(400, "amount.value")
	w.call("POST", path+"/capture", `{"amount":"150"}`).Refused(400, "amount")
	w.engine.fail = fault.New(fault.Conflict, "test", "No money is held.")
	w.call("POST", path+"/capture", "").Refused(409, "")
	w.engine.fail = fault.New(fault.Unsupported, "test", "This wallet cannot do that.")
	w.call("POST", path+"/void", "").Refused(422, "")
	w.engine.fail = fault.New(fault.Unknown, "test", "No answer.")
	w.call("POST", path+"/refresh", "").Refused(504, "")
}

func TestListingOrders(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for range 5 {
		ids = append(ids, string(w.engine.newOrder("shop").ID))
		w.clock.Advance(time.Second)
	}
	slices.Reverse(ids)
	var seen []string
	cursor := ""
	for range 3 {
		body := w.call("GET", "/orders?limit=2"+cursor, "").Want(200)
		for _, o := range body["orders"].([]any) {
			seen = append(seen, at(o, "id").(string))
		}
		if next := body["next"]; next != nil {
			cursor = "&cursor=" + next.(string)
		} else {
			cursor = ""
		}
	}
	if !slices.Equal(seen, ids) || cursor != "" {
		t.Errorf("saw %v, want %v; then %q", seen, ids, cursor)
	}
	if body := w.call("GET", "/orders?limit=5", "").Want(200); body["next"] != nil {
		t.Errorf("a page that holds all has a next one: %v", body["next"])
	}
	query := url.Values{
		"status": {"paid"}, "reference": {"R 1"}, "wallet": {"sandbox"}, "attention": {"any"},
		"from": {"2026-01-01T08:00:00+08:00"}, "to": {"2026-02-01T00:00:00.5Z"}, "limit": {"100"},
	}
	if got := w.call("GET", "/orders?"+query.Encode(), "").Body.String(); got != `{"orders":[],"next":null}` {
		t.Errorf("got %s", got)
	}
	want := store.OrderQuery{
		App: "shop", Status: wallet.Paid, Reference: "R 1", Wallet: "sandbox", Attention: store.AnyAttention, Limit: 101,
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 1, 0, 0, 0, 5e8, time.UTC),
	}
	if w.engine.lastQuery != want {
		t.Errorf("requested %+v, want %+v", w.engine.lastQuery, want)
	}
}
