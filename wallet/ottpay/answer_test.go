package ottpay_test

import (
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
)

// What an answer of REST does not prove is not known: it may have been executed.
func TestAnAnswerOfRESTToACreateIsAcceptedWhole(t *testing.T) {
	const path = "/api/v1/pay/alipay/wap-pay"
	for about, c := range map[string]struct {
		answer string
		want   fault.Kind
	}{
		"an id of a refund":        {`{"status":"SUCCESS","result":{"paymentId":"REF1","payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"an id of a void":          {`{"status":"SUCCESS","result":{"paymentId":"VOID1","payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"no id":                    {`{"status":"SUCCESS","result":{"payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"a smaller amount":         {`{"status":"SUCCESS","result":{"paymentId":"1","payInfo":"https://ott.example/pay","amount":"1249"}}`, fault.Unknown},
		"a negative amount":        {`{"status":"SUCCESS","result":{"paymentId":"1","payInfo":"https://ott.example/pay","amount":-1250}}`, fault.Unknown},
		"another merchant":         {`{"status":"SUCCESS","result":{"paymentId":"1","payInfo":"https://ott.example/pay","merchantId":"ON1"}}`, fault.Unknown},
		"a link without TLS":       {`{"status":"SUCCESS","result":{"paymentId":"1","payInfo":"http://ott.example/pay"}}`, fault.Unknown},
		"another status":           {`{"status":"PENDING","result":{"paymentId":"1","payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"no status":                {`{"result":{"paymentId":"1","payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"no result":                {`{"status":"SUCCESS"}`, fault.Unknown},
		"an HTTP status of errors": {`HTTP 404{"status":"SUCCESS","result":{"paymentId":"1","payInfo":"https://ott.example/pay"}}`, fault.Unknown},
		"a server that failed":     {`HTTP 502`, fault.Unknown},
		"an error without a code":  {`{"status":"ERROR","result":{"message":"no"}}`, fault.Unknown},
		"too many requests":        {`HTTP 429`, fault.Unavailable},
	} {
		w, _ := scripted(t, "rest", map[string][]string{path: {c.answer}})
		if got, err := w.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != c.want || err == nil {
			t.Errorf("%s: got %+v and %v, want %s", about, got, err, c.want)
		}
	}
}

// A query's answer about something else, or one that contradicts itself, says nothing.
func TestAnAnswerAboutAnotherPaymentIsNone(t *testing.T) {
	rest := func(members string) string {
		return `{"status":"SUCCESS","result":{` + members + `,"stateCode":"P00003"}}`
	}
	for about, answer := range map[string]string{
		"another payment":   rest(`"paymentId":"2","totalAmount":"1250"`),
		"another reference": rest(`"paymentId":"` + ottsID + `","reference":"01J00000000000000000000000P2","totalAmount":"1250"`),
		"a refund":          rest(`"paymentId":"REF1","totalAmount":"1250"`),
		"no id":             rest(`"totalAmount":"1250"`),
		"a negative amount": rest(`"paymentId":"` + ottsID + `","totalAmount":"-1250"`),
		"a part of a cent":  rest(`"paymentId":"` + ottsID + `","totalAmount":"1250.5"`),
	} {
		w, _ := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {answer}})
		if got, err := w.(wallet.Querier).QueryPayment(t.Context(), paidRef); fault.KindOf(err) != fault.Unknown || err == nil {
			t.Errorf("REST, %s: got %+v and %v, want Unknown", about, got, err)
		}
	}
	w, _ := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query-by-reference": {rest(`"paymentId":"REF1","totalAmount":"1250"`)}},
		func(c *ottpay.Config) { c.RemarkIsReference = true })
	if got, err := w.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: ourPayment}); fault.KindOf(err) != fault.Unknown || err == nil {
		t.Errorf("REST, a refund under our reference: got %+v and %v, want Unknown", got, err)
	}
	for about, c := range map[string]struct{ action, answer string }{
		"another order":     {"PREPAY_QUERY", `{"prepay_order_id":"01J00000000000000000000000P2","status":"SUCCESS","amount":"1250"}`},
		"another shop":      {"PREPAY_QUERY", `{"prepay_order_id":"` + ourPayment + `","shop_id":"S","status":"SUCCESS","amount":"1250"}`},
		"another currency":  {"PREPAY_QUERY", `{"prepay_order_id":"` + ourPayment + `","currency_type":"USD","status":"SUCCESS","amount":"1250"}`},
		"another merchant":  {"PREPAY_QUERY", `{"prepay_order_id":"` + ourPayment + `","merchant_id":"ON1","status":"SUCCESS","amount":"1250"}`},
		"a negative amount": {"PREPAY_QUERY", `{"prepay_order_id":"` + ourPayment + `","status":"SUCCESS","amount":"-1"}`},
		"an HTML page":      {"PREPAY_QUERY", `no object`},
	} {
		w, _ := scripted(t, "web", map[string][]string{c.action: {c.answer}})
		if got, err := w.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: ourPayment}); fault.KindOf(err) != fault.Unknown || err == nil {
			t.Errorf("web, %s: got %+v and %v, want Unknown", about, got, err)
		}
	}
}

// A refund's answer about another refund does not prove ours.
func TestAnAnswerAboutAnotherRefundIsNone(t *testing.T) {
	w, _ := scripted(t, "web", map[string][]string{
		"REFUND": {`{"order_id":"01J00000000000000000000000R2"}`}, "STATUS_QUERY": {`{"order_id":"01J00000000000000000000000R2","order_status":"success"}`},
	})
	if got, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, false)); fault.KindOf(err) != fault.Unknown || err == nil {
		t.Errorf("requested: got %+v and %v, want Unknown", got, err)
	}
	ref := wallet.RefundRef{RequestID: ourRefund, Payment: paidRef, Books: refundOf(paidRef, false).Books}
	if got, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), ref); fault.KindOf(err) != fault.Unknown || err == nil {
		t.Errorf("queried: got %+v and %v, want Unknown", got, err)
	}
	r, _ := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {
		`{"status":"SUCCESS","result":{"paymentId":"REF2","stateCode":"P00012"}}`, stands("P00003", "0"),
	}}, func(c *ottpay.Config) { c.RefundIDsQueried = true })
	ref.RefundID = "REF1"
	if got, err := r.(wallet.RefundQuerier).QueryRefund(t.Context(), ref); err != nil || got.Status != wallet.RefundPending {
		t.Errorf("another refund's state: got %+v and %v, want pending", got, err)
	}
}

// What an answer of the Web API does not prove is not known either.
func TestAnAnswerOfTheWebAPIToACreateIsAcceptedWhole(t *testing.T) {
	req := newRequest("")
	link := `"payinfo":"https://ott.example/pay"`
	for about, answer := range map[string]string{
		"another order":      `{"preypay_order_id":"01J00000000000000000000000P2",` + link + `}`,
		"no id":              `{` + link + `}`,
		"a smaller amount":   `{"preypay_order_id":"` + req.RequestID + `",` + link + `,"amount":"1249"}`,
		"no link":            `{"preypay_order_id":"` + req.RequestID + `"}`,
		"a link without TLS": `{"preypay_order_id":"` + req.RequestID + `","payinfo":"http://ott.example/pay"}`,
	} {
		w, _ := scripted(t, "web", map[string][]string{"PREPAY_INIT": {answer}})
		if got, err := w.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unknown || err == nil {
			t.Errorf("%s: got %+v and %v, want Unknown", about, got, err)
		}
	}
}

// The code inside of a query's data is of the query: one of a failure makes the data unusable.
func TestTheInnerCodeOfAQueryCounts(t *testing.T) {
	for code, want := range map[string]fault.Kind{"FAIL": fault.NotFound, "SYSTEM_ERROR": fault.Unknown} {
		w, _ := scripted(t, "web", map[string][]string{
			"PREPAY_QUERY": {`{"rspCode":"` + code + `","prepay_order_id":"` + ourPayment + `","status":"SUCCESS","amount":"1250"}`},
			"STATUS_QUERY": {"refused:FAIL"},
		})
		if got, err := w.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: ourPayment}); fault.KindOf(err) != want || err == nil {
			t.Errorf("%s: got %+v and %v, want %s", code, got, err, want)
		}
	}
}

// The code of an answer is not encrypted: over http a third party could replace the answer to
// a refund that was made by a refusal, and the merchant would make it again.
func TestARefusalOverHTTPProvesNothing(t *testing.T) {
	for base, want := range map[string]fault.Kind{
		"http://ott.example": fault.Unknown, "https://ott.example": fault.Declined, "http://127.0.0.1:1": fault.Declined,
	} {
		for _, code := range []string{"FAIL", "ORDER_USED", "PARAM_INVALID", "PWD_INCORRECT", "UNLISTED"} {
			w, _ := scripted(t, "web", map[string][]string{"PREPAY_INIT": {"refused:" + code}, "PREPAY_QUERY": {"refused:FAIL"}, "STATUS_QUERY": {"refused:FAIL"}},
				func(c *ottpay.Config) { c.BaseURL, c.Insecure = base, true })
			_, err := w.CreatePayment(t.Context(), newRequest(""))
			if got := fault.KindOf(err); err == nil || want == fault.Unknown && got != want || code == "FAIL" && got != want {
				t.Errorf("%s over %s: got %v, want %s", code, base, err, want)
			}
		}
	}
}
