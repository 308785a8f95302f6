package payprotocol_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const refundID = `{"refundId":33}`

// refundC3 is a refund of the vectors' order.
func refundC3(id, status, units string) string {
	return `{"refundId":` + id + `,"chainId":136,"currencyId":2,"outTradeNo":"C3","outPaymentNo":"202408180853200000001","refundStatus":` + status +
		`,"refundAddress":"` + address + `","refundAmount":"` + units + `","refundFee":"1100000","refundTime":"2024-08-18 09:10:11"}`
}

func listOf(entries ...string) string {
	return ok(`{"count":` + strconv.Itoa(len(entries)) + `,"page":1,"size":500,"list":[` + strings.Join(entries, ",") + `]}`)
}

func refundRequest(minor int64) wallet.RefundRequest {
	return wallet.RefundRequest{
		RequestID: "R1", Payment: wallet.Ref{RequestID: "C3", PaymentID: "202408180853200000001"},
		Amount: usdt(minor), Paid: usdt(10_000), NotifyURL: testNotify,
	}
}

func TestARefundIsSentOnceAndWaitsForApproval(t *testing.T) {
	w, far := answering(t, map[string][]string{
		"GET /payment/detail": {ok(orderC3())}, "GET /refund/list": {listOf()}, "POST /refund/createRefundOrder": {ok(refundID)},
	})
	r, err := w.Refund(t.Context(), refundRequest(4_000))
	if err != nil || r.RefundID != "33" || r.RefundRef.RequestID != "R1" || r.Status != wallet.RefundWaiting || r.Amount != usdt(4_000) {
		t.Errorf("got %+v and %v, want 33 waiting", r, err)
	}
	want := `POST /refund/createRefundOrder {"amount":"0.004","notifyUrl":"` + testNotify + `","outPaymentNo":"202408180853200000001","outTradeNo":"C3"}`
	if got := far.calls[len(far.calls)-1]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnOpenRefundOfTheOrderIsNotSentAgain(t *testing.T) {
	for _, test := range []struct {
		name string
		open string
		id   string
		kind error
	}{
		{"the same sum waits", refundC3("33", "1", "4000"), "33", nil},
		{"the same sum is reviewed", refundC3("33", "2", "4000"), "33", nil},
		{"the same sum is on its way", refundC3("33", "3", "4000"), "33", nil},
		{"another sum waits", refundC3("33", "1", "3000"), "", fault.Conflict},
		{"one without a sum waits", strings.Replace(refundC3("33", "1", "4000"), `"refundAmount":"4000",`, "", 1), "", fault.Conflict},
		{"one of another order waits", strings.Replace(refundC3("33", "1", "4000"), `"C3"`, `"C4"`, 1), "34", nil},
		{"one has ended", refundC3("33", "0", "4000"), "34", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, _ := answering(t, map[string][]string{
				"GET /payment/detail": {ok(orderC3())}, "GET /refund/list": {listOf(test.open)}, "POST /refund/createRefundOrder": {ok(`{"refundId":34}`)},
			})
			r, err := w.Refund(t.Context(), refundRequest(4_000))
			if !errors.Is(err, test.kind) || r.RefundID != test.id {
				t.Errorf("got %+v and %v, want %q and %v", r, err, test.id, test.kind)
			}
		})
	}
}

func TestTheAmountOfARefundIsInTheTokenThatWasReceived(t *testing.T) {
	cny := []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864595"`}
	part := func(minor int64, c wallet.Currency) wallet.Money { return wallet.Money{Minor: minor, Currency: c} }
	for _, test := range []struct {
		name    string
		members []string
		amount  wallet.Money
		paid    wallet.Money
		text    string // of the amount; - for none
		kind    error
	}{
		{"a token", nil, usdt(1), usdt(10_000), "0.000001", nil},
		{"18 decimals", onBSC("123456000001000000000000", "123456000001000000000000"), usdt(123_456_000_001), usdt(123_456_000_001), "123456.000001", nil},
		{"part of money", cny, part(449, "CNY"), part(1350, "CNY"), "0.62015", nil},
		{"all of money", cny, part(1350, "CNY"), part(1350, "CNY"), "1.864595", nil},
		{"all of money whose rate is not reported", append([]string{"expectedAmount:"}, cny[:3]...), part(1350, "CNY"), part(1350, "CNY"), "-", nil},
		{"part of money whose rate is not reported", append([]string{"expectedAmount:"}, cny[:3]...), part(449, "CNY"), part(1350, "CNY"), "", fault.Unsupported},
		{"less than the token has", append([]string{`expectedAmount:"13"`}, cny[:3]...), part(1, "CNY"), part(1350, "CNY"), "", fault.Invalid},
		{"all of money whose rate is nothing", append([]string{`expectedAmount:"0"`}, cny[:3]...), part(1350, "CNY"), part(1350, "CNY"), "-", nil},
		{"part of money whose rate is nothing", append([]string{`expectedAmount:"0"`}, cny[:3]...), part(449, "CNY"), part(1350, "CNY"), "", fault.Unsupported},
		{"nothing of the token", append([]string{`expectedAmount:"1"`}, cny[:3]...), part(1, "CNY"), part(1350, "CNY"), "", fault.Invalid},
		{"of what is not paid", []string{"paymentStatus:1"}, usdt(1), usdt(1), "", fault.Conflict},
		{"of what failed", []string{"paymentStatus:4"}, usdt(1), usdt(1), "", fault.Conflict},
		{"of what has no status", []string{"paymentStatus:null"}, usdt(1), usdt(1), "", fault.Conflict},
		{"of what is partly paid", []string{"paymentStatus:3"}, usdt(1), usdt(6_000), "0.000001", nil},
		{"of what is partly refunded", []string{"paymentStatus:5"}, usdt(1), usdt(10_000), "0.000001", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, far := answering(t, map[string][]string{
				"GET /payment/detail": {ok(orderC3(test.members...))}, "GET /refund/list": {listOf()}, "POST /refund/createRefundOrder": {ok(refundID)},
			})
			req := refundRequest(1)
			req.Amount, req.Paid = test.amount, test.paid
			_, err := w.Refund(t.Context(), req)
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want %v", err, test.kind)
			}
			sent := far.calls[len(far.calls)-1]
			switch {
			case test.kind != nil && far.called("POST") > 0:
				t.Errorf("it was requested: %s", sent)
			case test.kind == nil && test.text == "-" && strings.Contains(sent, `"amount"`):
				t.Errorf("got %s, want no amount", sent)
			case test.kind == nil && test.text != "-" && !strings.Contains(sent, `"amount":"`+test.text+`"`):
				t.Errorf("got %s, want %s", sent, test.text)
			}
		})
	}
}

func TestARefundIsWhatItsDetailSays(t *testing.T) {
	for _, test := range []struct {
		name   string
		detail string
		order  string
		status wallet.RefundStatus
		amount wallet.Money
		kind   error
	}{
		{"succeeded", refundC3("33", "0", "4000"), orderC3(), wallet.RefundSucceeded, usdt(4_000), nil},
		{"the operator sent another sum", refundC3("33", "0", "3999"), orderC3(), wallet.RefundSucceeded, usdt(3_999), nil},
		{"waiting", refundC3("33", "1", "4000"), orderC3(), wallet.RefundWaiting, usdt(4_000), nil},
		{"rejected", refundC3("33", "5", "4000"), orderC3(), wallet.RefundFailed, usdt(4_000), nil},
		{"failed", refundC3("33", "4", "4000"), orderC3(), wallet.RefundFailed, usdt(4_000), nil},
		{"a status that is not known", refundC3("33", "7", "4000"), orderC3(), "", usdt(4_000), nil},
		{"a status as text", refundC3("33", `"0"`, "4000"), orderC3(), "", usdt(4_000), nil},
		{"money at its rate", refundC3("33", "0", "620150"),
			orderC3(`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`),
			wallet.RefundSucceeded, wallet.Money{Minor: 449, Currency: "CNY"}, nil},
		{"money without a rate", refundC3("33", "0", "620150"),
			orderC3(`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:`), "", wallet.Money{}, fault.Unknown},
		{"money whose rate is nothing", refundC3("33", "0", "620150"),
			orderC3(`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"0"`), "", wallet.Money{}, fault.Unknown},
		{"money, sent in another token", strings.Replace(refundC3("33", "0", "620150"), `"currencyId":2`, `"currencyId":1`, 1),
			orderC3(`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`), "", wallet.Money{}, fault.Unknown},
		{"an id of nothing", refundC3("0", "0", "4000"), orderC3(), "", wallet.Money{}, fault.Unknown},
		{"succeeded without a sum", strings.Replace(refundC3("33", "0", "4000"), `"refundAmount":"4000",`, "", 1), orderC3(), "", wallet.Money{}, fault.Unknown},
		{"another refund", refundC3("34", "0", "4000"), orderC3(), "", wallet.Money{}, fault.Unknown},
		{"another order's", strings.Replace(refundC3("33", "0", "4000"), `"C3"`, `"C4"`, 1), orderC3(), "", wallet.Money{}, fault.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, _ := answering(t, map[string][]string{"GET /refund/detail": {ok(test.detail)}, "GET /payment/detail": {ok(test.order)}})
			r, err := w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: "R1", RefundID: "33", Payment: wallet.Ref{RequestID: "C3"}})
			if !errors.Is(err, test.kind) || r.Status != test.status || r.Amount != test.amount {
				t.Errorf("got %q of %v and %v, want %q of %v and %v", r.Status, r.Amount, err, test.status, test.amount, test.kind)
			}
			if err == nil && r.Fee != usdt(1_100_000) {
				t.Errorf("got the fee %v, want 1.1 USDT on the record", r.Fee)
			}
		})
	}
}

func TestARefundWhoseAnswerWasLostIsFoundByItsOrderAndTime(t *testing.T) {
	mine, other := refundC3("33", "1", "4000"), strings.Replace(refundC3("34", "1", "4000"), `"C3"`, `"C4"`, 1)
	for _, test := range []struct {
		name string
		list string
		id   string
		kind error
	}{
		{"it is there", listOf(other, mine), "33", nil},
		{"it is not there", listOf(other), "", fault.NotFound},
		{"it is there twice", listOf(mine, mine), "33", nil},
		{"it is there without its payment's number", listOf(strings.Replace(mine, "202408180853200000001", "", 1)), "33", nil},
		{"another payment of its number is there", listOf(strings.Replace(refundC3("35", "1", "4000"), "202408180853200000001", "7", 1), mine), "33", nil},
		{"two are there", listOf(mine, refundC3("35", "1", "4000")), "", fault.Unknown},
		{"the list has no count", ok(`{"list":[]}`), "", fault.Unknown},
		{"the list is not there", `{"code":404,"msg":"not found"}`, "", fault.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, far := answering(t, map[string][]string{"GET /refund/list": {test.list}, "GET /payment/detail": {ok(orderC3())}})
			r, err := w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: "R1", Payment: wallet.Ref{RequestID: "C3", PaymentID: "202408180853200000001"}, LastSentAt: noon})
			if !errors.Is(err, test.kind) || r.RefundID != test.id {
				t.Errorf("got %+v and %v, want %q and %v", r, err, test.id, test.kind)
			}
			if want := "GET /refund/list?page=1&size=500&startTime=" + strconv.FormatInt(noon.Add(-time.Minute).Unix(), 10); far.calls[0] != want {
				t.Errorf("got %s, want %s", far.calls[0], want)
			}
		})
	}
}

// A refund may reach the provider half a minute after it was requested, by a clock that is
// a minute ahead; the next one is searched for from a minute before it was requested.
func TestTheNextRefundIsNotSearchedForAmongThoseBeforeIt(t *testing.T) {
	w := open(t, wallet.Env{})
	last, from := noon.Add(90*time.Second), noon.Add(w.RefundGap()).Add(-time.Minute)
	if from.Before(last) {
		t.Errorf("the next is searched for from %v, and the one before may be of %v", from, last)
	}
}

func TestALongListIsReadToItsEnd(t *testing.T) {
	first := ok(`{"count":2,"page":1,"size":500,"list":[` + strings.Replace(refundC3("34", "1", "4000"), `"C3"`, `"C4"`, 1) + `]}`)
	second := ok(`{"count":2,"page":2,"size":500,"list":[` + refundC3("33", "1", "4000") + `]}`)
	w, far := answering(t, map[string][]string{"GET /refund/list": {first, second}, "GET /payment/detail": {ok(orderC3())}})
	r, err := w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: "R1", Payment: wallet.Ref{RequestID: "C3"}, LastSentAt: noon})
	if err != nil || r.RefundID != "33" || far.called("GET /refund/list?page=2&") != 1 {
		t.Errorf("got %+v and %v after %q, want 33 from the second page", r, err, far.calls)
	}
	endless := ok(`{"count":1000000,"page":1,"size":500,"list":[` + strings.Replace(refundC3("34", "1", "4000"), `"C3"`, `"C4"`, 1) + `]}`)
	w, _ = answering(t, map[string][]string{"GET /refund/list": {endless}})
	if _, err := w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: "R1", Payment: wallet.Ref{RequestID: "C3"}}); !errors.Is(err, fault.Unknown) {
		t.Errorf("a list without an end: got %v, want unknown", err)
	}
}

func TestARefusedRepeatOfARefundIsSearchedFor(t *testing.T) {
	far := map[string][]string{
		"GET /payment/detail": {ok(orderC3())}, "POST /refund/createRefundOrder": {`{"code":400,"msg":"no"}`},
		"GET /refund/list": {listOf(), listOf(), listOf(), listOf(refundC3("33", "0", "4000"))},
	}
	w, _ := answering(t, far)
	req := refundRequest(4_000)
	req.LastSentAt = noon.Add(-time.Second)
	if r, err := w.Refund(t.Context(), req); err != nil || r.RefundID != "33" || r.Status != wallet.RefundSucceeded {
		t.Errorf("got %+v and %v, want the refund that was made", r, err)
	}
	w, _ = answering(t, map[string][]string{
		"GET /payment/detail": {ok(orderC3())}, "POST /refund/createRefundOrder": {`{"code":400,"msg":"no"}`}, "GET /refund/list": {listOf()},
	})
	if r, err := w.Refund(t.Context(), refundRequest(4_000)); !errors.Is(err, fault.Declined) {
		t.Errorf("the first time: got %+v and %v, want declined", r, err)
	}
}

func TestLateCallbacksAreRequested(t *testing.T) {
	w, far := answering(t, map[string][]string{"GET /payment/notify": {`{"code":200,"msg":"Success"}`}, "GET /refund/notify": {`{"code":200,"msg":"Success"}`}})
	if err := w.Renotify(t.Context(), wallet.Ref{RequestID: "C3"}); err != nil {
		t.Error(err)
	}
	if err := w.RenotifyRefund(t.Context(), wallet.RefundRef{RefundID: "33", Payment: wallet.Ref{RequestID: "C3"}}); err != nil {
		t.Error(err)
	}
	if far.calls[0] != "GET /payment/notify?outTradeNo=C3" || far.calls[1] != "GET /refund/notify?outTradeNo=C3&refundId=33" {
		t.Errorf("got the calls %q", far.calls)
	}
}
