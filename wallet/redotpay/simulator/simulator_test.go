package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

func TestWhatIsNotDocumentedIsRefused(t *testing.T) {
	m := open(t)
	for old, with := range map[string]string{
		`"ORD123456"`: `"ORD1"`, `"outerUid":"U1"`: `"outerUid":""`, `"orderAmount":12.34`: `"orderAmount":"12.34"`, `12.34,"orderCurrency":"USD","timeExpire"`: `1234e-2,"orderCurrency":"USD","timeExpire"`,
		`"orderCurrency":"USD"`: `"orderCurrency":"EUR"`, `"env":"WEB"`: `"env":"TV"`, `"Two teas"`: `"` + strings.Repeat("x", 127) + `"`, `1767611770940`: `1767609970940`,
		`"goodsCount":1`: `"goodsCount":2`, `"goodsAmount":12.34`: `"goodsAmount":12.3`, `"Z000"`: `"Z"`, `https://shop.example/return`: `shop.example`, `"goodsCode":"SKU"`: `"goodsCode":"` + strings.Repeat("x", 20) + `"`,
	} {
		if !strings.Contains(creation, old) {
			t.Fatalf("%s is not there", old)
		}
		if a := m.call("create", strings.Replace(creation, old, with, 1)); a.Code != "PARAM_ERROR" {
			t.Errorf("%s instead of %s: answered %+v", with, old, a)
		}
	}
	m.created()
	for path, body := range map[string]string{
		"detail": `{"outerOrderSn":"ORD123456","orderSn":"RAP"}`, "detail ": `{}`, "payment-method": `{"orderSn":"RAP","paymentMethodId":"1"}`, "close": `{"orderSn":"NONE"}`,
		"refund": `{"orderSn":"NONE","outerRefundSn":"REF123","refundAmount":1}`, "refund/detail": `{"outerRefundSn":"NONE"}`, "list": `{}`, "detail  ": `{"outerOrderSn":"ORD123456"} {}`,
	} {
		if a := m.call(strings.TrimSpace(path), body); a.Code == "SUCCESS" || a.Code == "" {
			t.Errorf("%s %s: answered %+v", path, body, a)
		}
	}
	for name, change := range map[string]func(http.Header){
		"another appKey": func(h http.Header) { h.Set("X-R-Ak", "NOBODY") }, "no time": func(h http.Header) { h.Del("X-R-Ts") },
		"another key version": func(h http.Header) { h.Set("X-R-Key-Version", "2") }, "no signature": func(h http.Header) { h.Del("X-R-Signature") },
	} {
		if a := m.call("detail", `{"outerOrderSn":"ORD123456"}`, change); a.status != 401 || a.Code != "SIGN_ERROR" {
			t.Errorf("%s: answered %+v", name, a)
		}
	}
}

func TestKeysHaveVersionsInBothDirections(t *testing.T) {
	m := open(t, func(c *simulator.Config) {
		c.MerchantKeys = map[int]string{1: testdata.Key(t, "wallet_public.pem"), 2: testdata.Key(t, "client_public.pem")}
		c.KeyVersion = 7
	})
	if a := m.call("create", creation); a.Code != "SIGN_ERROR" {
		t.Errorf("signed by another version's key: answered %+v", a)
	}
	m.version = "2"
	m.created()
	m.settle("pay")
	m.deliver()
	if got := m.hooks.received[0].header.Get("X-R-Key-Version"); got != "7" {
		t.Errorf("the webhook names version %q, want 7", got)
	}
}

func TestAnOrderIsClosedAtItsExpiryWithoutAWebhook(t *testing.T) {
	m := open(t)
	m.created()
	m.clock.Advance(29 * time.Minute)
	m.settle("decline")
	if got := m.status(); got != "3" {
		t.Errorf("after a failed attempt the status is %s, want 3", got)
	}
	m.clock.Advance(time.Minute)
	if got := m.status(); got != "4" || m.deliver() != 0 {
		t.Errorf("after its time the status is %s, want 4, and no webhook", got)
	}
	m.settle("pay")
	if got := m.status(); got != "4" {
		t.Errorf("paid after its time the status is %s, want 4", got)
	}
	m.settle("late")
	if got := m.status(); got != "2" || m.deliver() != 1 {
		t.Errorf("paid late the status is %s, want 2, and a webhook", got)
	}
}

func TestAPaymentOnItsWayCompletesByItselfAndCannotBeClosed(t *testing.T) {
	m := open(t)
	sn := text(m.created()["orderSn"])
	m.settle("later")
	if a := m.call("close", `{"orderSn":"`+sn+`"}`); a.Code != "ORDER_STATUS_ERROR" || m.status() != "1" {
		t.Errorf("close answered %+v", a)
	}
	m.clock.Advance(5 * time.Second)
	if m.deliver() != 1 || m.status() != "2" {
		t.Errorf("after five seconds the status is %s, want 2, and a webhook", m.status())
	}
}

func TestAWebhookIsSentFourTimesUnlessItIsAcknowledged(t *testing.T) {
	for ack, tries := range map[string]int{
		`200 {"code":"SUCCESS","requestId":"1"}`: 1, `200 {"code":"SUCCESS"}`: 4, `200 SUCCESS`: 4, `200 {"code":"FAIL","requestId":"1"}`: 4, `500 {"code":"SUCCESS","requestId":"1"}`: 4, `200 `: 4,
	} {
		m := open(t)
		m.hooks.status, m.hooks.ack = map[string]int{"200": 200, "500": 500}[ack[:3]], ack[4:]
		m.created()
		m.settle("pay")
		if m.deliver() != 1 || m.deliver() != 0 {
			t.Fatal("the first attempt is made once, and at once")
		}
		for range 6 {
			m.clock.Advance(179 * time.Second)
			early := m.deliver()
			m.clock.Advance(time.Second)
			if m.deliver(); early != 0 {
				t.Errorf("%s: an attempt before 180 s", ack)
			}
		}
		if got := len(m.hooks.received); got != tries {
			t.Errorf("%s: %d attempts, want %d", ack, got, tries)
		}
		stamps := map[string]bool{}
		for _, h := range m.hooks.received {
			stamps[h.header.Get("X-R-Ts")] = true
		}
		if len(stamps) != tries {
			t.Errorf("%s: %d timestamps, want each attempt signed anew", ack, len(stamps))
		}
	}
}

func TestARefundIsPendingUntilItIsDecided(t *testing.T) {
	m := open(t, func(c *simulator.Config) { c.ManualRefunds = false })
	sn := text(m.created()["orderSn"])
	refund := `{"orderSn":"` + sn + `","outerRefundSn":"REF123","refundAmount":2.34}`
	if a := m.call("refund", refund); a.Code != "ORDER_STATUS_ERROR" {
		t.Errorf("a refund of what is not paid: answered %+v", a)
	}
	m.settle("pay")
	m.deliver()
	if a := m.call("refund", refund); string(a.Data["refundStatus"]) != "1" || string(a.Data["refundAmount"]) != "2.34" {
		t.Errorf("a refund: answered %+v", a)
	}
	if a := m.call("refund", strings.Replace(refund, "2.34", "2.35", 1)); a.Code != "PARAM_ERROR" {
		t.Errorf("the same number for another amount: answered %+v", a)
	}
	if a := m.call("refund", strings.NewReplacer("2.34", "10.01", "REF123", "REF124").Replace(refund)); a.Code != "ORDER_STATUS_ERROR" {
		t.Errorf("more than is left: answered %+v", a)
	}
	m.clock.Advance(2 * time.Second)
	if m.deliver() != 1 || string(m.call("refund/detail", `{"outerRefundSn":"REF123"}`).Data["refundStatus"]) != "2" {
		t.Error("after two seconds the refund is not done, or was not notified")
	}
	if body := m.hooks.received[1].body; strings.Contains(body, "orderStatus") || !strings.Contains(body, `"actionType":"ACQUIRER_REFUND"`) {
		t.Errorf("the refund's webhook is %s", body)
	}
	if b := m.provider.Books("ORD123456"); b.Captured.Minor != 1234 || b.Refunded.Minor != 234 {
		t.Errorf("the books say %+v", b)
	}
}

// The faults of webhooks and answers, each by what it makes of the same news.
func TestFaultsReportWhatTheyAreNamedFor(t *testing.T) {
	for fault, want := range map[simulator.Fault]string{
		"": `"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"`, "wrong_amount": `"orderAmount":12.35`, "wrong_currency": `"orderCurrency":"EUR"`,
		"number_as_text": `"orderStatus":"2","orderAmount":"12.34"`, "no_status": `"txId":"PAYH`, "unknown_action": `"actionType":"ACQUIRER_WEATHER"`,
		"other_names": `"outerOrderSn":"ORD123456","orderSn":"RAP`, "amount_missing": `"orderStatus":2,"billAmount"`, "amount_huge": `"orderAmount":9223372036854775808`,
		"time_huge": `"paymentTime":253402300800000`, "unknown_status": `"orderStatus":17`,
	} {
		m := open(t)
		m.created()
		if fault != "" {
			m.provider.Inject(simulator.Rule{Fault: fault, Endpoint: simulator.Notify})
		}
		m.settle("pay")
		m.deliver()
		body := m.hooks.received[0].body
		if !json.Valid([]byte(body)) || !strings.Contains(body, want) || fault == "no_status" && strings.Contains(body, "orderStatus") {
			t.Errorf("%s: reported %s, want %s", fault, body, want)
		}
	}
	for fault, want := range map[simulator.Fault]string{"not_there_yet": "ORDER_NOT_FOUND", "refused": "PARAM_ERROR", "traffic_limit": "RATE_LIMIT", "unknown_outcome": "SYSTEM_ERROR"} {
		m := open(t)
		m.provider.Inject(simulator.Rule{Fault: fault, Endpoint: "create", Times: 1})
		if a := m.call("create", creation); a.Code != want {
			t.Errorf("%s: answered %+v, want %s", fault, a, want)
		}
		if executed := m.status() != "ORDER_NOT_FOUND"; executed != (fault == "unknown_outcome") {
			t.Errorf("%s: executed: %v", fault, executed)
		}
	}
	m := open(t)
	first := text(m.created()["orderSn"])
	m.provider.Inject(simulator.Rule{Fault: "change_id"}, simulator.Rule{Fault: "lag_query", Times: 1}, simulator.Rule{Fault: "tell_failure"})
	m.settle("decline")
	m.settle("pay")
	if m.status() != "3" || m.status() != "2" || m.deliver() != 2 {
		t.Error("a query does not lag once, or a failure is not reported")
	}
	if a := m.call("detail", `{"orderSn":"`+first+`"}`); text(a.Data["orderSn"]) == first || string(a.Data["orderStatus"]) != "2" {
		t.Errorf("by its first number: answered %+v, want the order under another", a)
	}
}

func TestARepeatIsTheSameOrderUnlessItIsToBeRefused(t *testing.T) {
	m := open(t)
	first := m.created()
	if again := m.created(); text(again["orderSn"]) != text(first["orderSn"]) || text(again["webUrl"]) != text(first["webUrl"]) {
		t.Errorf("a repeat is %v, want %v", again, first)
	}
	m.provider.Inject(simulator.Rule{Fault: "refuse_repeat", Times: 1})
	if a := m.call("create", creation); a.Code == "SUCCESS" {
		t.Errorf("a repeat that is to be refused: answered %+v", a)
	}
	if a := m.call("create", strings.ReplaceAll(creation, "12.34", "12.35")); a.Code != "PARAM_ERROR" {
		t.Errorf("the same number for another amount: answered %+v", a)
	}
}

func TestTheOldestFinishedOrderIsForgottenWhenThereAreTooMany(t *testing.T) {
	m := open(t, func(c *simulator.Config) { c.MaxOrders = 2 })
	other := func(n string) string { return strings.Replace(creation, "ORD123456", n, 1) }
	m.created()
	m.settle("pay")
	for _, n := range []string{"ORD000001", "ORD000002"} {
		if a := m.call("create", other(n)); a.Code != "SUCCESS" {
			t.Errorf("%s: answered %+v", n, a)
		}
	}
	if got := m.status(); got != "ORDER_NOT_FOUND" {
		t.Errorf("the finished order is still there: %s", got)
	}
	if a := m.call("create", other("ORD000003")); a.Code != "SYSTEM_ERROR" {
		t.Errorf("with two open orders: answered %+v", a)
	}
}

func TestMistakesInTheConfigurationAreReportedTogether(t *testing.T) {
	_, err := simulator.New(simulator.Config{PublicURL: "shop.example", NotifyURL: "x"})
	for _, want := range []string{"PublicURL", "NotifyURL", "AppKey"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s named", err, want)
		}
	}
	if _, err := simulator.New(simulator.Config{PublicURL: "https://a.example", Direct: &simulator.Direct{}}); err == nil {
		t.Error("a direct account without keys is opened")
	}
	if _, err := simulator.New(simulator.Config{PublicURL: "https://a.example", AppKey: "A", Key: signing.NewSecret("x")}); err == nil {
		t.Error("a key that is none is opened")
	}
}
