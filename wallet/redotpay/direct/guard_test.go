package direct_test

import (
	"net/http"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
)

func TestAQueryEndsAnOrderByNoRefusalAndNoAnswerWithoutNames(t *testing.T) {
	ref := wallet.Ref{PaymentID: "SN1"}
	for name, answer := range map[string]string{
		"a refusal":                 `{"code":1001}`,
		"an answer without our own": `{"code":0,"data":{"order_sn":"SN1","status":"paid","amount":1000,"currency":"USD"}}`,
	} {
		far := &fixed{status: 200, body: []byte(answer)}
		w, err := settings("https://direct.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.(*direct.Orders).QueryPayment(t.Context(), ref); fault.KindOf(err) != fault.Unknown {
			t.Errorf("%s: got %+v and %v, want Unknown", name, got, err)
		}
	}
}

func TestASignedCallbackWithoutOurNumberIsInvalid(t *testing.T) {
	s := open(t)
	d, err := farSide{s}.Sign(t.Context(), []byte(`{"order_sn":"SN1","merchant_order_sn":"","status":"paid","amount":1000,"currency":"USD"}`))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.wallet.(wallet.Notifier).ParseNotification(t.Context(), d); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %+v and %v, want Invalid", n, err)
	}
}

func TestOrdersHoldNoMoneyAndHaveNoAbsurdExpiry(t *testing.T) {
	far := &fixed{status: 200, body: []byte(`{"code":0,"data":{"order_sn":"SN1","payment_url":"https://pay.example","expire_time":99999999999}}`)}
	w, err := settings("https://direct.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	req := request("ORD4560000000000000000000001", 1000)
	if p, err := w.CreatePayment(t.Context(), req); err != nil || !p.ExpiresAt.IsZero() {
		t.Errorf("an expiry in three thousand years: got %v and %v, want none", p.ExpiresAt, err)
	}
	req.Hold = true
	if _, err := w.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unsupported {
		t.Errorf("a hold: got %v, want Unsupported", err)
	}
}
