package miniprogram_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// script answers calls by the last part of their path, unsigned, and notes them.
type script struct {
	answers map[string]string
	calls   []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	s.calls = append(s.calls, name)
	return &http.Response{
		StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: io.NopCloser(strings.NewReader(s.answers[name])), Request: r,
	}, nil
}

var requested = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// answering is a wallet whose provider follows a script, a while after requested.
func answering(t *testing.T, profile string, later time.Duration, answers map[string]string) (*miniprogram.Wallet, *script) {
	t.Helper()
	c := settings(t, profile, "https://wallet.example")
	off := miniprogram.Off
	c.Overrides.VerifyAnswer = &off
	s := &script{answers: answers}
	return openWallet(t, c, wallet.Env{HTTP: &http.Client{Transport: s}, Now: func() time.Time { return requested.Add(later) }}), s
}

const (
	done       = `{"result":{"resultStatus":"S","resultCode":"SUCCESS"},`
	absent     = `{"result":{"resultStatus":"F","resultCode":"ORDER_NOT_EXIST"}}`
	wrongState = `{"result":{"resultStatus":"F","resultCode":"ORDER_STATUS_INVALID"}}`
	refused    = `{"result":{"resultStatus":"F","resultCode":"USER_BALANCE_NOT_ENOUGH"}}`
)

func refunding() wallet.RefundRequest {
	return wallet.RefundRequest{
		RequestID: "RR", Payment: wallet.Ref{RequestID: "R1", PaymentID: "1"}, Amount: wallet.Money{Minor: 5, Currency: "USD"},
	}
}

func TestARefundsAnswerAboutAnotherRefundOrPaymentIsUnknown(t *testing.T) {
	ref := wallet.RefundRef{RequestID: "RR", RefundID: "F1", Payment: wallet.Ref{RequestID: "R1", PaymentID: "1"}}
	for members, about := range map[string]bool{
		`"refundId":"F1"`: true,
		`"refundId":"F1","refundRequestId":"RR","paymentId":"1","paymentRequestId":"R1"`: true,
		`"refundId":"F2"`: false,
		`"refundId":"F1","refundRequestId":"OTHER"`:              false,
		`"refundId":"F1","paymentRequestId":"OTHER"`:             false,
		`"refundId":"F1","paymentId":"2"`:                        false,
		`"refundId":"F1","paymentId":"2","refundRequestId":"RR"`: false,
	} {
		answer := done + members + `,"refundStatus":"SUCCESS"}`
		w, _ := answering(t, "generic-v2", 0, map[string]string{
			"inquiryRefund": answer, "refund": answer, "inquiryPayment": done + `"paymentId":"1","paymentRequestId":"R1"}`,
		})
		got, err := w.QueryRefund(t.Context(), ref)
		if about && (err != nil || got.RefundRef != ref) || !about && !errors.Is(err, fault.Unknown) {
			t.Errorf("a query answered with %s: got %+v and %v, about it: %v", members, got, err, about)
		}
		req := refunding()
		refund, err := w.Refund(t.Context(), req)
		if strings.Contains(members, "F2") {
			continue // the refund's first answer names it
		}
		if about != (err == nil) || about && refund.RefundRef != ref {
			t.Errorf("a refund answered with %s: got %+v and %v, about it: %v", members, refund, err, about)
		}
	}
}

func TestARefundOfAPaymentThatTheWalletNamedAnewIsKnown(t *testing.T) {
	w, s := answering(t, "generic-v2", 0, map[string]string{
		"refund":         done + `"refundId":"F1","paymentId":"2"}`,
		"inquiryPayment": done + `"paymentId":"2","paymentRequestId":"R1","paymentStatus":"SUCCESS"}`,
	})
	got, err := w.Refund(t.Context(), refunding())
	if err != nil || got.Status != wallet.RefundSucceeded || got.RefundID != "F1" {
		t.Errorf("got %+v and %v, want the refund", got, err)
	}
	if calls := strings.Join(s.calls, " "); calls != "refund inquiryPayment" {
		t.Errorf("got the calls %s, want a query by the payment's ids", calls)
	}
}

func TestARefundIsFoundByTheWalletsIDAlone(t *testing.T) {
	w, _ := answering(t, "generic-v2", 0, map[string]string{
		"inquiryRefund": done + `"refundId":"F1","refundRequestId":"RR","paymentId":"1","refundStatus":"SUCCESS"}`,
	})
	got, err := w.QueryRefund(t.Context(), wallet.RefundRef{RefundID: "F1", LastSentAt: requested})
	want := wallet.RefundRef{RequestID: "RR", RefundID: "F1", Payment: wallet.Ref{PaymentID: "1"}}
	if err != nil || got.RefundRef != want {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
}

func TestARefusedRepeatAfterALostAnswerIsQueried(t *testing.T) {
	paid := done + `"paymentId":"1","paymentRequestId":"R1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"USD","value":"5"}}`
	for _, c := range []struct {
		name, pay, query string
		lastSentAt       time.Time
		later            time.Duration
		status           wallet.Status
		kind             fault.Kind
	}{
		{"the first refusal counts", refused, paid, time.Time{}, 0, "", fault.Declined},
		{"what was executed stands", refused, paid, requested, 0, wallet.Paid, 0},
		{"a wrong state is queried too", wrongState, paid, requested, 0, wallet.Paid, 0},
		{"queries may still lag", refused, absent, requested, time.Minute, "", fault.Unknown},
		{"queries can lag no more", refused, absent, requested, time.Minute + 1, "", fault.Declined},
		{"a wrong state while queries may lag", wrongState, absent, requested, time.Minute, "", fault.Unknown},
		{"a wrong state the first time", wrongState, absent, time.Time{}, 0, "", fault.Declined},
		{"the query is refused too", refused, refused, requested, time.Hour, "", fault.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := answering(t, "generic-v2", c.later, map[string]string{"pay": c.pay, "inquiryPayment": c.query})
			req := request("R1", "USD")
			req.LastSentAt = c.lastSentAt
			got, err := w.CreatePayment(t.Context(), req)
			if c.status != "" && (err != nil || got.Status != c.status) || c.status == "" && fault.KindOf(err) != c.kind {
				t.Errorf("got %+v and %v, want %q or %s", got, err, c.status, c.kind)
			}
		})
	}
}

func TestARefusedRepeatOfARefundIsQueried(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		later time.Duration
		want  fault.Kind
	}{
		"what was executed stands": {done + `"refundId":"F1","refundStatus":"SUCCESS"}`, 0, 0},
		"queries may still lag":    {absent, time.Minute, fault.Unknown},
		"queries can lag no more":  {absent, time.Minute + 1, fault.Invalid},
	} {
		w, _ := answering(t, "generic-v2", c.later, map[string]string{
			"refund": `{"result":{"resultStatus":"F","resultCode":"REFUND_AMOUNT_EXCEED"}}`, "inquiryRefund": c.query,
		})
		req := refunding()
		req.LastSentAt = requested
		got, err := w.Refund(t.Context(), req)
		if c.want == 0 && (err != nil || got.Status != wallet.RefundSucceeded) || c.want != 0 && fault.KindOf(err) != c.want {
			t.Errorf("%s: got %+v and %v, want %s", name, got, err, c.want)
		}
	}
}

func TestAWalletThatIsQueriedFirstIsNotPaidTwiceWhileItsQueriesLag(t *testing.T) {
	for later, calls := range map[time.Duration]string{time.Minute: "inquiryPayment", time.Minute + 1: "inquiryPayment pay"} {
		w, s := answering(t, "vodapay", later, map[string]string{"inquiryPayment": absent, "pay": publishedPay})
		req := request("R1", "ZAR")
		req.LastSentAt = requested
		_, err := w.CreatePayment(t.Context(), req)
		if got := strings.Join(s.calls, " "); got != calls {
			t.Errorf("after %v: got the calls %s and %v, want %s", later, got, err, calls)
		}
		if later == time.Minute && !errors.Is(err, fault.Unknown) {
			t.Errorf("after %v: got %v, want unknown", later, err)
		}
	}
}

func TestThePaceSaysHowLongQueriesMayLag(t *testing.T) {
	c := settings(t, "gcash", "https://wallet.example")
	for set, want := range map[time.Duration]time.Duration{0: time.Minute, 5 * time.Second: 5 * time.Second} {
		c.Lag = set
		if got := openWallet(t, c, wallet.Env{}).Pace(); got != (wallet.Pace{Lag: want}) {
			t.Errorf("lag %v: got %+v, want %v and the usual pace", set, got, want)
		}
	}
	c.Lag = -1
	if _, err := c.Open(wallet.Env{}); !errors.Is(err, fault.Invalid) || fault.Of(err).Fields[0].Name != "lag" {
		t.Errorf("a negative lag: got %v, want invalid, naming lag", err)
	}
}
