package ottpay_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// parrot answers every call with the same bytes.
type parrot struct{ body []byte }

func (p *parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	body := string(p.body)
	if strings.HasSuffix(r.URL.Path, "/auth/token") {
		body = `{"status":"SUCCESS","result":{"token":"t","expired":4102444800000}}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

// FuzzAnswer lets a provider answer anything, sealed rightly or not. Nothing may panic, and
// what is accepted can be stored.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"preypay_order_id":"01J00000000000000000000000P1","payinfo":"https://ott.example/pay?a=1","amount":"1250"}`,
		`{"rspCode":"SUCCESS","status":"SUCCESS","amount":"1250","tip":5,"order_id":null,"prepay_order_id":"01J00000000000000000000000P1"}`,
		`{"order_id":"01J00000000000000000000000R1","order_status":"success","total_amount":1e2,"refund_fee":0}`,
		`{"status":"SUCCESS","result":{"paymentId":"1","stateCode":"P00003","totalAmount":"1250","refundAmount":"0","payAmount":"1260"}}`,
		`{"status":"SUCCESS","result":{"refundId":"REF1","refundStatus":"success","refundAmount":400}}`,
		`{"status":"ERROR","result":{"code":20019,"message":"x"}}`, `{"code_url":"x"}`, "", "null", "[]",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	sealer := open(f, "web").provider
	f.Fuzz(func(t *testing.T, body []byte, sealed bool) {
		answer := &parrot{body}
		if sealed {
			answer.body = sealer.Sign(body).Body
		}
		for _, generation := range []string{"web", "rest"} {
			w, err := settings(generation, "https://ott.example").Open(wallet.Env{HTTP: &http.Client{Transport: answer}})
			if err != nil {
				t.Fatal(err)
			}
			checkAnswers(t, w)
		}
	})
}

func checkAnswers(t *testing.T, w wallet.Wallet) {
	t.Helper()
	req := newRequest("")
	req.RequestID, req.LastSentAt = "01J00000000000000000000000P1", time.Time{}
	ref := wallet.Ref{RequestID: req.RequestID, PaymentID: "1"}
	created, err := w.CreatePayment(t.Context(), req)
	keepable(t, created, created.Charged, err)
	queried, err := w.(wallet.Querier).QueryPayment(t.Context(), ref)
	keepable(t, queried, queried.Charged, err)
	refund := wallet.RefundRequest{RequestID: "01J00000000000000000000000R1", Payment: ref, Amount: cad(400), Books: wallet.RefundBooks{Amount: cad(400)}}
	given, err := w.(wallet.Refunder).Refund(t.Context(), refund)
	keepable(t, given, given.Amount, err)
	requested, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), wallet.RefundRef{RequestID: refund.RequestID, Payment: ref, Books: refund.Books})
	keepable(t, requested, requested.Amount, err)
}

// keepable checks that an answer can be written and its money counted, or is a fault.
func keepable(t *testing.T, v any, amount wallet.Money, err error) {
	t.Helper()
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			t.Errorf("an answer is our mistake: %v", err)
		}
		return
	}
	if _, err := json.Marshal(v); err != nil || amount.Minor < 0 {
		t.Errorf("%+v cannot be kept: %v", v, err)
	}
}
