package simulator_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestAnInquiryReportsThePaymentsStatus(t *testing.T) {
	for _, c := range []struct{ profile, outcome, status string }{
		{"generic-v1", "", "PROCESSING"},
		{"generic-v1", "later", "PROCESSING"},
		{"ams", "later", "PENDING"},
		{"generic-v1", "pay", "SUCCESS"},
		{"generic-v1", "decline", "FAIL"},
		{"generic-v1", "cancel", "PROCESSING"},
		{"generic-v1", "leave", "PROCESSING"},
	} {
		t.Run(c.profile+" "+c.outcome, func(t *testing.T) {
			s := newTill(t, c.profile)
			s.open("A")
			if c.outcome != "" {
				s.settle("A", c.outcome)
			}
			got := s.inquire("A")
			want(t, "paymentStatus", got.text("paymentStatus"), c.status)
			want(t, "result", got.word(), "S/SUCCESS")
		})
	}
}

func TestAlipayPlusReportsByAResult(t *testing.T) {
	s := newTill(t, "alipayplus")
	s.open("A")
	status := func() string {
		inner, _ := s.inquire("A").fields["paymentResult"].(map[string]any)
		word, _ := inner["resultStatus"].(string)
		return word
	}
	want(t, "open", status(), "U")
	s.settle("A", "pay")
	want(t, "paid", status(), "S")
}

func TestTheWalletsIDWins(t *testing.T) {
	s := newTill(t, "generic-v2")
	id := s.open("A").text("paymentId")
	s.open("B")
	want(t, "both ids", s.call("payments/inquiryPayment", fields{"paymentId": id, "paymentRequestId": "B"}).text("paymentRequestId"), "A")
	want(t, "an unknown id beside a known", s.call("payments/inquiryPayment", fields{"paymentId": "9", "paymentRequestId": "B"}).word(), "F/ORDER_NOT_EXIST")
	wantIllegal(t, s.call("payments/inquiryPayment", fields{}), "paymentId")
}

func TestCancel(t *testing.T) {
	for _, c := range []struct {
		name, profile, outcome string
		want, status           string
		captured, refunded     int64
	}{
		{"an open payment", "generic-v2", "leave", "S/SUCCESS", "CANCELED", 0, 0},
		{"one in processing", "generic-v2", "later", "S/SUCCESS", "CANCELED", 0, 0},
		{"a paid one is refunded", "generic-v2", "pay", "S/SUCCESS", "CANCELED", 1234, 1234},
		{"a paid one that its wallet keeps", "superqi", "pay", "F/ORDER_STATUS_INVALID", "PAID", 1234, 0},
		{"a failed one", "generic-v2", "decline", "F/ORDER_STATUS_INVALID", "FAILED", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTill(t, c.profile)
			s.open("A")
			s.settle("A", c.outcome)
			for range 2 { // a repeat answers the same
				want(t, "cancel", s.call("payments/cancel", fields{"paymentRequestId": "A"}).word(), c.want)
				s.wantBooks("A", c.status, c.captured, c.refunded)
			}
			s.settle("A", "pay") // too late
			s.clock.Advance(time.Hour)
			s.RunOnce(t.Context())
			s.wantBooks("A", c.status, c.captured, c.refunded)
		})
	}
	s := newTill(t, "generic-v2")
	want(t, "an unknown payment", s.call("payments/cancel", fields{"paymentRequestId": "A"}).word(), "F/ORDER_NOT_EXIST")
	s.open("B")
	s.settle("B", "pay")
	s.clock.Advance(25 * time.Hour)
	want(t, "a paid payment of yesterday", s.call("payments/cancel", fields{"paymentRequestId": "B"}).word(), "F/CANCEL_WINDOW_EXCEED")
}

// held opens a payment whose money is only held, and returns its id.
func (s *till) held(id string) string {
	s.Helper()
	opened := s.open(id, hold)
	s.settle(id, "pay")
	s.wantBooks(id, "AUTHORIZED", 0, 0)
	return opened.text("paymentId")
}

func TestHeldMoneyIsCapturedInParts(t *testing.T) {
	s := newTill(t, "generic-v2")
	pay := s.held("A")
	want(t, "held", s.inquire("A").text("paymentStatus"), "AUTH_SUCCESS")
	part := fields{"paymentId": pay, "captureRequestId": "C1", "captureAmount": sum("1000"), "isLastCapture": "false"}
	first := s.call("payments/capture", part)
	want(t, "first", first.word(), "S/SUCCESS")
	want(t, "repeat", s.call("payments/capture", part).text("captureId"), first.text("captureId"))
	want(t, "repeat with another amount", s.call("payments/capture", change(part, "captureAmount", sum("999"))).word(), "F/REPEAT_REQ_INCONSISTENT")
	s.wantBooks("A", "AUTHORIZED", 1000, 0)
	more := fields{"paymentId": pay, "captureRequestId": "C2", "captureAmount": sum("235")}
	want(t, "more than is left", s.call("payments/capture", more).word(), "F/PAYMENT_AMOUNT_EXCEED_LIMIT")
	want(t, "the last", s.call("payments/capture", change(more, "captureAmount", sum("200"))).word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 1200, 0)
	want(t, "after the last", s.call("payments/capture", fields{"paymentId": pay, "captureRequestId": "C3"}).word(), "F/ORDER_STATUS_INVALID")
	if reported := s.RunOnce(t.Context()); reported != 0 {
		t.Errorf("attempts to notify: got %d, want none for held money", reported)
	}
}

func TestOneWalletCapturesOnce(t *testing.T) {
	s := newTill(t, "superqi")
	pay := s.held("A")
	part := fields{"paymentId": pay, "captureRequestId": "C1", "captureAmount": sum("1000"), "isLastCapture": false}
	want(t, "capture", s.call("payments/capture", part).word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 1000, 0)
	want(t, "status", s.inquire("A").text("paymentStatus"), "SUCCESS")
}

func TestWithoutAnAmountAllIsCaptured(t *testing.T) {
	s := newTill(t, "generic-v2")
	want(t, "capture", s.call("payments/capture", fields{"paymentId": s.held("A"), "captureRequestId": "C"}).word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 1234, 0)
}

func TestVoidReleasesTheHold(t *testing.T) {
	s := newTill(t, "superqi")
	s.open("A", hold, with("voidNotifyUrl", notifyURL))
	s.settle("A", "pay")
	void := fields{"paymentRequestId": "A", "voidRequestId": "V"}
	first := s.void(void)
	want(t, "void", first.word(), "S/SUCCESS")
	want(t, "repeat", s.void(void).text("voidId"), first.text("voidId"))
	want(t, "another void", s.void(change(void, "voidRequestId", "W")).word(), "F/ORDER_STATUS_INVALID")
	want(t, "capture", s.call("payments/capture", fields{"paymentId": first.text("paymentId"), "captureRequestId": "C"}).word(), "F/ORDER_STATUS_INVALID")
	s.wantBooks("A", "VOIDED", 0, 0)
	s.RunOnce(t.Context())
	s.wantReported(`"voidRequestId":"V"`)
}

func TestVoidAfterACaptureReleasesTheRest(t *testing.T) {
	s := newTill(t, "generic-v2")
	pay := s.held("A")
	s.call("payments/capture", fields{"paymentId": pay, "captureRequestId": "C", "captureAmount": sum("1000"), "isLastCapture": false})
	want(t, "void", s.void(fields{"paymentId": pay, "voidRequestId": "V"}).word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 1000, 0)
}

func TestRefundsStopAtWhatWasCaptured(t *testing.T) {
	s := newTill(t, "generic-v2")
	pay := s.open("A").text("paymentId")
	refund := func(request, value string) reply {
		return s.call("payments/refund", fields{"refundRequestId": request, "paymentId": pay, "refundAmount": sum(value)})
	}
	want(t, "before it is paid", refund("R0", "1").word(), "F/ORDER_STATUS_INVALID")
	s.settle("A", "pay")
	first := refund("R1", "1000")
	want(t, "a part", first.word(), "S/SUCCESS")
	want(t, "its repeat", refund("R1", "1000").text("refundId"), first.text("refundId"))
	want(t, "its repeat with another amount", refund("R1", "999").word(), "F/REPEAT_REQ_INCONSISTENT")
	want(t, "too much", refund("R2", "235").word(), "F/REFUND_AMOUNT_EXCEED")
	want(t, "the rest", refund("R2", "234").word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 1234, 1234)
	other := fields{"refundRequestId": "R3", "paymentId": pay, "refundAmount": fields{"currency": "EUR", "value": "1"}}
	want(t, "another currency", s.call("payments/refund", other).word(), "F/CURRENCY_NOT_SUPPORT")
	want(t, "an unknown payment", s.call("payments/refund", change(other, "paymentId", "9")).word(), "F/ORDER_NOT_EXIST")
	want(t, "cancel after a refund", s.call("payments/cancel", fields{"paymentId": pay}).word(), "F/ORDER_STATUS_INVALID")
	for name, by := range map[string]fields{"by our id": {"refundRequestId": "R1"}, "by the wallet's": {"refundId": first.text("refundId")}} {
		want(t, name, s.call("payments/inquiryRefund", by).text("refundStatus"), "SUCCESS")
	}
	want(t, "an unknown refund", s.call("payments/inquiryRefund", fields{"refundRequestId": "R9"}).word(), "F/ORDER_NOT_EXIST")
}

func TestRefundsMayWaitForADecision(t *testing.T) {
	for approve, c := range map[bool]struct {
		status, word string
		refunded     int64
	}{true: {"SUCCESS", "S/SUCCESS", 1000}, false: {"FAIL", "F/PROCESS_FAIL", 0}} {
		s := newTill(t, "rebell", func(c *simulator.Config) { c.AsyncRefunds = true })
		s.open("A", with("paymentNotifyUrl", nil))
		s.settle("A", "pay")
		refund := fields{"refundRequestId": "R", "paymentRequestId": "A", "refundAmount": sum("1000"), "refundNotifyUrl": notifyURL}
		want(t, "refund", s.call("payments/refund", refund).word(), "U/REFUND_IN_PROCESS")
		want(t, "waiting", s.call("payments/inquiryRefund", fields{"refundRequestId": "R"}).text("refundStatus"), "PROCESSING")
		over := fields{"refundRequestId": "R2", "paymentRequestId": "A", "refundAmount": sum("235")}
		want(t, "what waits counts", s.call("payments/refund", over).word(), "F/REFUND_AMOUNT_EXCEED")
		if err := s.DecideRefund("R", approve); err != nil {
			t.Fatal(err)
		}
		want(t, "decided", s.call("payments/inquiryRefund", fields{"refundRequestId": "R"}).text("refundStatus"), c.status)
		want(t, "repeat", s.call("payments/refund", refund).word(), c.word)
		s.wantBooks("A", "PAID", 1234, c.refunded)
		s.RunOnce(t.Context())
		s.wantReported(`"refundStatus":"` + c.status + `"`)
		if s.DecideRefund("R", approve) == nil {
			t.Error("a refund was decided twice")
		}
	}
}

func TestAHoldIsReleasedInTheEnd(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.held("A")
	want(t, "authExpiryTime", s.inquire("A").text("authExpiryTime"), "2026-01-09T10:15:00+08:00")
	s.clock.Advance(7 * 24 * time.Hour)
	want(t, "status", s.inquire("A").text("paymentStatus"), "FAIL")
	s.wantBooks("A", "VOIDED", 0, 0)
}

func TestAHoldIsReleasedByTimeAlone(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.held("A")
	s.clock.Advance(7*24*time.Hour - time.Millisecond)
	s.RunOnce(t.Context())
	s.wantBooks("A", "AUTHORIZED", 0, 0)
	s.clock.Advance(time.Millisecond)
	s.RunOnce(t.Context())
	s.wantBooks("A", "VOIDED", 0, 0)
}

func TestWhatIsProcessingCanBeEndedByHand(t *testing.T) {
	for outcome, status := range map[string]string{"pay": "PAID", "decline": "FAILED", "leave": "PROCESSING"} {
		s := newTill(t, "generic-v2")
		s.open("A")
		s.settle("A", "later")
		s.settle("A", outcome)
		want(t, outcome, s.Books("A").Status, status)
	}
}
