package simulator_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

const (
	publicURL = "https://wallet.example/sim"
	clientID  = "TEST_5X00000000000000"
	notifyURL = "https://shop.example/hooks/miniprogram"
	returnURL = "https://shop.example/return?o=1&s=a%2Bb"
)

type fields map[string]any

// till is a merchant's end of a provider, written from the protocol, without a network.
type till struct {
	testing.TB
	*simulator.Provider
	clock   *testclock.Clock
	profile string
	prefix  string // of the endpoints, version included
	signer  *rsa.PrivateKey
	wallet  *rsa.PublicKey

	mu       sync.Mutex
	received []received
	answer   func(n int) (status int, ack string, signed bool) // nil: 200, S, signed
}

// received is a notification as it arrived.
type received struct {
	header http.Header
	body   string
	signed bool
}

// prefixes are the paths the tests call, by profile.
var prefixes = map[string]string{
	"generic-v1": "/api/open/v1", "generic-v2": "/api/open/v2", "gcash": "/api/v2", "tng": "/acl/api/v1",
	"superqi": "/v1", "rebell": "/api/open/v1", "vodapay": "/api/v2", "alipayplus": "/aps/api/v1", "ams": "/ams/api/v1",
}

func newTill(tb testing.TB, profile string, configure ...func(*simulator.Config)) *till {
	tb.Helper()
	s := &till{
		TB: tb, clock: testclock.At(time.Date(2026, 1, 2, 2, 15, 0, 123e6, time.UTC)), profile: profile, prefix: prefixes[profile],
		signer: privateKey(tb, "client"), wallet: &privateKey(tb, "wallet").PublicKey,
	}
	cfg := simulator.Config{
		PublicURL: publicURL, Profile: profile, ClientID: clientID, ClientKeys: map[int]string{1: file(tb, "client_public.pem")},
		Key: signing.NewSecret(file(tb, "wallet_private.pem")), Now: s.clock.Now, HTTP: &http.Client{Transport: s},
	}
	for _, c := range configure {
		c(&cfg)
	}
	provider, err := simulator.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	s.Provider = provider
	tb.Cleanup(func() { _ = provider.Close() })
	return s
}

func file(tb testing.TB, name string) string {
	tb.Helper()
	return testdata.Key(tb, name)
}

func privateKey(tb testing.TB, who string) *rsa.PrivateKey {
	tb.Helper()
	block, _ := pem.Decode([]byte(file(tb, who+"_private.pem")))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// sign signs as the protocol says, in plain Base64.
func (s *till) sign(path, client, at, body string) string {
	sum := sha256.Sum256([]byte("POST " + path + "\n" + client + "." + at + "." + body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.signer, crypto.SHA256, sum[:])
	if err != nil {
		s.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// verified checks a message of the wallet's, whatever form its signature has.
func (s *till) verified(h http.Header, path, timeHeader, body string) bool {
	_, value, _ := strings.Cut(h.Get("Signature"), "signature=")
	if strings.Contains(value, "%") {
		value, _ = url.PathUnescape(value)
	}
	signature, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return false
	}
	client := h.Get("Client-Id")
	if client == "" {
		client = clientID
	}
	sum := sha256.Sum256([]byte("POST " + path + "\n" + client + "." + h.Get(timeHeader) + "." + body))
	return rsa.VerifyPKCS1v15(s.wallet, crypto.SHA256, sum[:], signature) == nil
}

// RoundTrip receives notifications.
func (s *till) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	path := r.URL.EscapedPath()
	s.mu.Lock()
	s.received = append(s.received, received{r.Header.Clone(), string(body), s.verified(r.Header, path, "Request-Time", string(body))})
	answer, n := s.answer, len(s.received)
	s.mu.Unlock()
	status, ack, signed := 200, `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`, true
	if answer != nil {
		status, ack, signed = answer(n)
	}
	h := http.Header{}
	if signed {
		at := s.clock.Now().Format(time.RFC3339)
		h.Set("Client-Id", clientID)
		h.Set("Response-Time", at)
		h.Set("Signature", "algorithm=RSA256,keyVersion=1,signature="+s.sign(path, clientID, at, ack))
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(ack)), Request: r}, nil
}

func (s *till) notices() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.received...)
}

// reply is an answer, with the parts that the tests check.
type reply struct {
	HTTP   int
	signed bool
	Header http.Header
	Body   string
	Result struct {
		Code    string `json:"resultCode"`
		Status  string `json:"resultStatus"`
		Message string `json:"resultMessage"`
	} `json:"result"`
	fields
}

// word is how a result reads in a test: "F/PARAM_ILLEGAL".
func (r reply) word() string { return r.Result.Status + "/" + r.Result.Code }

func (r reply) text(name string) string { s, _ := r.fields[name].(string); return s }

// request builds a signed call.
func (s *till) request(path string, body any) *http.Request {
	s.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, publicURL+path, bytes.NewReader(text))
	at := s.clock.Now().Format("2006-01-02T15:04:05.000Z07:00")
	r.Header.Set("Client-Id", clientID)
	r.Header.Set("Request-Time", at)
	r.Header.Set("Signature", "algorithm=RSA256, keyVersion=1, signature="+s.sign("/sim"+path, clientID, at, string(text)))
	return r
}

func (s *till) do(r *http.Request) reply {
	s.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	out := reply{HTTP: w.Code, Header: w.Header(), Body: w.Body.String()}
	out.signed = s.verified(w.Header(), r.URL.EscapedPath(), "Response-Time", out.Body)
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	_ = json.Unmarshal(w.Body.Bytes(), &out.fields)
	return out
}

// call makes a call below the profile's prefix; name is as in "payments/pay".
func (s *till) call(name string, body any) reply {
	s.Helper()
	return s.do(s.request(s.prefix+"/"+name, body))
}

// void is documented as v1 in every dialect.
func (s *till) void(body any) reply {
	s.Helper()
	return s.do(s.request(s.prefix[:len(s.prefix)-1]+"1/payments/void", body))
}

func sum(value string) fields { return fields{"currency": "USD", "value": value} }

// paying is the body of a pay call in the profile's dialect.
func (s *till) paying(id string) fields {
	body := fields{
		"paymentRequestId": id, "paymentAmount": sum("1234"), "paymentNotifyUrl": notifyURL,
		"paymentExpiryTime": s.clock.Now().Add(9 * time.Minute).Format(time.RFC3339),
	}
	order := fields{"referenceOrderId": "ord_" + id, "orderDescription": "Tea & <b>cake</b>", "orderAmount": sum("1234")}
	switch s.profile {
	case "generic-v1", "tng":
		body["partnerId"], body["paymentOrderTitle"], body["paymentReturnUrl"] = "P1", "Tea & <b>cake</b>", returnURL
		body["paymentFactor"] = fields{"isCashierPayment": true}
		body["extraParams"] = fields{"ORDER": `{"orderDescription":"Tea","orderAmount":"{\"currency\":\"USD\",\"value\":\"1234\"}"}`}
		return body
	case "generic-v2", "gcash":
		body["appId"], body["productCode"] = "3333010071465913001", "CASHIER_PAYMENT"
	case "superqi":
		body["productCode"] = "51051000101000000011"
		order["buyer"] = fields{"referenceBuyerId": "customer-1"}
	case "rebell":
		body["productCode"] = "51051000101000000011"
	}
	body["order"], body["paymentRedirectUrl"] = order, returnURL
	return body
}

// open opens a payment, after change has had its way with the request.
func (s *till) open(id string, change ...func(fields)) reply {
	s.Helper()
	body := s.paying(id)
	for _, c := range change {
		c(body)
	}
	out := s.call("payments/pay", body)
	if out.Result.Status != "A" || !out.signed || out.text("paymentId") == "" {
		s.Fatalf("pay: got %s, signed %v", out.Body, out.signed)
	}
	return out
}

func with(name string, value any) func(fields) { return func(f fields) { f[name] = value } }

func hold(f fields) { f["productCode"] = "51051000101000000012" }

// named adds the partner that the oldest dialect requires everywhere.
func (s *till) named(body fields) fields {
	if strings.HasSuffix(s.profile, "v1") || s.profile == "tng" {
		body["partnerId"] = "P1"
	}
	return body
}

func (s *till) inquire(id string) reply {
	s.Helper()
	return s.call("payments/inquiryPayment", s.named(fields{"paymentRequestId": id}))
}

func (s *till) settle(id, outcome string) {
	s.Helper()
	if err := s.Settle(id, outcome); err != nil {
		s.Fatal(err)
	}
}

func (s *till) wantBooks(id, status string, captured, refunded int64) {
	s.Helper()
	got := s.Books(id)
	if got.Status != status || got.Captured.Minor != captured || got.Refunded.Minor != refunded {
		s.Errorf("%s: got %s, captured %s, refunded %s; want %s, %d, %d",
			id, got.Status, got.Captured, got.Refunded, status, captured, refunded)
	}
}

func want(tb testing.TB, what, got, want string) {
	tb.Helper()
	if got != want {
		tb.Errorf("%s: got %q, want %q", what, got, want)
	}
}
