package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func (s *till) control(method, name, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, publicURL+"/control/"+name, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestOtherProgramsControlTheProvider(t *testing.T) {
	s := newTill(t, "superqi", func(c *simulator.Config) { c.Control, c.AsyncRefunds = true, true })
	s.open("A")
	authURL := s.call("authorizations/prepare", fields{"scopes": "AGREEMENT_PAY"}).text("authUrl")
	s.control("POST", "settle", `{"requestId":"A","outcome":"pay"}`)
	s.call("payments/refund", fields{"refundRequestId": "R", "paymentRequestId": "A", "refundAmount": sum("34")})
	for _, c := range []struct {
		method, name, body string
		status             int
		reads              string
	}{
		{"POST", "settle", `{"requestId":"B","outcome":"pay"}`, 404, "no such payment"},
		{"POST", "deliver", `{}`, 200, `"attempts":1`},
		{"GET", "deliveries?requestId=A", "", 200, `"result":"S"`},
		{"POST", "refunds", `{"refundRequestId":"R","approve":true}`, 200, `{}`},
		{"POST", "refunds", `{"refundRequestId":"R","approve":true}`, 404, "no such refund"},
		{"GET", "books?requestId=A", "", 200, `"status":"PAID","captured":{"currency":"USD","value":"1234","decimal":"12.34"},"refunded":{"currency":"USD","value":"34"`},
		{"POST", "authcode", `{"user":"ann"}`, 200, `"authCode":"`},
		{"POST", "signcode", `{"user":"ann","authUrl":"` + authURL + `"}`, 200, `"authCode":"`},
		{"POST", "faults", `{"fault":"slow_answer","endpoint":"pay","times":2,"delay":"2s"}`, 200, `"endpoint":"pay","times":2,"delay":"2s"`},
		{"POST", "faults", `{"fault":"none"}`, 400, "not a fault rule"},
		{"GET", "faults", "", 200, "slow_answer"},
		{"DELETE", "faults", "", 200, `{"faults":[]}`},
		{"POST", "settle", `nonsense`, 400, "error"},
		{"GET", "elsewhere", "", 404, "no such control"},
	} {
		got := s.control(c.method, c.name, c.body)
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.reads) {
			t.Errorf("%s %s %s: got %d %s, want %d and %s", c.method, c.name, c.body, got.Code, got.Body, c.status, c.reads)
		}
	}
}

func TestControlIsClosed(t *testing.T) {
	s := newTill(t, "superqi")
	if got := s.control("GET", "faults", "").Code; got != http.StatusNotFound {
		t.Errorf("without Config.Control: got HTTP %d, want 404", got)
	}
	s = newTill(t, "superqi", func(c *simulator.Config) { c.Control = true })
	r := httptest.NewRequest("POST", publicURL+"/control/settle", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "text/plain") // what a foreign page can send
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("a form's content type: got HTTP %d, want 400", w.Code)
	}
}
