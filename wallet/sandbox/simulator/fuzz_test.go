package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// calls are all paths that take a signed body.
var calls = []string{
	"/v1/payments", "/v1/payments/choose", "/v1/payments/query", "/v1/payments/cancel", "/v1/payments/capture", "/v1/payments/void",
	"/v1/refunds", "/v1/refunds/query", "/v1/auth/exchange", "/v1/agreements", "/v1/agreements/sign", "/v1/agreements/renew", "/v1/agreements/end",
}

// FuzzCall sends bodies that a merchant signed: each gets an answer that says what it is,
// and no more is paid back than was paid.
func FuzzCall(f *testing.F) {
	for i, body := range []string{
		`{"requestId":"A","order":"o","amount":{"currency":"USD","value":"1234"},"description":"x","notifyUrl":"https://shop.example/n","expiresAt":1}`,
		`{}`, `{"requestId":"PAID"}`, `[]`, `null`, `{"requestId":"PAID","refundRequestId":"R","amount":{"currency":"USD","value":"-1"}}`,
		`{"requestId":"PAID","refundRequestId":"R","amount":{"currency":"USD","value":"9223372036854775807"}}`, `{"code":""}`,
		`{"requestId":"HELD","captureRequestId":"C","amount":{"currency":"JPY","value":"1"}}`, `{"reference":"r","title":"t","limit":{"currency":"USD","value":"1"}}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Add(uint8(6), `{"requestId":"PAID","refundRequestId":"R","amount":{"currency":"USD","value":"1235"}}`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		if !json.Valid([]byte(body)) {
			t.Skip("the helper below signs JSON only")
		}
		s := newTill(t)
		s.create("PAID")
		s.settle("PAID", "pay")
		s.create("HELD", with("hold", true))
		s.settle("HELD", "pay")
		for range 2 {
			w := s.answered(calls[int(which)%len(calls)], json.RawMessage(body))
			var reply struct{ Code string }
			if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code >= 500 || w.Code != http.StatusOK && reply.Code == "" {
				t.Errorf("%s got HTTP %d %q", body, w.Code, w.Body)
			}
		}
		for _, p := range s.Payments() {
			if p.Refunded.Minor < 0 || p.Captured.Minor < 0 || p.Refunded.Minor > p.Captured.Minor {
				t.Errorf("after %s: %+v", body, p)
			}
		}
	})
}

// FuzzVisit opens and posts pages with whatever a browser may send.
func FuzzVisit(f *testing.F) {
	f.Add("/cashier/sp_0000000000", "token=x", "outcome=pay", true)
	f.Add("/agreements/x", "user=ann", "outcome=agree", true)
	f.Add("/authcode", "user=%00", "", false)
	f.Add("/assets/../control/faults", "c=0b6bcb", "", false)
	f.Fuzz(func(t *testing.T, path, query, form string, posted bool) {
		s := newTill(t)
		token, err := url.Parse(s.create("A").PaymentURL)
		if err != nil {
			t.Fatal(err)
		}
		method := http.MethodGet
		if posted {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, publicURL+"/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s?%s with %q: HTTP %d", method, path, query, form, w.Code)
		}
		if sent, _ := url.ParseQuery(query); sent.Get("token") != token.Query().Get("token") {
			s.wantStatus("A", "PENDING") // without the link's token nothing is decided
		}
	})
}

func TestABrowserReadsAPageWhereThereIsNothing(t *testing.T) {
	s := newTill(t)
	r := httptest.NewRequest(http.MethodGet, publicURL+"/nothing", nil)
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "link does not work") {
		t.Errorf("got HTTP %d %s", w.Code, w.Body)
	}
	if w := s.visit(publicURL + "/nothing"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "NOT_FOUND") {
		t.Errorf("a program got HTTP %d %s", w.Code, w.Body)
	}
}

// FuzzJournal starts a provider on a file that was damaged or made up: it is refused, or
// read, and what was read is the same after one more restart.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(recorded(f)))
	for _, line := range []string{
		`{}`, `{"p":{"n":0,"id":"A","s":"PAID","c":"USD","a":1}}`, `{"r":{"n":0,"p":0}}`, `{"a":{"number":7}}`, `{"n":{"p":4294967295,"b":"x"}}`,
		`{"d":{"ag":4294967295,"id":"e"}}`, `{"p":null}`, `[]`, "\x00",
	} {
		f.Add([]byte(line + "\n"))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := simulator.Config{PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key), Now: newClock().Now, Journal: path, HTTP: &http.Client{Transport: nowhere{}}}
		first, err := simulator.New(cfg)
		if err != nil {
			return
		}
		want := first.Payments()
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		second, err := simulator.New(cfg)
		if err != nil {
			t.Fatalf("what was read once is refused: %v", err)
		}
		defer second.Close()
		if got := second.Payments(); !reflect.DeepEqual(got, want) {
			t.Errorf("after the restart: got %+v, want %+v", got, want)
		}
	})
}

// recorded is a journal with a line of each kind.
func recorded(f *testing.F) string {
	path := filepath.Join(f.TempDir(), "journal")
	s := newTill(f, func(c *simulator.Config) { c.Journal = path })
	s.create("A")
	s.settle("A", "pay")
	s.call("/v1/refunds", fields{"requestId": "A", "refundRequestId": "R", "amount": fields{"currency": "USD", "value": "34"}})
	s.call("/v1/agreements", fields{"reference": "agr_1", "title": "Tea", "notifyUrl": notifyURL})
	s.RunOnce(f.Context())
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return string(text)
}

// nowhere is a network on which nothing arrives.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded }
