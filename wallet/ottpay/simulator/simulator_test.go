package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
)

// ordered reads an object of texts and numbers in its order.
func ordered(t *testing.T, text string) (m message, simple bool) {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	for _, err := in.Token(); in.More(); {
		name, _ := in.Token()
		v, _ := in.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch v := v.(type) {
		case string:
			m = append(m, pair{name.(string), value{text: v}})
		case json.Number:
			m = append(m, pair{name.(string), value{digits: v.String()}})
		default:
			return nil, false
		}
	}
	return m, true
}

// The vectors are what this provider writes, in its layout, and what it opens.
func TestTheSimulatorSealsAsTheVectorsDo(t *testing.T) {
	written := 0
	for _, v := range testdata.Vectors[struct{ Name, Secret, Plaintext, Signature, Data string }](t, "ottpay") {
		m, simple := ordered(t, v.Plaintext)
		if !simple {
			continue
		}
		if _, err := unseal(v.Data, v.Signature, v.Secret); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if m.digest() != v.Signature {
			t.Errorf("%s: the digest is %s, want %s", v.Name, m.digest(), v.Signature)
		}
		if m.json() != v.Plaintext { // without the escapes that this provider writes
			continue
		}
		written++
		rule := Rule{}
		if !strings.Contains(v.Data, " ") {
			rule.Fault = PlainLayout
		}
		if data, _ := seal(m, v.Secret, rule); data != v.Data {
			t.Errorf("%s: sealed as %s, want %s", v.Name, data, v.Data)
		}
	}
	if written < 4 {
		t.Errorf("%d vectors were written, want at least 4", written)
	}
}

func TestTheLayoutEndsWithABlankAfterWholeGroups(t *testing.T) {
	for length, want := range map[int]string{45: strings.Repeat("A", 60) + " ", 48: strings.Repeat("A", 60) + " AAAA", 3: "AAAA"} {
		if got := layout(strings.Repeat("A", length/3*4), length); got != want {
			t.Errorf("%d bytes: got %q, want %q", length, got, want)
		}
	}
}

// far is a provider over HTTP.
type far struct {
	*testing.T
	provider *Provider
	url      string
}

func newFar(t *testing.T, change ...func(*Config)) *far {
	t.Helper()
	f := &far{T: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	f.url = server.URL + "/ott"
	cfg := Config{
		PublicURL: f.url, MerchantID: "ON00009999", SignKey: signing.NewSecret("5A17C0DE93B2E4F6"), Currency: "CAD",
		AppID: "ON00009999", AppKey: signing.NewSecret("key"), Control: true,
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if f.provider, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return f
}

// do sends a request and reads the answer as JSON.
func (f *far) do(method, path, contentType, body string) (status int, answer map[string]any) {
	f.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(&answer) // pages are no JSON
	return resp.StatusCode, answer
}

// opened is the payment of a checkout.
func (f *far) opened() *payment {
	f.Helper()
	got := f.provider.act(prepayInit, map[string]string{
		"amount": "1250", "merchant_id": "ON00009999", "shop_id": "S", "operator_id": "O", "prepay_order_id": "PB1", "sale_num": "PB1",
		"currency_type": "CAD", "biz_type": "PREPAY", "redirect_url": "https://shop.example/return?x=1", "call_back_url": "https://shop.example/callback", "duration": "900",
	}, Rule{})
	if got.code != "SUCCESS" {
		f.Fatalf("got %+v", got)
	}
	return f.provider.books.Newest("PB1")
}

func TestTheControlEndpointExecutesItsCommands(t *testing.T) {
	f := newFar(t, func(c *Config) { c.AsyncRefunds = true })
	f.opened()
	if _, books := f.do("POST", "/control/settle", "application/json", `{"requestId":"PB1","outcome":"pay"}`); books["captured"] != 1250.0 {
		t.Errorf("after paying: %v", books)
	}
	if got := f.provider.act(refundAction, map[string]string{"ori_order_id": f.provider.books.Newest("PB1").id, "refund_amt": "400", "order_id": "R1"}, Rule{}); got.code != "SUCCESS" {
		t.Fatalf("refunded: %+v", got)
	}
	if status, _ := f.do("POST", "/control/refunds", "application/json", `{"refundRequestId":"R1","approve":true}`); status != 200 {
		t.Errorf("the decision: HTTP %d", status)
	}
	if _, books := f.do("GET", "/control/books?requestId=PB1", "", ""); books["refunded"] != 400.0 || books["refunds"] != 1.0 {
		t.Errorf("the books: %v", books)
	}
	if _, card := f.do("POST", "/control/cards", "application/json", `{"reference":"C1","amount":500,"callBackURL":"https://shop.example/callback"}`); card["paymentId"] == "" {
		t.Errorf("a card: %v", card)
	}
	for _, path := range []string{"/control/settle", "/control/refunds"} {
		if status, _ := f.do("POST", path, "application/json", `{"requestId":"NONE","refundRequestId":"NONE"}`); status != 404 {
			t.Errorf("%s of nothing: HTTP %d, want 404", path, status)
		}
	}
	if status, _ := f.do("POST", "/control/deliver", "text/plain", `{}`); status != 400 {
		t.Errorf("a command of another origin: HTTP %d, want 400", status)
	}
}

func TestTheCheckoutRefusesWhatIsNoDecision(t *testing.T) {
	f := newFar(t)
	pay := f.opened()
	link := strings.TrimPrefix(f.provider.checkoutURL(pay), f.url)
	for about, c := range map[string]struct {
		method, path, form string
		want               int
	}{
		"the page":                 {"GET", link, "", 200},
		"a page of nothing":        {"GET", "/checkout?order=1&sign=2", "", 404},
		"a link of another order":  {"GET", strings.Replace(link, pay.id, "17672550051234567", 1), "", 404},
		"a decision that is none":  {"POST", link, "outcome=weather", 400},
		"a tip that is none":       {"POST", link, "outcome=pay&tip=-1", 400},
		"a tip of half a cent":     {"POST", link, "outcome=pay&tip=0.005", 400},
		"a tip without a number":   {"POST", link, "outcome=pay&tip=a", 400},
		"the Chinese page":         {"GET", link + "&lang=zh-Hans", "", 200},
		"the page with its method": {"GET", link + "&selected=ALIPAY", "", 200},
	} {
		if status, _ := f.do(c.method, c.path, "application/x-www-form-urlencoded", c.form); status != c.want {
			t.Errorf("%s: HTTP %d, want %d", about, status, c.want)
		}
	}
	if pay.status != open {
		t.Errorf("the payment is %s, want it untouched", pay.status)
	}
}

func TestTheRedirectHasTheDocumentedParameters(t *testing.T) {
	f := newFar(t)
	pay := f.opened()
	if err := f.provider.Settle("PB1", "pay"); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(f.provider.returnURL(pay))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("x") != "1" || q.Get("total_fee") != "1250" || q.Get("trade_no") != pay.id || q.Get("out_trade_no") != "PB1" || q.Get("trade_status") != " Trade_Finished" {
		t.Errorf("got %s", u)
	}
}

func TestNothingIsOpenedThatTheDocumentsDoNotAllow(t *testing.T) {
	f := newFar(t)
	good := map[string]string{
		"amount": "1250", "merchant_id": "ON00009999", "shop_id": "S", "operator_id": "O", "prepay_order_id": "PB2", "sale_num": "PB2",
		"currency_type": "CAD", "biz_type": "PREPAY", "redirect_url": "https://shop.example/return", "call_back_url": "https://shop.example/callback", "duration": "900",
	}
	for name, bad := range map[string]string{
		"amount": "12.50", "currency_type": "USD", "biz_type": "ALIPAY", "call_back_url": "shop.example", "duration": "soon", "merchant_id": "XX",
		"prepay_order_id": strings.Repeat("P", 33), "sale_num": "",
	} {
		data := map[string]string{}
		for k, v := range good {
			data[k] = v
		}
		data[name] = bad
		if got := f.provider.act(prepayInit, data, Rule{}); got.code != "PARAM_INVALID" {
			t.Errorf("%s %q: got %s, want PARAM_INVALID", name, bad, got.code)
		}
	}
	if got := f.provider.act(prepayInit, good, Rule{}); got.code != "SUCCESS" {
		t.Errorf("what is allowed: got %+v", got)
	}
}

func TestPaymentsEndInTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	f := newFar(t, func(c *Config) { c.Now = func() time.Time { return now } })
	f.opened()
	if err := f.provider.Settle("PB1", "later"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(5 * time.Second)
	if got := f.provider.Books("PB1"); got.Status != "success" {
		t.Errorf("processing ended as %s, want success", got.Status)
	}
	id := f.provider.OpenCard("C1", 500, "https://shop.example/callback")
	now = now.Add(time.Hour)
	if got := f.provider.Books("C1"); got.Status != "authorized" || id == "" {
		t.Errorf("a card is %s, want authorized until it is captured or voided", got.Status)
	}
}

func TestABodyIsSignedAsItIs(t *testing.T) {
	f := newFar(t)
	body := []byte(`{"order_id":"1","amount":5}`)
	m := f.provider.Sign(body)
	var outer struct{ Data, MD5 string }
	if err := json.Unmarshal(m.Body, &outer); err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(outer.Data, outer.MD5, "5A17C0DE93B2E4F6"); err != nil || got["amount"] != "5" {
		t.Errorf("got %v and %v", got, err)
	}
}
