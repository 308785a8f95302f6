package tinypay_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/minitill/minitill/examples/tinypay"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// signature is computed as the documents describe, so that the adapter is not compared with itself.
func signature(text string) string {
	mac := hmac.New(sha256.New, []byte(testKey))
	_, _ = io.WriteString(mac, text)
	return hex.EncodeToString(mac.Sum(nil))
}

// answer is a provider that gives every call the same answer, and records the call.
type answer struct {
	status int
	body   string
	sent   string
	signed string // the signature of the call
}

func (a *answer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	a.sent, a.signed = r.Method+" "+r.URL.Path+"\n"+string(body), r.Header.Get("Tiny-Signature")
	mark := signature(strconv.Itoa(a.status) + " " + r.URL.Path + "\n" + a.body)
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Tiny-Signature": {mark}}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, err
}

func open(tb testing.TB, far http.RoundTripper) *tinypay.Wallet {
	tb.Helper()
	w, err := tinypay.Config{BaseURL: "https://tiny.example/v1", Key: signing.NewSecret(testKey)}.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		tb.Fatal(err)
	}
	return w.(*tinypay.Wallet)
}

var twelve = wallet.Money{Minor: 1234, Currency: "USD"}

func TestAPaymentIsOpened(t *testing.T) {
	far := &answer{status: 200, body: `{"kind":"payment","id":"R1","amount":"1234","currency":"USD","state":"open","url":"https://tiny.example/pay/1"}`}
	got, err := open(t, far).CreatePayment(t.Context(), wallet.PaymentRequest{RequestID: "R1", Amount: twelve, NotifyURL: "https://m.example/n"})
	if err != nil || got.Status != wallet.Pending || got.Amount != twelve || got.Action.PaymentURL != "https://tiny.example/pay/1" {
		t.Errorf("got %+v and %v, want an open payment", got, err)
	}
	want := "POST /v1/pay\n" + `{"id":"R1","amount":"1234","currency":"USD","notify":"https://m.example/n"}`
	if far.sent != want || far.signed != signature(want) {
		t.Errorf("got %s signed %s, want %s", far.sent, far.signed, want)
	}
}

func TestWhatAnAnswerProves(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   fault.Kind // Internal: no fault
	}{
		"a paid payment":       {200, `{"kind":"payment","id":"R1","amount":"1234","currency":"USD","state":"paid"}`, fault.Internal},
		"a number as amount":   {200, `{"kind":"payment","id":"R1","amount":1234.0,"currency":"USD","state":"paid"}`, fault.Internal},
		"another payment":      {200, `{"kind":"payment","id":"R2","amount":"1234","currency":"USD","state":"paid"}`, fault.Unknown},
		"a negative amount":    {200, `{"kind":"payment","id":"R1","amount":"-1234","currency":"USD","state":"paid"}`, fault.Unknown},
		"half a cent":          {200, `{"kind":"payment","id":"R1","amount":"1234.5","currency":"USD","state":"paid"}`, fault.Unknown},
		"a refund":             {200, `{"kind":"refund","id":"R1","payment":"R0","amount":"1234","currency":"USD","state":"done"}`, fault.Unknown},
		"no JSON":              {200, `<html>`, fault.Unknown},
		"a refusal":            {402, ``, fault.Declined},
		"no such payment":      {404, ``, fault.NotFound},
		"other content":        {409, ``, fault.Conflict},
		"an unknown status":    {418, ``, fault.Unknown},
		"a traffic limit":      {429, ``, fault.Unavailable},
		"a server that failed": {500, ``, fault.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := open(t, &answer{status: c.status, body: c.body}).QueryPayment(t.Context(), wallet.Ref{RequestID: "R1"})
			if c.want == fault.Internal && (err != nil || got.Status != wallet.Paid || got.Amount != twelve) || fault.KindOf(err) != c.want {
				t.Errorf("got %+v and %v, want %s", got, err, c.want)
			}
		})
	}
}

// delivery is a notification as the provider signs it.
func delivery(body string) wallet.Delivery {
	return wallet.Delivery{
		Method: "POST", Path: "/n?a=b", Body: []byte(body),
		Header: http.Header{"Tiny-Signature": {signature("POST /n?a=b\n" + body)}},
	}
}

func TestNotifications(t *testing.T) {
	const body = `{"kind":"payment","id":"R1","amount":"1234","currency":"USD","state":"paid"}`
	w := open(t, nil)
	n, err := w.ParseNotification(t.Context(), delivery(body))
	if err != nil || len(n.Events) != 1 || n.Events[0].Payment.Status != wallet.Paid || n.Events[0].Payment.Amount != twelve {
		t.Errorf("got %+v and %v, want paid", n, err)
	}
	n, err = w.ParseNotification(t.Context(), delivery(strings.Replace(body, "1234", "9223372036854775808", 1)))
	if err != nil || n.Events[0].Unreadable == "" || n.Events[0].Payment.Status != "" {
		t.Errorf("an amount beyond int64: got %+v and %v, want it kept for an operator", n, err)
	}
	forged := delivery(body)
	forged.Body = []byte(body + " ")
	if _, err := w.ParseNotification(t.Context(), forged); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("an altered one: got %v, want unauthenticated", err)
	}
	for err, want := range map[error]string{nil: "ok", fault.NotFound: "ok", fault.Unauthenticated: "refused", fault.Unavailable: "retry"} {
		if got := w.Reply(wallet.Delivery{}, err); string(got.Body) != want || (got.Status == 200) != (want == "ok") {
			t.Errorf("%v: got %+v, want %s", err, got, want)
		}
	}
}
