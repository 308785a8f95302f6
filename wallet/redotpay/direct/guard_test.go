package direct_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
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

func TestAnOrderWithoutALinkThatCannotBeFetchedMayBeThere(t *testing.T) {
	created := `{"code":0,"data":{"order_sn":"SN1","manual":true}}`
	for name, c := range map[string]struct {
		status int
		answer string
	}{
		"is refused": {200, `{"code":1001}`}, "finds no order": {200, `{"code":1002}`}, "contradicts its state": {200, `{"code":7}`},
		"is not accepted": {401, `{}`}, "has no answer": {500, `{}`},
	} {
		far := &script{answers: []fixed{{status: 200, body: []byte(created)}, {status: c.status, body: []byte(c.answer)}}}
		near := settings("https://direct.example")
		near.Codes["7"] = "conflict"
		w, err := near.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.CreatePayment(t.Context(), request("ORD4560000000000000000000001", 1000)); fault.KindOf(err) != fault.Unknown || far.calls != 2 {
			t.Errorf("the fetch %s: got %+v and %v after %d calls, want Unknown after two", name, got, err, far.calls)
		}
	}
}

// script answers one call after another.
type script struct {
	answers []fixed
	calls   int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls++
	return s.answers[s.calls-1].RoundTrip(r)
}

func TestARefusalByACodeThatIsNotConfiguredProvesNothing(t *testing.T) {
	for code, want := range map[string]fault.Kind{"1001": fault.Declined, "1": fault.Unknown, "500": fault.Unknown, "4711": fault.Unknown} {
		s := open(t)
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "create", Code: code, Times: 1})
		if _, err := s.wallet.CreatePayment(t.Context(), request("ORD4560000000000000000000001", 1000)); fault.KindOf(err) != want {
			t.Errorf("create refused with %s: got %v, want %v", code, err, want)
		}
	}
}

func TestACallbackThatCannotBeReadIsNotTheOneThatCan(t *testing.T) {
	s, ids := open(t), map[string]bool{}
	for _, amount := range []string{"1000", "1e40"} {
		d, err := farSide{s}.Sign(t.Context(), []byte(`{"order_sn":"SN1","merchant_order_sn":"ORD1","status":"paid","amount":`+amount+`,"currency":"USD"}`))
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.wallet.(wallet.Notifier).ParseNotification(t.Context(), d)
		if err != nil || len(n.Events) != 1 || (n.Events[0].Unreadable != "") != (amount != "1000") {
			t.Fatalf("%s: got %+v and %v", amount, n, err)
		}
		ids[n.Events[0].ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("both are the event %v: the one that can be read would be taken for a repeat", ids)
	}
}

func TestAnOrdersNumberOfOursIsBounded(t *testing.T) {
	for length, good := range map[int]bool{128: true, 129: false} {
		far := &fixed{status: 200, body: []byte(`{"code":0,"data":{"order_sn":"SN1","ref_no":"` + strings.Repeat("R", length) + `","status":"paid","amount":1000,"currency":"USD"}}`)}
		w, err := settings("https://direct.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.(*direct.Orders).QueryPayment(t.Context(), wallet.Ref{PaymentID: "SN1"}); (err == nil) != good {
			t.Errorf("a number of %d characters: got %v, want it believed: %v", length, err, good)
		}
	}
}

// A card call's answer may leave the amount out: it counts for no more than was requested.
func TestACardAnswerWithoutAnAmountIsForTheRequestedAmount(t *testing.T) {
	far := &fixed{status: 200}
	near := settings("https://direct.example")
	near.Mode = "cards"
	w, err := near.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	cards, held := w.(*direct.Cards), wallet.Ref{RequestID: "ORD4560000000000000000000001", PaymentID: "T1"}
	far.body = []byte(`{"code":0,"data":{"transaction_id":"T1","status":"authorized"}}`)
	if p, err := cards.CreatePayment(t.Context(), charge(10000)); err != nil || p.Amount != usd(10000) || p.Captured.Positive() {
		t.Errorf("authorized: %+v and %v, want 100.00 held and nothing taken", p, err)
	}
	far.body = []byte(`{"code":0,"data":{"transaction_id":"T1","status":"captured"}}`)
	if p, err := cards.Capture(t.Context(), wallet.CaptureRequest{Payment: held, Amount: usd(2500)}); err != nil || p.Captured != usd(2500) || p.Amount != usd(2500) {
		t.Errorf("captured: %+v and %v, want 25.00", p, err)
	}
	far.body = []byte(`{"code":0,"data":{"transaction_id":"T1","status":"refunded"}}`)
	if r, err := cards.Refund(t.Context(), wallet.RefundRequest{Payment: held, Amount: usd(300), Paid: usd(2500)}); err != nil || r.Amount != usd(300) {
		t.Errorf("refunded: %+v and %v, want 3.00", r, err)
	}
}

func TestAnOpenWalletKeepsNoSecretInItsSettings(t *testing.T) {
	for _, mode := range []string{"orders", "cards"} {
		near := settings("https://direct.example")
		near.Mode = mode
		w, err := near.Open(wallet.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if direct.KeepsSecrets(w) {
			t.Errorf("the settings of %s still hold a secret", mode)
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
