package simulator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// paid opens a payment and lets the payer pay it.
func (s *till) paid(id string, change ...func(fields)) reply {
	s.Helper()
	out := s.open(id, change...)
	s.settle(id, "pay")
	return out
}

func (s *till) refund(id, request, value string) reply {
	s.Helper()
	return s.call("payments/refund", s.named(fields{"refundRequestId": request, "paymentRequestId": id, "refundAmount": sum(value)}))
}

func (s *till) inquireRefund(request string) reply {
	s.Helper()
	return s.call("payments/inquiryRefund", s.named(fields{"refundRequestId": request}))
}

func TestARepeatThatWasExecutedIsRefused(t *testing.T) {
	for name, codes := range map[string][]string{
		"payments/pay":     {"F/PAYMENT_AMOUNT_EXCEED_LIMIT", "F/USER_BALANCE_NOT_ENOUGH", "F/ORDER_STATUS_INVALID"},
		"payments/refund":  {"F/REFUND_AMOUNT_EXCEED", "F/PARTNER_BALANCE_NOT_ENOUGH", "F/ORDER_STATUS_INVALID"},
		"payments/capture": {"F/PAYMENT_AMOUNT_EXCEED_LIMIT", "F/USER_BALANCE_NOT_ENOUGH", "F/ORDER_STATUS_INVALID"},
		"payments/void":    {"F/PAYMENT_AMOUNT_EXCEED_LIMIT", "F/PROCESS_FAIL", "F/ORDER_STATUS_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTill(t, "superqi")
			s.Inject(simulator.Rule{Fault: simulator.RefuseRepeat})
			var body fields
			switch name {
			case "payments/pay":
				body = s.paying("A")
			case "payments/refund":
				s.paid("A")
				body = fields{"refundRequestId": "R", "paymentRequestId": "A", "refundAmount": sum("34")}
			case "payments/capture":
				id := s.paid("A", hold).text("paymentId")
				body = fields{"captureRequestId": "C", "paymentId": id, "captureAmount": sum("1000")}
			case "payments/void":
				s.paid("A", hold)
				body = fields{"voidRequestId": "V", "paymentRequestId": "A"}
			}
			if first := s.call(name, body); first.Result.Status != "S" && first.Result.Status != "A" {
				t.Fatalf("the first: got %s", first.Body)
			}
			before := s.Books("A")
			var injected []string
			for range 24 {
				got := s.call(name, body)
				if !slices.Contains(codes, got.word()) || !got.signed {
					t.Errorf("a repeat: got %s, want one of %q", got.word(), codes)
				}
				injected = append(injected, got.word())
			}
			slices.Sort(injected)
			if len(slices.Compact(injected)) != len(codes) {
				t.Errorf("injected %q, want all of %q", slices.Compact(injected), codes)
			}
			if s.Books("A") != before {
				t.Errorf("a repeat moved money: got %+v, want %+v", s.Books("A"), before)
			}
			s.Clear()
			if got := s.call(name, body); got.Result.Status == "F" {
				t.Errorf("without the fault: got %s", got.Body)
			}
		})
	}
}

func TestARefusedRepeatWaitsForARepeat(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.RefuseRepeat, Endpoint: "pay", Times: 1})
	s.open("A")
	s.open("B")
	if got := s.call("payments/pay", s.paying("A")); got.Result.Status != "F" {
		t.Errorf("the first repeat: got %s, want a refusal", got.word())
	}
	s.open("A")
}

func TestInquiriesLagForAWhile(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.LagQuery})
	s.open("A")
	want(t, "a fresh payment", s.inquire("A").word(), "F/ORDER_NOT_EXIST")
	s.clock.Advance(20*time.Second - time.Millisecond)
	want(t, "just before the lag's end", s.inquire("A").word(), "F/ORDER_NOT_EXIST")
	s.clock.Advance(time.Millisecond)
	want(t, "after the lag", s.inquire("A").text("paymentStatus"), "PROCESSING")
	s.settle("A", "pay")
	lagging := s.inquire("A")
	want(t, "just paid", lagging.text("paymentStatus"), "PROCESSING")
	if lagging.fields["transactions"] != nil || lagging.text("paymentTime") != "" {
		t.Errorf("just paid: got %s, want nothing of it", lagging.Body)
	}
	s.clock.Advance(20 * time.Second)
	want(t, "after the lag", s.inquire("A").text("paymentStatus"), "SUCCESS")
	s.refund("A", "R", "34")
	want(t, "a fresh refund", s.inquireRefund("R").word(), "F/ORDER_NOT_EXIST")
	s.clock.Advance(20 * time.Second)
	want(t, "a refund after the lag", s.inquireRefund("R").text("refundStatus"), "SUCCESS")
	if err := s.Reverse("A"); err != nil {
		t.Fatal(err)
	}
	want(t, "just reversed", s.inquire("A").text("paymentStatus"), "SUCCESS")
	s.wantBooks("A", "CANCELED", 34, 34)
}

func TestALaggingInquiryNamesThePaymentAsItWasNamed(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.LagQuery}, simulator.Rule{Fault: simulator.ChangeID})
	opened := s.open("A").text("paymentId")
	s.clock.Advance(time.Minute)
	s.settle("A", "pay")
	want(t, "just paid", s.inquire("A").text("paymentId"), opened)
	s.clock.Advance(time.Minute)
	if got := s.inquire("A").text("paymentId"); got == opened {
		t.Error("after the lag the id is still the former one")
	}
}

func TestARefundThatIsDecidedLaterLagsAsProcessing(t *testing.T) {
	s := newTill(t, "superqi", func(c *simulator.Config) { c.AsyncRefunds = true })
	s.paid("A")
	s.refund("A", "R", "34")
	s.clock.Advance(time.Minute)
	s.Inject(simulator.Rule{Fault: simulator.LagQuery})
	if err := s.DecideRefund("R", true); err != nil {
		t.Fatal(err)
	}
	want(t, "just decided", s.inquireRefund("R").text("refundStatus"), "PROCESSING")
}

func TestTheLagIsBoundedAndDrawnPerInquiry(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.LagQuery, Endpoint: "inquiryPayment", Rate: 0.5, Delay: time.Second})
	s.open("A")
	var words []string
	for range 40 {
		words = append(words, s.inquire("A").word())
	}
	if !slices.Contains(words, "F/ORDER_NOT_EXIST") || !slices.Contains(words, "S/SUCCESS") {
		t.Errorf("got %q, want some that lag and some that do not", words)
	}
	s.clock.Advance(time.Second)
	for range 40 {
		want(t, "after the lag", s.inquire("A").word(), "S/SUCCESS")
	}
}

func TestCancelOfAPaidPaymentRefundsInEveryDialect(t *testing.T) {
	for profile, reported := range map[string]string{
		"generic-v1": `"paymentStatus":"CANCELLED"`, "superqi": `"paymentStatus":"FAIL"`, "generic-v2": `"resultStatus":"F"`,
		"alipayplus": `"resultStatus":"F"`, "ams": `"resultStatus":"F"`,
	} {
		t.Run(profile, func(t *testing.T) {
			s := newTill(t, profile)
			s.Inject(simulator.Rule{Fault: simulator.CancelReverses})
			s.paid("A")
			for range 2 {
				want(t, "cancel", s.call("payments/cancel", fields{"paymentRequestId": "A"}).word(), "S/SUCCESS")
			}
			s.wantBooks("A", "CANCELED", 0, 0)
			s.RunOnce(t.Context())
			all := s.notices()
			if len(all) != 2 || !strings.Contains(all[1].body, reported) || !all[1].signed {
				t.Fatalf("got %+v, want success and then %s", all, reported)
			}
			want(t, "a refund of it", s.refund("A", "R", "1").word(), "F/ORDER_STATUS_INVALID")
			s.open("OPEN")
			want(t, "an open one", s.call("payments/cancel", fields{"paymentRequestId": "OPEN"}).word(), "S/SUCCESS")
			s.wantBooks("OPEN", "CANCELED", 0, 0)
		})
	}
}

func TestAPaidPaymentIsReversedByHand(t *testing.T) {
	s := newTill(t, "generic-v2")
	id := s.open("A").text("paymentId")
	if err := s.Reverse("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("an open payment: got %v, want not paid", err)
	}
	s.settle("A", "pay")
	s.refund("A", "R", "34")
	s.RunOnce(t.Context())
	s.clock.Advance(48 * time.Hour)
	if err := s.Reverse(id); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	if all := s.notices(); len(all) != 2 || !all[1].signed || !strings.Contains(all[1].body, "ORDER_STATUS_INVALID") {
		t.Errorf("got %+v, want success and then its end, signed", all)
	}
	s.wantBooks("A", "CANCELED", 34, 34)
	if err := s.Reverse("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("again: got %v, want not paid", err)
	}
	if err := s.Reverse("NEVER"); !errors.Is(err, simulator.ErrNoPayment) {
		t.Errorf("what is not there: got %v, want no payment", err)
	}
}

func TestCancelIsRefusedForGood(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.RefuseCancel})
	s.open("A")
	for range 2 {
		want(t, "cancel", s.call("payments/cancel", fields{"paymentRequestId": "A"}).word(), "F/ORDER_STATUS_INVALID")
	}
	s.wantBooks("A", "PENDING", 0, 0)
	s.settle("A", "later")
	want(t, "one in processing", s.call("payments/cancel", fields{"paymentRequestId": "A"}).word(), "F/ORDER_STATUS_INVALID")
	s.clock.Advance(time.Minute)
	want(t, "inquiry", s.inquire("A").text("paymentStatus"), "SUCCESS")
}

func TestAPaymentGetsAnotherIDWhenItIsPaid(t *testing.T) {
	for _, outcome := range []string{"pay", "later"} {
		t.Run(outcome, func(t *testing.T) {
			s := newTill(t, "generic-v2")
			s.Inject(simulator.Rule{Fault: simulator.ChangeID})
			opened := s.open("A").text("paymentId")
			url := s.PaymentURL("A")
			s.settle("A", outcome)
			s.clock.Advance(5 * time.Second)
			s.RunOnce(t.Context())
			now := s.inquire("A").text("paymentId")
			if now == opened || now == "" {
				t.Fatalf("the id is still %s", opened)
			}
			if all := s.notices(); len(all) != 1 || !strings.Contains(all[0].body, `"paymentId":"`+now+`"`) || strings.Contains(all[0].body, opened) {
				t.Errorf("notified: got %+v, want the new id alone", all)
			}
			for _, id := range []string{opened, now} {
				got := s.call("payments/inquiryPayment", fields{"paymentId": id})
				want(t, "by "+id, got.text("paymentId")+" "+got.text("paymentRequestId"), now+" A")
			}
			want(t, "the payment URL", s.PaymentURL("A"), url)
			refund := fields{"refundRequestId": "R", "paymentId": opened, "refundAmount": sum("34")}
			want(t, "a refund by the former id", s.call("payments/refund", refund).word(), "S/SUCCESS")
			s.wantBooks("A", "PAID", 1234, 34)
		})
	}
}

func TestAPayerPaysTwiceUnderOneRequestID(t *testing.T) {
	s := newTill(t, "generic-v2")
	first := s.open("A").text("paymentId")
	if err := s.SecondCharge("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("an open payment: got %v, want not paid", err)
	}
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	second := s.inquire("A").text("paymentId")
	if second == first {
		t.Fatal("the inquiry names the first payment, want the newest")
	}
	if all := s.notices(); len(all) != 2 || !strings.Contains(all[0].body, first) || !strings.Contains(all[1].body, second) {
		t.Errorf("got %+v, want each payment reported", all)
	}
	if n := len(s.Deliveries("A")); n != 2 {
		t.Errorf("deliveries: got %d, want 2", n)
	}
	if got := s.Books("A"); got.Payments != 2 || got.Captured.Minor != 2*1234 {
		t.Errorf("got %+v, want both payments on the books", got)
	}
	for _, id := range []string{first, second} {
		want(t, "by its id", s.call("payments/inquiryPayment", fields{"paymentId": id}).text("paymentId"), id)
	}
	of := func(id, request, value string) fields {
		return fields{"paymentId": id, "refundRequestId": request, "refundAmount": sum(value)}
	}
	want(t, "a refund of the first", s.call("payments/refund", of(first, "R", "1234")).word(), "S/SUCCESS")
	want(t, "its repeat by the request id", s.refund("A", "R", "1234").word(), "S/SUCCESS")
	want(t, "the first has nothing left", s.call("payments/refund", of(first, "R2", "1")).word(), "F/REFUND_AMOUNT_EXCEED")
	want(t, "a refund of the newest", s.refund("A", "R3", "34").word(), "S/SUCCESS")
	s.wantBooks("A", "PAID", 2*1234, 1234+34)
}

func TestASecondChargeLagsBehindTheFirst(t *testing.T) {
	s := newTill(t, "generic-v2")
	first := s.paid("A").text("paymentId")
	s.clock.Advance(time.Minute)
	s.Inject(simulator.Rule{Fault: simulator.LagQuery})
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	want(t, "the inquiry", s.inquire("A").text("paymentId"), first)
}

func TestChargesOfOneRequestAreForgottenOneByOne(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.MaxPayments = 2 })
	s.Inject(simulator.Rule{Fault: simulator.ChangeID})
	first := s.paid("A").text("paymentId")
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	s.paid("B")
	want(t, "the first", s.call("payments/inquiryPayment", fields{"paymentId": first}).word(), "F/ORDER_NOT_EXIST")
	if got := s.Books("A"); got.Payments != 1 || got.Captured.Minor != 1234 {
		t.Errorf("got %+v, want the second charge alone", got)
	}
	s.RunOnce(t.Context())
	s.open("C")
	if got := s.Books("A"); got.Payments != 0 {
		t.Errorf("got %+v, want none left", got)
	}
}

func TestOtherProgramsReverseAndChargeAgain(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.Control = true })
	s.paid("A")
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"secondcharge", `{"requestId":"A"}`, 200}, {"reverse", `{"requestId":"A"}`, 200}, {"reverse", `{"requestId":"A"}`, 404},
		{"faults", `{"fault":"lag_query","endpoint":"inquiryPayment","rate":0.25,"delay":"3s"}`, 200},
		{"faults", `{"fault":"lag_query","endpoint":"pay"}`, 400}, {"faults", `{"fault":"lag_query","rate":1.5}`, 400},
	} {
		if got := s.control("POST", c.name, c.body).Code; got != c.want {
			t.Errorf("%s %s: got HTTP %d, want %d", c.name, c.body, got, c.want)
		}
	}
	if got := s.Books("A"); got.Captured.Minor != 1234 || got.Payments != 2 {
		t.Errorf("got %+v, want one of two charges left", got)
	}
	if rules := s.Rules(); len(rules) != 1 || rules[0].Rate != 0.25 || rules[0].Delay != 3*time.Second {
		t.Errorf("got %+v, want the rule", rules)
	}
}
