package miniprogram_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// vector is one signed message, made by another program than ours.
type vector struct {
	Name, Kind, Key, Method, Path, ClientID, Time, Body string
	Signature, Percent, Base64URL                       string
}

func (v vector) forms() map[string]string {
	return map[string]string{"percent": v.Percent, "base64": v.Signature, "base64url": v.Base64URL}
}

func (v vector) timeHeader() string {
	if v.Kind == "answer" || v.Kind == "acknowledgement" {
		return "Response-Time"
	}
	return "Request-Time"
}

func (v vector) header(signature string) http.Header {
	return http.Header{
		"Client-Id": {v.ClientID}, v.timeHeader(): {v.Time},
		"Signature": {"algorithm=RSA256, keyVersion=1, signature=" + signature},
	}
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	all := testdata.Vectors[vector](t, "miniprogram")
	if len(all) != 5 {
		t.Fatalf("got %d vectors, want 5", len(all))
	}
	return all
}

// checker is a wallet that checks signatures made with one of the two keys.
func checker(t *testing.T, key, clientID string) *miniprogram.Wallet {
	t.Helper()
	c := settings(t, "generic-v2", "https://wallet.example")
	c.ClientID = clientID
	c.WalletKeys = []miniprogram.WalletKey{{Key: pem(t, key+"_public")}}
	if key == "client" { // then the key of the settings is the other one: no side verifies with its own
		c.PrivateKey = signing.NewSecret(pem(t, "wallet_private"))
	}
	return openWallet(t, c, wallet.Env{})
}

func (v vector) verify(t *testing.T, w *miniprogram.Wallet, signature string) error {
	t.Helper()
	at, ok := miniprogram.ParseTime(v.Time)
	if !ok {
		t.Fatalf("the time %s cannot be read", v.Time)
	}
	return w.Verify(t.Context(), v.header(signature), v.timeHeader(), at, v.Method, []byte(v.Body), v.Path)
}

func TestVectorsAreVerifiedInAllForms(t *testing.T) {
	for _, v := range readVectors(t) {
		w := checker(t, v.Key, v.ClientID)
		for form, signature := range v.forms() {
			if err := v.verify(t, w, signature); err != nil {
				t.Errorf("%s, %s: got %v, want no error", v.Name, form, err)
			}
		}
	}
}

func TestSpoiltVectorsAreRefused(t *testing.T) {
	good := readVectors(t)[0]
	w := checker(t, good.Key, good.ClientID)
	for name, spoil := range map[string]func(*vector){
		"one byte of the body changed":      func(v *vector) { v.Body = strings.Replace(v.Body, "10000", "10001", 1) },
		"a line feed at the end":            func(v *vector) { v.Body += "\n" },
		"another path":                      func(v *vector) { v.Path = "/v2/payments/pay" },
		"an escaped plus read as a blank":   func(v *vector) { v.Percent = strings.Replace(v.Percent, "%2B", "%20", 1) },
		"padding cut off with its digit":    func(v *vector) { v.Percent = v.Percent[:len(v.Percent)-7] },
		"another client":                    func(v *vector) { v.ClientID = "TEST_5X00000000000001" },
		"another time in the same moment":   func(v *vector) { v.Time = "2026-01-02T02:15:00.123Z" },
		"another method":                    func(v *vector) { v.Method = "PUT" },
		"the body written by another coder": func(v *vector) { v.Body = strings.Replace(v.Body, "é", `\u00e9`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			spoil(&bad)
			if err := bad.verify(t, w, bad.Percent); err == nil {
				t.Error("got no error, want one")
			}
		})
	}
	other := checker(t, "wallet", good.ClientID)
	if err := good.verify(t, other, good.Percent); err == nil {
		t.Error("checked with the wallet's key: got no error, want one")
	}
}

// wire answers every call with the same words and keeps what was sent.
type wire struct {
	header http.Header
	body   string
	sent   *http.Request
	text   string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	w.sent, w.text = r, string(text)
	return &http.Response{
		StatusCode: 200, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body)),
		ContentLength: int64(len(w.body)), Request: r,
	}, err
}

// at is a clock that stands at a time as it was written, with its offset.
func at(t *testing.T, s string) func() time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return func() time.Time { return moment }
}

func TestPayReadsTheAnswerOfTheVector(t *testing.T) {
	v := readVectors(t)[1]
	far := &wire{header: v.header(v.Percent), body: v.Body}
	w := openWallet(t, settings(t, "generic-v2", "https://wallet.example"), wallet.Env{
		HTTP: &http.Client{Transport: far}, Now: at(t, v.Time),
	})
	payment, err := w.CreatePayment(t.Context(), request("PAY-20260102-0001", "USD"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://wallet.example/cashier?bizNo=202601021015000001&sign=a%2Bb%3D"
	if payment.PaymentID != "202601021015000001" || payment.Action.PaymentURL != want {
		t.Errorf("got %+v with %+v", payment, payment.Action)
	}
	if got := far.sent.Header.Get("Request-Time"); got != v.Time {
		t.Errorf("Request-Time: got %s, want %s", got, v.Time)
	}
	ours := checker(t, "client", v.ClientID)
	if err := ours.Verify(t.Context(), far.sent.Header, "Request-Time", at(t, v.Time)(), "POST", []byte(far.text), v.Path); err != nil {
		t.Errorf("our own request: got %v, want a good signature", err)
	}
}

func TestNotificationAndAcknowledgementMeetTheVectors(t *testing.T) {
	all := readVectors(t)
	v, ack := all[2], all[3]
	c := settings(t, "generic-v2", "https://wallet.example")
	format := miniprogram.ISOSeconds
	c.Overrides = miniprogram.Overrides{CanHold: new(false), TimeFormat: &format}
	w := openWallet(t, c, wallet.Env{Now: at(t, ack.Time)})
	d := wallet.Delivery{
		Method: v.Method, Path: v.Path, Header: v.header(v.Percent), Body: []byte(v.Body),
		ReceivedAt: at(t, v.Time)().Add(time.Minute),
	}
	notification, err := w.ParseNotification(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	got := notification.Events[0].Payment
	if got.RequestID != "PAY-20260102-0001" || got.Status != wallet.Paid || notification.Confirm ||
		got.Amount != (wallet.Money{Minor: 10000, Currency: "USD"}) {
		t.Errorf("got %+v, confirm %v", got, notification.Confirm)
	}
	reply := w.Reply(d, nil)
	if string(reply.Body) != ack.Body {
		t.Errorf("acknowledgement: got %s, want %s", reply.Body, ack.Body)
	}
	if got, want := reply.Header.Get("Signature"), "algorithm=RSA256, keyVersion=1, signature="+ack.Percent; got != want {
		t.Errorf("its signature:\n got %s\nwant %s", got, want)
	}
}

func TestEpochMillisMeetTheVector(t *testing.T) {
	v := readVectors(t)[4]
	c := settings(t, "ams", "https://wallet.example")
	c.ClientID = v.ClientID
	c.Overrides = miniprogram.Overrides{SandboxPath: new(false)}
	far := &wire{body: "no answer"}
	moment, _ := miniprogram.ParseTime(v.Time)
	w := openWallet(t, c, wallet.Env{HTTP: &http.Client{Transport: far}, Now: func() time.Time { return moment }})
	_, _ = w.QueryPayment(t.Context(), wallet.Ref{RequestID: "PAY-20260102-0001"})
	if far.text != v.Body || far.sent.URL.Path != v.Path || far.sent.Header.Get("Request-Time") != v.Time {
		t.Errorf("got %s to %s at %s", far.text, far.sent.URL, far.sent.Header.Get("Request-Time"))
	}
	if got, want := far.sent.Header.Get("Signature"), "algorithm=RSA256,keyVersion=1,signature="+v.Percent; got != want {
		t.Errorf("signature:\n got %s\nwant %s", got, want)
	}
}
