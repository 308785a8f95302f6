package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// vectors are signatures made by another program than ours.
type vectors struct {
	Source, KeyID, Key, Timestamp string
	Request, Notification, Answer struct {
		Status                int
		Path, Body, Signature string
	}
}

func readVectors(t *testing.T) (v vectors, at time.Time) {
	t.Helper()
	text, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	millis, err := strconv.ParseInt(v.Timestamp, 10, 64)
	if err != nil || v.Key != testKey || v.KeyID != testKeyID {
		t.Fatalf("the vectors are for another key or have no time: %v", err)
	}
	return v, time.UnixMilli(millis)
}

func (v vectors) header(signature string) http.Header {
	return http.Header{
		"Sandbox-Key": {v.KeyID}, "Sandbox-Timestamp": {v.Timestamp}, "Sandbox-Signature": {signature},
	}
}

// wire answers every call with the same words and keeps what was sent.
type wire struct {
	status int
	header http.Header
	body   string
	sent   *http.Request
	text   string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	w.sent, w.text = r, string(text)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body)),
		ContentLength: int64(len(w.body)), Request: r,
	}, err
}

func TestRequestAndAnswerMeetTheVectors(t *testing.T) {
	v, at := readVectors(t)
	far := &wire{status: v.Answer.Status, header: v.header(v.Answer.Signature), body: v.Answer.Body}
	w := openWallet(t, "https://wallet.example/sandbox", wallet.Env{
		HTTP: &http.Client{Transport: far}, Now: func() time.Time { return at },
	})
	payment, err := w.CreatePayment(t.Context(), wallet.PaymentRequest{
		RequestID: "VECTOR000000000000000000001", Order: "ord_1",
		Amount: wallet.Money{Minor: 1250, Currency: "KWD"}, Description: "Tea & cake, ٢",
	})
	if err != nil {
		t.Fatal(err)
	}
	if far.text != v.Request.Body {
		t.Errorf("body:\n got %s\nwant %s", far.text, v.Request.Body)
	}
	if got := far.sent.Header.Get("Sandbox-Signature"); got != v.Request.Signature {
		t.Errorf("signature: got %s, want %s", got, v.Request.Signature)
	}
	if want := "https://wallet.example/sandbox/cashier/sp_0000000007?token=v1%2Babc"; payment.Action.PaymentURL != want {
		t.Errorf("payment URL: got %s, want %s", payment.Action.PaymentURL, want)
	}
}

func TestNotificationMeetsTheVector(t *testing.T) {
	v, at := readVectors(t)
	w := openWallet(t, "https://wallet.example/sandbox", wallet.Env{})
	notification, err := w.ParseNotification(t.Context(), wallet.Delivery{
		Method: "POST", Path: v.Notification.Path, Header: v.header(v.Notification.Signature),
		Body: []byte(v.Notification.Body), ReceivedAt: at.Add(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	event := notification.Events[0]
	want := wallet.Money{Minor: 1250, Currency: "KWD"}
	if event.ID != "se_0000000007_1" || event.Payment.Status != wallet.Paid || event.Payment.Amount != want ||
		event.Payment.Captured != want || !event.Payment.OccurredAt.Equal(at) {
		t.Errorf("got %+v", event)
	}
}
