package simulator_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

const (
	publicURL = "https://wallet.example/sandbox"
	keyID     = "k1"
	key       = "T7qd-Zk9p.uE3xVb2rYw8Lm"
	notifyURL = "https://shop.example/notify/sandbox?x=1"
	returnURL = "https://shop.example/return/ord_1?a=b"
)

func newClock() *testclock.Clock { return testclock.At(time.Date(2025, 11, 20, 12, 0, 0, 0, time.UTC)) }

// till is a merchant's end of a provider, without a network.
type till struct {
	testing.TB
	*simulator.Provider
	clock *testclock.Clock

	mu       sync.Mutex
	received []notice
	answer   func(notice) (status int, body string) // default 200 {"code":"OK"}
}

type notice struct {
	EventID   string
	Sequence  int
	Type      string
	Payment   payment
	Refund    struct{ Status string }
	Agreement deal
	host      string
	signed    bool
}

type payment struct {
	PaymentID, RequestID, Status, PaymentURL, Code, Method string
	RefundID, RefundRequestID                              string
	OtherIDs                                               []string
	Amount, Captured, Refunded, Fee, PayerAmount           *struct{ Currency, Value string }
	Methods                                                []simulator.Method
	RetryAfter                                             int64
	HTTP                                                   int
	signed                                                 bool
}

func newTill(tb testing.TB, configure ...func(*simulator.Config)) *till {
	tb.Helper()
	s := &till{TB: tb, clock: newClock()}
	cfg := simulator.Config{
		PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key),
		Now: s.clock.Now, HTTP: &http.Client{Transport: s},
	}
	for _, c := range configure {
		c(&cfg)
	}
	s.reopen(cfg)
	return s
}

func (s *till) reopen(cfg simulator.Config) {
	s.Helper()
	provider, err := simulator.New(cfg)
	if err != nil {
		s.Fatal(err)
	}
	s.Provider = provider
	s.Cleanup(func() { _ = provider.Close() })
}

// RoundTrip receives notifications.
func (s *till) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	n.host = r.URL.Host
	timestamp := r.Header.Get("Sandbox-Timestamp")
	n.signed = hmac.Equal([]byte(r.Header.Get("Sandbox-Signature")),
		[]byte(sign(timestamp, "POST", r.URL.RequestURI(), string(body))))
	s.mu.Lock()
	s.received = append(s.received, n)
	answer := s.answer
	s.mu.Unlock()
	status, text := 200, `{"code":"OK"}`
	if answer != nil {
		status, text = answer(n)
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (s *till) notices() []notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]notice(nil), s.received...)
}

// sign is the protocol's signature, written from doc.go alone.
func sign(lines ...string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// call makes a signed call and checks that the answer is signed.
func (s *till) call(path string, body any) payment {
	s.Helper()
	w := s.answered(path, body)
	var out payment
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	out.HTTP = w.Code
	out.signed = w.Header().Get("Sandbox-Signature") == sign(w.Header().Get("Sandbox-Timestamp"), "POST", path,
		strconv.Itoa(w.Code), w.Body.String())
	return out
}

// raw is the body of a call's answer.
func (s *till) raw(path string, body any) string {
	s.Helper()
	return s.answered(path, body).Body.String()
}

func (s *till) answered(path string, body any) *httptest.ResponseRecorder {
	s.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, publicURL+path, bytes.NewReader(text))
	timestamp := strconv.FormatInt(s.clock.Now().UnixMilli(), 10)
	r.Header.Set("Sandbox-Key", keyID)
	r.Header.Set("Sandbox-Timestamp", timestamp)
	r.Header.Set("Sandbox-Signature", sign(timestamp, "POST", path, string(text)))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// post sends JSON that is not signed, as to /control.
func (s *till) post(path, body string) int {
	r := httptest.NewRequest(http.MethodPost, publicURL+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

type fields map[string]any

// creating is a create call's body.
func (s *till) creating(id string) fields {
	return fields{
		"requestId": id, "order": "ord_" + id, "amount": fields{"currency": "USD", "value": "1234"},
		"description": "Tea & <b>cake</b>", "notifyUrl": notifyURL, "returnUrl": returnURL,
		"expiresAt": s.clock.Now().Add(15 * time.Minute).UnixMilli(),
	}
}

// create opens a payment, after change has had its way with the request.
func (s *till) create(id string, change ...func(fields)) payment {
	s.Helper()
	body := s.creating(id)
	for _, c := range change {
		c(body)
	}
	out := s.call("/v1/payments", body)
	if out.PaymentID == "" || !out.signed {
		s.Fatalf("create: got HTTP %d, code %q, signed %v", out.HTTP, out.Code, out.signed)
	}
	return out
}

func with(name string, value any) func(fields) { return func(f fields) { f[name] = value } }

// status is a payment's status on the provider's books, without a query.
func (s *till) status(id string) string {
	s.Helper()
	p, ok := s.Payment(id)
	if !ok {
		s.Fatalf("there is no payment %s", id)
	}
	return p.Status
}

func (s *till) wantStatus(id, want string) {
	s.Helper()
	if got := s.status(id); got != want {
		s.Errorf("%s: got %s, want %s", id, got, want)
	}
}

// visit opens a page.
func (s *till) visit(address string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// choose posts the cashier's form.
func (s *till) choose(address, outcome string) *httptest.ResponseRecorder {
	form := url.Values{"outcome": {outcome}}.Encode()
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// reported is the statuses notified so far, in order.
func (s *till) reported() string {
	var statuses []string
	for _, n := range s.notices() {
		statuses = append(statuses, n.Payment.Status+n.Refund.Status)
	}
	return strings.Join(statuses, " ")
}

func (s *till) wantReported(want string) {
	s.Helper()
	if got := s.reported(); got != want {
		s.Errorf("notified: got %q, want %q", got, want)
	}
}

func (s *till) settle(id, outcome string) {
	s.Helper()
	if err := s.Settle(id, outcome); err != nil {
		s.Fatal(err)
	}
}

func name(i int) string { return fmt.Sprintf("REQ%d", i) }
