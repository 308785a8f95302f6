package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

// visit requests a page, or posts a decision, and follows nothing.
func visit(t *testing.T, address string, form url.Values) (status int, location, body string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = client.Get(address)
	} else {
		resp, err = client.PostForm(address, form)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

func has(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestThePageOfAnOrderPromptsAndShowsTheResult(t *testing.T) {
	m := open(t, func(c *simulator.Config) { c.Merchant = "Kettle & Bean" })
	address := text(m.created()["webUrl"])
	address = strings.ReplaceAll(address, `\u0026`, "&")
	_, _, page := visit(t, address, nil)
	has(t, page, "12.34 USD", "Kettle &amp; Bean", "Two teas", "Pay now", "Decline the payment", "Pay later", "Leave without paying", "No money moves", "RAP2026")
	for lang, want := range map[string]string{"zh-Hans": "付款", "ar": "الدفع"} {
		_, _, page := visit(t, address+"&lang="+lang, nil)
		has(t, page, want, `lang="`+lang+`"`)
	}
	if status, to, _ := visit(t, address, url.Values{"outcome": {"decline"}}); status != 303 || to != "https://shop.example/return" || m.status() != "3" {
		t.Errorf("declined: %d to %s, and the status is %s", status, to, m.status())
	}
	_, _, page = visit(t, address, nil)
	has(t, page, "The last attempt failed", "Pay now")
	_, _, page = visit(t, address+"&embed=1", url.Values{"outcome": {"pay"}})
	has(t, page, "Payment complete", `data-result-code="9000"`)
	visit(t, address, url.Values{"outcome": {"decline"}})
	if m.status() != "2" {
		t.Error("a decision that came too late counted")
	}
	if status, _, _ := visit(t, address, nil); status != 200 {
		t.Errorf("the page of a paid order: %d", status)
	}
}

func TestPagesOfOthersAndOfNothingAreNotShown(t *testing.T) {
	m := open(t)
	address := strings.ReplaceAll(text(m.created()["webUrl"]), `\u0026`, "&")
	for name, target := range map[string]string{
		"without its token": address[:strings.Index(address, "?")], "with another token": strings.Replace(address, "t=", "t=0", 1), "of no order": strings.Replace(address, "/pay/RAP", "/pay/RAQ", 1),
	} {
		if status, _, _ := visit(t, target, nil); status != 404 {
			t.Errorf("a page %s: %d, want 404", name, status)
		}
	}
	for _, outcome := range []string{"", "steal", "late"} {
		if status, _, _ := visit(t, address, url.Values{"outcome": {outcome}}); status != 400 || m.status() != "1" {
			t.Errorf("outcome %q: %d, and the status is %s", outcome, status, m.status())
		}
	}
}

func TestThePageOffersMethodsWithTheirCodesAndLinks(t *testing.T) {
	m := open(t, func(c *simulator.Config) { c.Methods = simulator.DefaultMethods })
	sn := text(m.created()["orderSn"])
	a := m.call("payment-method", `{"orderSn":"`+sn+`","paymentMethodId":"2"}`)
	clean := func(name string) string { return strings.ReplaceAll(text(a.Data[name]), `\u0026`, "&") }
	_, _, page := visit(t, clean("webUrl"), nil)
	has(t, page, "RedotPay", "Binance Pay", "Wallet app", "data:image/svg", `href="redotpay://pay?`)
	_, _, page = visit(t, clean("qrCode"), nil)
	if strings.Contains(page, "data:image/svg+xml") {
		t.Error("a phone that has scanned the code is shown another")
	}
	if status, _, _ := visit(t, clean("qrCode"), url.Values{"outcome": {"pay"}, "method": {"2"}}); status != 303 || m.status() != "2" {
		t.Errorf("paid: %d, and the status is %s", status, m.status())
	}
	if a := m.call("payment-method", `{"orderSn":"`+sn+`","paymentMethodId":"1"}`); a.Code != "ORDER_STATUS_ERROR" {
		t.Errorf("a method of a paid order: answered %+v", a)
	}
}

func TestControlSettlesInjectsFaultsAndReports(t *testing.T) {
	m := open(t, func(c *simulator.Config) { c.Control = true })
	m.created()
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"settle", `{"requestId":"ORD123456","outcome":"pay"}`, 200}, {"settle", `{"requestId":"NONE","outcome":"pay"}`, 404}, {"settle", `{"requestId":"ORD123456","outcome":"steal"}`, 400},
		{"deliver", `{}`, 200}, {"refunds", `{"refundRequestId":"NONE","approve":true}`, 404}, {"notifyurl", `{"url":"https://other.example/notify"}`, 200}, {"notifyurl", `{"url":"other"}`, 400},
		{"faults", `{"fault":"lose_notification","endpoint":"notify"}`, 200}, {"faults", `{"fault":"nothing"}`, 400},
	} {
		resp, err := http.Post(m.base+"/control/"+c.path, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s %s: %d, want %d", c.path, c.body, resp.StatusCode, c.want)
		}
	}
	for path, want := range map[string]string{"books?requestId=ORD123456": `"Status":2`, "deliveries": "ACQUIRER_PAY", "faults": "lose_notification"} {
		if _, _, body := visit(t, m.base+"/control/"+path, nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
	closed := open(t)
	if status, _, _ := visit(t, closed.base+"/control/books", nil); status != 404 {
		t.Errorf("without Control: %d, want 404", status)
	}
}
