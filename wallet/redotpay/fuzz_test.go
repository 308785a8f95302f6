package redotpay_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

// fixed answers every call alike.
type fixed struct {
	status int
	body   []byte
}

func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Request: r, Header: http.Header{}, ContentLength: int64(len(f.body)), Body: io.NopCloser(bytes.NewReader(f.body))}, nil
}

// FuzzAnswer feeds the wallet with whatever a server may answer: it must not panic, and
// what it makes of an answer can be kept, is about what was requested, and is of an amount
// that the answer reports.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"code":"SUCCESS","msg":null,"data":{"orderSn":"RAP1","outerOrderSn":"` + orderID + `","orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD","webUrl":"https://pay.example/w","txId":"T","paymentTime":1767609970940}}`,
		`{"code":"SUCCESS","data":{"orderSn":"RAP1","outerOrderSn":"` + orderID + `","paymentMethods":[{"id":"1","name":"a","manual":false,"qrCode":"x"},{"id":2,"manual":true}]}}`,
		`{"code":"SUCCESS","data":{"outerRefundSn":"` + orderID + `","refundSn":"R","refundAmount":"12.34","refundStatus":3}}`,
		`{"code":"SYSTEM_ERROR","msg":"no","requestId":"1"}`, `{"code":"SUCCESS","data":null}`, `[]`, ``,
	} {
		f.Add(200, []byte(body))
		f.Add(404, []byte(body))
	}
	far := new(fixed)
	var wallets []redotpay.Refunding
	for _, flow := range []string{"paylink", "openApi"} {
		c := settings(f, "https://acquirer.redotpay.example")
		c.Flow, c.Environment, c.SandboxWithoutSignatures, c.PrivateKey = flow, "sandbox", true, signing.Secret{} // signing takes its time
		opened, err := c.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			f.Fatal(err)
		}
		wallets = append(wallets, opened.(redotpay.Refunding))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		far.status, far.body = status, body
		for _, w := range wallets {
			feed(t, w)
		}
	})
}

func feed(t *testing.T, w redotpay.Refunding) {
	req := paymentRequest(orderID)
	req.Method = "2"
	ref := wallet.Ref{RequestID: orderID, PaymentID: "RAP1"}
	p, err := w.CreatePayment(t.Context(), req)
	sensible(t, p, err, p.RequestID == orderID && p.PaymentID != "" && p.Action != nil && p.Status == wallet.Pending)
	p, err = w.QueryPayment(t.Context(), ref)
	sensible(t, p, err, p.RequestID == orderID && p.PaymentID != "" && p.Amount.Minor >= 0)
	p, err = w.ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: ref, Method: "2"})
	sensible(t, p, err, p.Action != nil && p.Action.Type != wallet.ActionChooseMethod)
	p, err = w.Cancel(t.Context(), ref)
	sensible(t, p, err, p.RequestID == orderID)
	r, err := w.Refund(t.Context(), wallet.RefundRequest{RequestID: orderID, Payment: ref, Amount: req.Amount})
	sensible(t, r, err, r.Status == wallet.RefundPending && r.Amount == req.Amount)
	r, err = w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: orderID, Payment: ref})
	sensible(t, r, err, r.RefundRef.RequestID == orderID && r.Amount.Minor >= 0)
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

// FuzzWebhook feeds the wallet with unsigned bodies, which the sandbox may
// take: reading them is the same as reading signed ones, and takes no arithmetic.
func FuzzWebhook(f *testing.F) {
	c := settings(f, "https://acquirer.redotpay.example")
	c.Environment, c.SandboxWithoutSignatures, c.TrustNotifications = "sandbox", true, true
	w, err := c.Open(wallet.Env{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"outerOrder":"ORD1","preSn":"RAP1","orderCurrency":"USD","billCoin":"USD","txId":"T1","actionType":"ACQUIRER_PAY","billAmount":0.99,"orderAmount":1e0,"orderTime":1767609970940,"merchantId":300000000000000017,"orderStatus":"2"}`))
	f.Add([]byte(`{"actionType":"ACQUIRER_REFUND","outerOrderSn":"ORD1","outerRefundSn":"R1","refundSn":"R","refundAmount":2.5,"orderCurrency":"USD","refundStatus":3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := w.(wallet.Notifier).ParseNotification(t.Context(), wallet.Delivery{Method: http.MethodPost, Body: body})
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.TooLarge {
				t.Errorf("got %v, want Invalid or TooLarge", err)
			}
			return
		}
		for _, e := range n.Events {
			bare := e.Payment.Amount == wallet.Money{} && e.Refund.Amount == wallet.Money{}
			sensible(t, e, nil, e.ID != "" && n.Confirm && e.Payment.Amount.Minor >= 0 && e.Refund.Amount.Minor >= 0 && (e.Unreadable == "" || bare))
		}
	})
}
