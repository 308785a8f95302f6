package ottpay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
)

// A refund was made, and the sum lagged for longer than the account's setting says. The
// refusal of the repeat speaks of the first.
func TestARefusedRepeatOfARefundAtRESTIsNoRefusal(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"20007": fault.Declined, "20009": fault.Declined, "10005": fault.Invalid,
		"20014": fault.Unknown, "20041": fault.Unknown, // the sum says that enough is left
	} {
		w, s := scripted(t, "rest", map[string][]string{
			"/api/v1/payment/status-query": {stands("P00003", "0"), stands("P00005", "400")}, "/api/v1/pay/refund": {failed(code)},
		}, countsAtOnce)
		got, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, true))
		if err != nil || got.Status != wallet.RefundSucceeded {
			t.Errorf("%s: got %+v and %v, want the refund that was made", code, got, err)
		}
		s.answers["/api/v1/payment/status-query"] = []string{stands("P00003", "0"), stands("P00005", "300")}
		if _, err = w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, true)); fault.KindOf(err) != fault.Unknown {
			t.Errorf("%s, and a sum that says nothing: got %v, want Unknown", code, err)
		}
		s.answers["/api/v1/payment/status-query"] = []string{stands("P00003", "0")}
		if _, err = w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, true)); fault.KindOf(err) != want {
			t.Errorf("%s, and a sum without it: got %v, want %s", code, err, want)
		}
	}
}

// A sum that is not reported contradicts no refusal of the first request, and confirms none of
// a repeat.
func TestARefusalWithoutASumEndsOnlyAFirstRefund(t *testing.T) {
	for repeated, want := range map[bool]fault.Kind{false: fault.Declined, true: fault.Unknown} {
		w, _ := scripted(t, "rest", map[string][]string{
			"/api/v1/payment/status-query": {stands("P00003", "0"), stands("P00003", "")}, "/api/v1/pay/refund": {failed("20007")},
		}, countsAtOnce)
		if _, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, repeated)); fault.KindOf(err) != want {
			t.Errorf("repeated %v: got %v, want %s", repeated, err, want)
		}
	}
}

// A payment whose state says nothing, or is older than its money, may have been refunded.
func TestAStateThatIsNotPaidEndsNoRefund(t *testing.T) {
	for code, want := range map[string]struct{ first, repeated fault.Kind }{
		"P00012": {fault.Unavailable, fault.Unknown}, "P00099": {fault.Unavailable, fault.Unknown}, "P00001": {fault.Conflict, fault.Unknown},
		"P00009": {fault.Conflict, fault.Unknown}, "P00007": {fault.Conflict, fault.Unknown},
	} {
		w, s := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {stands(code, "0")}}, countsAtOnce)
		for repeated, kind := range map[bool]fault.Kind{false: want.first, true: want.repeated} {
			if _, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(paidRef, repeated)); fault.KindOf(err) != kind || err == nil {
				t.Errorf("%s, repeated %v: got %v, want %s", code, repeated, err, kind)
			}
		}
		if s.count("/api/v1/pay/refund") != 0 {
			t.Errorf("%s: a refund was sent", code)
		}
	}
}

// A checkout that the till knows by its own id only is refunded by the provider's id. Where
// a query does not report that id, or the payment's status, nothing follows for the refund.
func TestAnInconclusiveQueryEndsNoRefundOfACheckout(t *testing.T) {
	for about, answer := range map[string]string{
		"an unknown word": `{"prepay_order_id":"` + ourPayment + `","order_id":"` + ottsID + `","status":"REFUNDED","amount":"1250"}`,
		"no id":           `{"prepay_order_id":"` + ourPayment + `","status":"SUCCESS","amount":"1250"}`,
		"an older state":  `{"prepay_order_id":"` + ourPayment + `","order_id":"` + ottsID + `","status":"PROCESSING","amount":"1250"}`,
	} {
		w, s := scripted(t, "web", map[string][]string{"PREPAY_QUERY": {answer}, "STATUS_QUERY": {"refused:FAIL"}})
		ref := wallet.Ref{RequestID: ourPayment}
		first := fault.Unavailable
		if about == "an older state" {
			first = fault.Conflict
		}
		for repeated, want := range map[bool]fault.Kind{false: first, true: fault.Unknown} {
			if _, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(ref, repeated)); fault.KindOf(err) != want || err == nil {
				t.Errorf("%s, repeated %v: got %v, want %s", about, repeated, err, want)
			}
		}
		_, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), wallet.RefundRef{RequestID: ourRefund, Payment: ref, Books: refundOf(ref, true).Books})
		if kind := fault.KindOf(err); kind != fault.Unknown && kind != fault.Unavailable || err == nil {
			t.Errorf("%s: the queried refund: got %v, want a query that failed", about, err)
		}
		if s.count("REFUND") != 0 {
			t.Errorf("%s: a refund was sent", about)
		}
	}
}

// No document says that the status query takes ids of refunds. Where the account's does not,
// a refund that was taken ends by the payment's refunded sum; else the sum, which may contain
// refunds that still fail, decides nothing.
func TestARefundOfTheWebAPIEndsByTheSumWhereItsIDIsNotAnswered(t *testing.T) {
	for sum, want := range map[string]wallet.RefundStatus{"400": wallet.RefundSucceeded, "0": wallet.RefundPending, "300": wallet.RefundPending} {
		w, _ := scripted(t, "web", map[string][]string{
			"STATUS_QUERY": {"refused:FAIL", `{"order_id":"` + ottsID + `","total_amount":1250,"refund_fee":` + sum + `,"order_status":"success"}`},
		}, func(c *ottpay.Config) { c.RefundsEndBySum = true })
		ref := wallet.RefundRef{RequestID: ourRefund, RefundID: ourRefund, Payment: paidRef, Books: refundOf(paidRef, true).Books}
		got, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), ref)
		if err != nil || got.Status != want || got.RefundID != ourRefund {
			t.Errorf("%s refunded: got %+v and %v, want %s", sum, got, err, want)
		}
	}
	w, _ := scripted(t, "web", map[string][]string{"STATUS_QUERY": {"refused:FAIL"}})
	ref := wallet.RefundRef{RequestID: ourRefund, RefundID: ourRefund, Payment: paidRef, Books: refundOf(paidRef, true).Books}
	if got, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), ref); fault.KindOf(err) != fault.Unknown || err == nil {
		t.Errorf("an account that is queried by ids: got %+v and %v, want Unknown", got, err)
	}
}

// The provider's id of a checkout may change its form: only ids that are made of our own are
// those of our card payments.
func TestAnIDOfAnyFormIsTheCheckouts(t *testing.T) {
	const id = "OT2026010112345678AB"
	w, s := scripted(t, "web", map[string][]string{
		"PREPAY_QUERY": {`{"prepay_order_id":"` + ourPayment + `","order_id":"` + id + `","status":"SUCCESS","amount":"1250"}`},
		"REFUND":       {`{"order_id":"` + ourRefund + `"}`},
	})
	ref := wallet.Ref{RequestID: ourPayment, PaymentID: id}
	if got, err := w.(wallet.Querier).QueryPayment(t.Context(), ref); err != nil || got.Status != wallet.Paid || s.count("PREPAY_QUERY") != 1 {
		t.Errorf("queried: got %+v and %v by %v, want paid by PREPAY_QUERY", got, err, s.calls)
	}
	if got, err := w.(wallet.Refunder).Refund(t.Context(), refundOf(ref, false)); err != nil || got.Status != wallet.RefundPending {
		t.Errorf("refunded: got %+v and %v, want pending", got, err)
	}
}

// A refusal of a repeat of the Web API counts only once the queries can know of the first.
func TestARefusedRepeatWithinTheLagIsNoRefusal(t *testing.T) {
	for ago, want := range map[time.Duration]fault.Kind{time.Second: fault.Unknown, time.Hour: fault.Declined} {
		w, _ := scripted(t, "web", map[string][]string{
			"REFUND":       {"refused:FAIL"},
			"STATUS_QUERY": {"refused:FAIL", `{"order_id":"` + ottsID + `","total_amount":1250,"refund_fee":0,"order_status":"success"}`},
		})
		req := refundOf(paidRef, true)
		req.LastSentAt = time.Now().Add(-ago)
		if _, err := w.(wallet.Refunder).Refund(t.Context(), req); fault.KindOf(err) != want {
			t.Errorf("requested %v before: got %v, want %s", ago, err, want)
		}
	}
}

// A sum contains a refund at some accounts while it is under way, and it may still fail. The
// payment's state proves one only where all was refunded, or where there is no other.
func TestARefundInTheSumIsMadeOnlyWhereTheStateProvesIt(t *testing.T) {
	open := func(refunded, open int64) wallet.RefundBooks {
		return wallet.RefundBooks{Amount: cad(400), Refunded: cad(refunded), Open: cad(open)}
	}
	for about, c := range map[string]struct {
		answer string
		books  wallet.RefundBooks
		want   wallet.RefundStatus
	}{
		"the only one, and partly refunded":    {stands("P00005", "400"), open(0, 0), wallet.RefundSucceeded},
		"the only one, and not yet refunded":   {stands("P00003", "400"), open(0, 0), wallet.RefundPending},
		"after another, and partly refunded":   {stands("P00005", "700"), open(300, 0), wallet.RefundPending},
		"beside another, and partly refunded":  {stands("P00005", "700"), open(0, 300), wallet.RefundPending},
		"after another, and all is refunded":   {stands("P00004", "1250"), open(850, 0), wallet.RefundSucceeded},
		"beside another, and all is refunded":  {stands("P00004", "1250"), open(0, 850), wallet.RefundSucceeded},
		"the only one, by the word":            {strings.Replace(stands("", "400"), `"stateCode":""`, `"paymentStatus":"partial_refund"`, 1), open(0, 0), wallet.RefundSucceeded},
		"the only one, and the word says paid": {strings.Replace(stands("", "400"), `"stateCode":""`, `"paymentStatus":"success"`, 1), open(0, 0), wallet.RefundPending},
		"all of it, by the word":               {strings.Replace(stands("", "1250"), `"stateCode":""`, `"paymentStatus":"fully_refunded"`, 1), open(850, 0), wallet.RefundSucceeded},
	} {
		for _, setting := range []func(*ottpay.Config){countsAtOnce, func(*ottpay.Config) {}} {
			w, _ := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {c.answer}}, setting)
			ref := wallet.RefundRef{RequestID: ourRefund, Payment: paidRef, Books: c.books, LastSentAt: time.Now().Add(-time.Hour)}
			if got, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), ref); err != nil || got.Status != c.want {
				t.Errorf("%s: got %+v and %v, want %s", about, got, err, c.want)
			}
		}
	}
}

// Where refunds count at once, one that the provider has taken and whose sum is gone failed.
func TestARefundThatLeftTheSumFailedWhereRefundsCountAtOnce(t *testing.T) {
	now := time.Now()
	for about, c := range map[string]struct {
		change    func(*ottpay.Config)
		requested time.Time
		want      wallet.RefundStatus
	}{
		"counted at once":               {countsAtOnce, now.Add(-time.Hour), wallet.RefundFailed},
		"and the sum may lag":           {countsAtOnce, now.Add(-30 * time.Second), wallet.RefundPending},
		"requested at a time not known": {countsAtOnce, time.Time{}, wallet.RefundPending},
		"at an account that counts any": {func(*ottpay.Config) {}, now.Add(-time.Hour), wallet.RefundPending},
	} {
		w, _ := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {stands("P00003", "0")}}, c.change)
		ref := wallet.RefundRef{RequestID: ourRefund, RefundID: "REF1", Payment: paidRef, LastSentAt: c.requested, Books: refundOf(paidRef, true).Books}
		if got, err := w.(wallet.RefundQuerier).QueryRefund(t.Context(), ref); err != nil || got.Status != c.want {
			t.Errorf("%s: got %+v and %v, want %s", about, got, err, c.want)
		}
	}
}
