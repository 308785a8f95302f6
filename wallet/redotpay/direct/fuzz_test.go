package direct_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
)

// fixed answers every call alike.
type fixed struct {
	status int
	body   []byte
}

func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Request: r, Header: http.Header{}, ContentLength: int64(len(f.body)), Body: io.NopCloser(bytes.NewReader(f.body))}, nil
}

// FuzzAnswer feeds the wallets with whatever a server may answer: they must not panic, and
// what they make of an answer can be kept and is about what was requested.
func FuzzAnswer(f *testing.F) {
	const id = "ORD4560000000000000000000001"
	for _, body := range []string{
		`{"code":0,"data":{"order_sn":"SN1","payment_url":"https://pay.example/1","manual":false,"expire_time":3600}}`,
		`{"code":0,"data":{"order_sn":"SN1","qr_code":"x","ref_no":"` + id + `","status":"paid","amount":1000,"currency":"USD"}}`,
		`{"code":0,"data":{"transaction_id":"1","status":"authorized","amount":"10.00"}}`, `{"code":"1002"}`, `{"code":0,"data":null}`, `[]`, ``,
	} {
		f.Add(200, []byte(body))
		f.Add(404, []byte(body))
	}
	far := new(fixed)
	open := func(mode string) wallet.Wallet {
		c := settings("https://direct.example")
		c.Mode = mode
		w, err := c.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			f.Fatal(err)
		}
		return w
	}
	orders, cards, ref := open("orders").(*direct.Orders), open("cards").(*direct.Cards), wallet.Ref{RequestID: id, PaymentID: "SN1"}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		far.status, far.body = status, body
		p, err := orders.CreatePayment(t.Context(), request(id, 1000))
		sensible(t, p, err, p.RequestID == id && p.PaymentID != "" && p.Action != nil)
		p, err = orders.QueryPayment(t.Context(), ref)
		sensible(t, p, err, p.Ref == ref && p.Amount.Minor >= 0)
		p, err = cards.CreatePayment(t.Context(), charge(1000))
		sensible(t, p, err, p.PaymentID != "" && p.Status == wallet.Authorized && p.Amount.Minor == 1000)
		p, err = cards.Capture(t.Context(), wallet.CaptureRequest{Payment: ref, Amount: usd(1000)})
		sensible(t, p, err, p.Status == wallet.Paid && p.Captured == usd(1000))
		p, err = cards.Void(t.Context(), wallet.VoidRequest{Payment: ref})
		sensible(t, p, err, p.Status == wallet.Voided)
		r, err := cards.Refund(t.Context(), wallet.RefundRequest{Payment: ref, Amount: usd(1000)})
		sensible(t, r, err, r.Status == wallet.RefundSucceeded && r.Amount == usd(1000))
	})
}

func sensible(t *testing.T, got any, err error, sense bool) {
	t.Helper()
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Invalid {
			t.Errorf("the answer makes %v, which is no mistake of ours", err)
		}
		return
	}
	if _, err := json.Marshal(got); err != nil || !sense {
		t.Errorf("the answer makes %+v (%v)", got, err)
	}
}
