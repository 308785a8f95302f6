package tiny_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

const (
	publicURL = "https://tiny.example/v1"
	sharedKey = "T7qd-Zk9p.uE3xVb2rYw8Lm" // #nosec: it opens nothing
	paying    = `{"id":"R1","amount":"1234","currency":"USD","notify":"https://m.example/n?a=b"}`
	open      = `{"kind":"payment","id":"R1","amount":"1234","currency":"USD","state":"open","url":"https://tiny.example/v1/cashier/R1"}`
)

// merchant is the other end of a simulator, without a network.
type merchant struct {
	*Simulator
	now      time.Time
	answer   string
	notified []string // what was notified, marked where its signature is wrong
}

func newMerchant(t *testing.T) *merchant {
	t.Helper()
	m := &merchant{now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), answer: "ok"}
	s, err := NewSimulator(publicURL, sharedKey, &http.Client{Transport: m}, func() time.Time { return m.now })
	if err != nil {
		t.Fatal(err)
	}
	m.Simulator = s
	return m
}

// mark is made here once more, so that the simulator cannot agree with itself alone.
func mark(text string) string {
	mac := hmac.New(sha256.New, []byte(sharedKey))
	_, _ = io.WriteString(mac, text)
	return hex.EncodeToString(mac.Sum(nil))
}

func (m *merchant) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	notified := string(body)
	if r.Header.Get("Tiny-Signature") != mark("POST "+r.URL.RequestURI()+"\n"+notified) {
		notified = "forged " + notified
	}
	m.notified = append(m.notified, notified)
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(m.answer)), Request: r}, err
}

// call makes a signed call and returns the status and the body, marked where the signature is
// wrong.
func (m *merchant) call(path, body string) string {
	r := httptest.NewRequest("POST", publicURL+path, strings.NewReader(body))
	r.Header.Set("Tiny-Signature", mark("POST "+r.URL.Path+"\n"+body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	answer := fmt.Sprint(w.Code, " ", w.Body)
	if w.Header().Get("Tiny-Signature") != mark(fmt.Sprint(w.Code, " ", r.URL.Path, "\n", w.Body)) {
		return "unsigned " + answer
	}
	return answer
}

func (m *merchant) want(t *testing.T, path, body, want string) {
	t.Helper()
	if got := m.call(path, body); got != want {
		t.Errorf("%s %s: got %s, want %s", path, body, got, want)
	}
}

func TestAPaymentIsOpenedPaidAndNotified(t *testing.T) {
	const opened = "200 " + open
	m := newMerchant(t)
	m.want(t, "/pay", paying, opened)
	m.want(t, "/pay", paying, opened)
	m.want(t, "/pay", strings.Replace(paying, "1234", "1235", 1), "409 ")
	m.want(t, "/query", `{"id":"R1"}`, opened)
	m.want(t, "/query", `{"id":"R2"}`, "404 ")
	m.want(t, "/query", `nonsense`, "400 ")
	m.want(t, "/control/settle", `{"requestId":"R1","outcome":"pay"}`, "unsigned 200 {}")
	m.want(t, "/control/settle", `{"requestId":"R2","outcome":"pay"}`, `unsigned 404 {"error":"simulator: no such payment: R2"}`)
	m.answer = "again"
	m.RunOnce(t.Context())
	m.answer, m.now = "ok", m.now.Add(time.Second)
	m.RunOnce(t.Context())
	m.now = m.now.Add(time.Hour)
	paid := strings.Replace(open, `"open"`, `"paid"`, 1)
	if m.RunOnce(t.Context()); !slices.Equal(m.notified, []string{paid, paid}) {
		t.Errorf("notified %q, want it until it is acknowledged", m.notified)
	}
}

func TestACallThatIsNotSignedIsRefused(t *testing.T) {
	w := httptest.NewRecorder()
	newMerchant(t).ServeHTTP(w, httptest.NewRequest("POST", publicURL+"/pay", strings.NewReader(paying)))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("got HTTP %d, want 401", w.Code)
	}
}

func TestTheSimulatorInjectsTheConfiguredFaults(t *testing.T) {
	for fault, want := range map[provider.Fault]string{
		provider.Refused:        "402 ",
		provider.UnsignedAnswer: "unsigned 200 " + open,
		provider.ServerError:    "unsigned 502 <html><body><h1>502 Bad Gateway</h1></body></html>",
	} {
		m := newMerchant(t)
		m.want(t, "/control/faults", `{"fault":"`+string(fault)+`","times":1}`, `unsigned 200 {"faults":[{"fault":"`+string(fault)+`","times":1}]}`)
		m.want(t, "/pay", paying, want)
	}
	m := newMerchant(t)
	m.call("/control/faults", `{"fault":"forge_notification","times":1}`)
	m.call("/pay", paying)
	m.call("/control/settle", `{"requestId":"R1","outcome":"decline"}`)
	if m.RunOnce(t.Context()); len(m.notified) != 1 || !strings.HasPrefix(m.notified[0], "forged ") {
		t.Errorf("notified %q, want one that is forged", m.notified)
	}
}
