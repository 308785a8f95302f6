package ottpay_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
)

func TestATokenThatNoHeaderCanHoldIsNotUsed(t *testing.T) {
	for name, token := range map[string]string{"a line break": `t\r\nX: y`, "a blank": "t t", "nothing": ""} {
		w, s := scripted(t, "rest", map[string][]string{
			"/api/v1/auth/token":           {`{"status":"SUCCESS","result":{"token":"` + token + `","expired":4102444800000}}`},
			"/api/v1/payment/status-query": {stands("P00003", "0")},
		})
		if _, err := w.(wallet.Querier).QueryPayment(t.Context(), paidRef); fault.KindOf(err) != fault.Unavailable || len(s.calls) != 1 {
			t.Errorf("a token with %s: got %v after %v, want Unavailable after requesting it", name, err, s.calls)
		}
	}
}

// H5PAY's answer is documented to contain the fee. What another call's amount has on top is
// not, and explains no sum.
func TestOnlyTheLinkForMobileBrowsersReportsItsFee(t *testing.T) {
	for method, want := range map[string]int{"H5_WECHATPAY": 1, "QR_WECHATPAY": 0} {
		w, _ := scripted(t, "web", map[string][]string{
			"H5PAY":     {`{"order_id":"` + ourPayment + `","amount":"1260","payinfo":"https://pay.example/1"}`},
			"ACTIVEPAY": {`{"order_id":"` + ourPayment + `","amount":"1260","code_url":"weixin://pay"}`},
		}, func(c *ottpay.Config) { c.Methods = []string{method} })
		req := newRequest(method)
		req.RequestID = ourPayment
		p, err := w.CreatePayment(t.Context(), req)
		if err != nil || len(p.Fees) != want || want == 1 && p.Fees[0].Amount != cad(10) {
			t.Errorf("%s: got %+v and %v, want %d fees", method, p, err, want)
		}
	}
}

func TestARefusalKeepsItsCode(t *testing.T) {
	for _, code := range []string{"PROCESSING", "FAIL", "WEATHER"} {
		w, _ := scripted(t, "web", map[string][]string{"PREPAY_INIT": {"refused:" + code}})
		if _, err := w.CreatePayment(t.Context(), newRequest("")); err == nil || fault.Of(err).Code != code {
			t.Errorf("%s: got %v, want the code kept", code, err)
		}
	}
}

// Queries of the Web API name no fee; cards have none.
func TestAQueryOfAWalletSaysThatItsFeesAreNotNamed(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string][]string
		ref     wallet.Ref
		want    bool
	}{
		"a checkout": {map[string][]string{
			"PREPAY_QUERY": {`{"prepay_order_id":"` + ourPayment + `","order_id":"` + ottsID + `","status":"SUCCESS","amount":"1260"}`},
		}, paidRef, true},
		"a code": {map[string][]string{
			"STATUS_QUERY": {`{"order_id":"` + ourPayment + `","order_status":"success","total_amount":1260}`},
		}, wallet.Ref{RequestID: ourPayment, PaymentID: ourPayment}, true},
	} {
		w, _ := scripted(t, "web", c.answers)
		got, err := w.(wallet.Querier).QueryPayment(t.Context(), c.ref)
		if err != nil || got.FeesUnnamed != c.want || got.Charged != cad(1260) {
			t.Errorf("%s: got %+v and %v", name, got, err)
		}
	}
	s := open(t, "web", allMethods)
	p := s.create(t, newRequest("CARD_CONVERGE"))
	s.settle(t, p, "pay")
	if got, err := s.query(t, p.Ref); err != nil || got.Status != wallet.Paid || got.FeesUnnamed {
		t.Errorf("a card: got %+v and %v, want fees that are all named", got, err)
	}
}

func TestACodeThatIsTooLongToDrawIsNoAction(t *testing.T) {
	for length, good := range map[int]bool{1024: true, 1025: false} {
		code := "weixin://" + strings.Repeat("x", length-len("weixin://"))
		for generation, method := range map[string]string{"web": "QR_WECHATPAY", "rest": "WECHATPAY_QR"} {
			w, _ := scripted(t, generation, map[string][]string{
				"ACTIVEPAY":                     {`{"order_id":"` + ourPayment + `","code_url":"` + code + `"}`},
				"/api/v1/pay/weixin/active-pay": {`{"status":"SUCCESS","result":{"paymentId":"` + ottsID + `","payInfo":"` + code + `"}}`},
			}, func(c *ottpay.Config) { c.Methods = []string{method} })
			req := newRequest(method)
			req.RequestID = ourPayment
			if _, err := w.CreatePayment(t.Context(), req); (err == nil) != good || err != nil && fault.KindOf(err) != fault.Unknown {
				t.Errorf("%s, %d characters: got %v, want it rendered: %v", generation, length, err, good)
			}
		}
	}
}
