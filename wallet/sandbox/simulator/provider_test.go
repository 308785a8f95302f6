package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func httpClient(t http.RoundTripper) *http.Client { return &http.Client{Transport: t} }

func TestNewRefusesWhatCannotWork(t *testing.T) {
	good := simulator.Config{PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key)}
	for name, spoil := range map[string]func(*simulator.Config){
		"no URL":            func(c *simulator.Config) { c.PublicURL = "" },
		"a relative URL":    func(c *simulator.Config) { c.PublicURL = "/sandbox" },
		"a URL with query":  func(c *simulator.Config) { c.PublicURL += "?a=b" },
		"no key":            func(c *simulator.Config) { c.Key = signing.Secret{} },
		"a placeholder key": func(c *simulator.Config) { c.Key = signing.NewSecret("changemechangeme") },
		"no key id":         func(c *simulator.Config) { c.KeyID = "" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := simulator.New(cfg); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%s: got %v, want an error without the key", name, err)
		}
	}
	if _, err := simulator.New(good); err != nil {
		t.Error(err)
	}
}

func TestProviderIsServedWithAndWithoutItsPrefix(t *testing.T) {
	s := newTill(t)
	address := s.create("A").PaymentURL
	for _, at := range []string{address, strings.Replace(address, "/sandbox/", "/", 1)} {
		if got := s.visit(at).Code; got != http.StatusOK {
			t.Errorf("%s: got HTTP %d, want 200", at, got)
		}
	}
}

func TestSameRequestSamePayment(t *testing.T) {
	s := newTill(t)
	first := s.create("A")
	s.clock.Advance(time.Minute)
	second := s.create("A") // with a later expiry
	if first.PaymentID != second.PaymentID || first.PaymentURL != second.PaymentURL {
		t.Errorf("got %s, want %s", second.PaymentURL, first.PaymentURL)
	}
	other := s.creating("A")
	other["amount"] = fields{"currency": "USD", "value": "1"}
	if got := s.call("/v1/payments", other); got.Code != "REQUEST_ID_REUSED" || got.HTTP != http.StatusConflict || !got.signed {
		t.Errorf("other content: got HTTP %d %q, signed %v", got.HTTP, got.Code, got.signed)
	}
}

func TestUnsignedAndStaleCallsAreRefused(t *testing.T) {
	s := newTill(t)
	r := httptest.NewRequest(http.MethodPost, publicURL+"/v1/payments", strings.NewReader("{}"))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "BAD_SIGNATURE") {
		t.Errorf("unsigned: got HTTP %d %s", w.Code, w.Body)
	}
	timestamp := "1"
	r = httptest.NewRequest(http.MethodPost, publicURL+"/v1/payments", strings.NewReader("{}"))
	r.Header.Set("Sandbox-Key", keyID)
	r.Header.Set("Sandbox-Timestamp", timestamp)
	r.Header.Set("Sandbox-Signature", sign(timestamp, "POST", "/v1/payments", "{}"))
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "STALE_TIMESTAMP") {
		t.Errorf("stale: got HTTP %d %s", w.Code, w.Body)
	}
}

func TestInvalidRequests(t *testing.T) {
	s := newTill(t)
	for name, c := range map[string]struct {
		change func(fields)
		code   string
	}{
		"no request id":        {with("requestId", ""), "INVALID_REQUEST"},
		"a number as amount":   {with("amount", fields{"currency": "USD", "value": 1}), "INVALID_REQUEST"},
		"no money":             {with("amount", fields{"currency": "USD", "value": "0"}), "INVALID_REQUEST"},
		"a foreign currency":   {with("amount", fields{"currency": "XXX", "value": "1"}), "CURRENCY_NOT_SUPPORTED"},
		"a script as return":   {with("returnUrl", "javascript:alert(1)"), "INVALID_REQUEST"},
		"a file to notify":     {with("notifyUrl", "file:///etc/passwd"), "INVALID_REQUEST"},
		"a return with a user": {with("returnUrl", "https://a:b@shop.example/"), "INVALID_REQUEST"},
	} {
		body := s.creating("A")
		c.change(body)
		if got := s.call("/v1/payments", body); got.Code != c.code {
			t.Errorf("%s: got %q, want %s", name, got.Code, c.code)
		}
	}
}

func TestFeeIsApart(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.FeePermille = 100 })
	p := s.create("A")
	if p.Amount.Value != "1234" || p.Fee.Value != "123" || p.PayerAmount.Value != "1357" {
		t.Errorf("got amount %v, fee %v, payer's %v", p.Amount, p.Fee, p.PayerAmount)
	}
	if page := s.visit(p.PaymentURL).Body.String(); !strings.Contains(page, "13.57 USD") {
		t.Error("the page does not show what the payer pays")
	}
}

func TestAuthCodes(t *testing.T) {
	s := newTill(t)
	var minted struct{ AuthCode string }
	if err := json.Unmarshal(s.visit(publicURL+"/authcode?user=alice").Body.Bytes(), &minted); err != nil {
		t.Fatal(err)
	}
	if got := s.call("/v1/auth/exchange", fields{"code": minted.AuthCode}); got.HTTP != http.StatusOK {
		t.Errorf("got HTTP %d %s", got.HTTP, got.Code)
	}
	if got := s.call("/v1/auth/exchange", fields{"code": minted.AuthCode}); got.Code != "AUTH_CODE_INVALID" {
		t.Errorf("the second time: got %q, want AUTH_CODE_INVALID", got.Code)
	}
	old := s.AuthCode("alice")
	s.clock.Advance(3 * time.Minute)
	if got := s.call("/v1/auth/exchange", fields{"code": old}); got.Code != "AUTH_CODE_EXPIRED" {
		t.Errorf("too late: got %q, want AUTH_CODE_EXPIRED", got.Code)
	}
}

func TestACodeOfARealContainerSignsInWhereItIsTaken(t *testing.T) {
	const foreign = "281010033AB2F588D14B43238637264FCA5AAF35"
	if got := newTill(t).call("/v1/auth/exchange", fields{"code": foreign}); got.Code != "AUTH_CODE_INVALID" {
		t.Errorf("not configured: got %q, want AUTH_CODE_INVALID", got.Code)
	}
	s := newTill(t, func(c *simulator.Config) { c.AnyCode = true })
	if got := s.call("/v1/auth/exchange", fields{"code": foreign}); got.HTTP != http.StatusOK {
		t.Errorf("got HTTP %d %s", got.HTTP, got.Code)
	}
	own := s.AuthCode("alice")
	s.call("/v1/auth/exchange", fields{"code": own})
	for name, code := range map[string]string{"one of ours for the second time": own, "none": ""} {
		if got := s.call("/v1/auth/exchange", fields{"code": code}); got.Code != "AUTH_CODE_INVALID" {
			t.Errorf("%s: got %q, want AUTH_CODE_INVALID", name, got.Code)
		}
	}
}

func TestControl(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.Control, c.ManualRefunds = true, true })
	send := func(method, path, contentType, body string) int {
		r := httptest.NewRequest(method, publicURL+path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	rule := `{"fault":"traffic_limit","next":2,"path":"/v1/payments","delay":"3s"}`
	if got := send("POST", "/control/faults", "application/json", rule); got != http.StatusOK || len(s.Rules()) != 1 {
		t.Errorf("got HTTP %d and rules %v", got, s.Rules())
	}
	if got := s.Rules()[0].Delay; got != 3*time.Second {
		t.Errorf("delay: got %v, want 3s", got)
	}
	if got := s.call("/v1/payments", s.creating("A")); got.Code != "TRAFFIC_LIMIT" || got.RetryAfter != 1000 {
		t.Errorf("got %q after %d ms", got.Code, got.RetryAfter)
	}
	if got := send("POST", "/control/faults", "text/plain", rule); got != http.StatusBadRequest {
		t.Errorf("a form of a foreign page: got HTTP %d, want 400", got)
	}
	if got := send("POST", "/control/faults", "application/json", `{"fault":"nonsense"}`); got != http.StatusBadRequest {
		t.Errorf("an unknown fault: got HTTP %d, want 400", got)
	}
	if got := send("PUT", "/control/faults", "application/json", rule); got != http.StatusMethodNotAllowed {
		t.Errorf("another method: got HTTP %d, want 405", got)
	}
	if send("DELETE", "/control/faults", "", ""); len(s.Rules()) != 0 {
		t.Errorf("got rules %v, want none", s.Rules())
	}
	s.create("A")
	s.settle("A", "pay")
	s.call("/v1/refunds", fields{"requestId": "A", "refundRequestId": "R", "amount": fields{"currency": "USD", "value": "34"}})
	if got := send("POST", "/control/refunds/R", "application/json", `{"decision":"approve"}`); got != http.StatusOK {
		t.Errorf("approve: got HTTP %d", got)
	}
	if got := s.Ledger()["USD"].Refunded.Minor; got != 34 {
		t.Errorf("refunded: got %d, want 34", got)
	}
	if got := send("POST", "/control/refunds/R", "application/json", `{"decision":"reject"}`); got != http.StatusNotFound {
		t.Errorf("twice: got HTTP %d, want 404", got)
	}
}

func TestControlIsOffByDefault(t *testing.T) {
	if got := newTill(t).visit(publicURL + "/control/faults").Code; got != http.StatusNotFound {
		t.Errorf("got HTTP %d, want 404", got)
	}
}
