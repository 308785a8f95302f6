package simulator_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// on switches a fault on for good.
func (s *till) on(fault simulator.Fault) {
	s.Helper()
	s.Inject(simulator.Rule{Fault: fault})
}

func (s *till) paid(id string, change ...func(fields)) payment {
	s.Helper()
	out := s.create(id, change...)
	s.settle(id, "pay")
	return out
}

func (s *till) query(body fields) payment { s.Helper(); return s.call("/v1/payments/query", body) }

func (s *till) refunding(id, request, value string) fields {
	return fields{"requestId": id, "refundRequestId": request, "amount": fields{"currency": "USD", "value": value}}
}

func (s *till) wantLedger(captured, refunded int64) {
	s.Helper()
	usd := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }
	if got, want := s.Ledger()["USD"], (simulator.Sums{Captured: usd(captured), Refunded: usd(refunded)}); got != want {
		s.Errorf("the ledger: got %+v, want %+v", got, want)
	}
}

func (s *till) wantCode(doing string, got payment, want string) {
	s.Helper()
	if got.Code != want || !got.signed {
		s.Errorf("%s: got HTTP %d, %q, signed %v, want %q", doing, got.HTTP, got.Code, got.signed, want)
	}
}

func TestARepeatThatWasExecutedIsRefused(t *testing.T) {
	final := []string{"AMOUNT_EXCEEDED", "INVALID_STATE", "BALANCE_NOT_ENOUGH", "RISK_REJECTED"}
	for path, body := range map[string]fields{
		"/v1/payments":         nil,
		"/v1/payments/capture": {"requestId": "A", "captureRequestId": "C", "amount": fields{"currency": "USD", "value": "1000"}},
		"/v1/payments/void":    {"requestId": "A", "voidRequestId": "V"},
		"/v1/refunds":          {"requestId": "A", "refundRequestId": "R", "amount": fields{"currency": "USD", "value": "34"}},
	} {
		t.Run(path, func(t *testing.T) {
			s := newTill(t)
			s.on(simulator.RefuseRepeat)
			if body == nil {
				body = s.creating("A")
				s.wantCode("the first", s.call(path, body), "")
			} else {
				s.paid("A", with("hold", path != "/v1/refunds"))
				s.wantCode("the first", s.call(path, body), "")
			}
			before, _ := s.Payment("A")
			for range 8 {
				if got := s.call(path, body); !slices.Contains(final, got.Code) || got.HTTP < 400 || !got.signed {
					t.Errorf("a repeat: got HTTP %d %q, want a final refusal", got.HTTP, got.Code)
				}
			}
			if after, _ := s.Payment("A"); after.Status != before.Status || after.Captured != before.Captured || after.Refunded != before.Refunded {
				t.Errorf("a repeat moved money: got %+v, want %+v", after, before)
			}
			s.Clear()
			s.wantCode("a repeat without the fault", s.call(path, body), "")
		})
	}
}

func TestARefusedRepeatWaitsForARepeat(t *testing.T) {
	s := newTill(t)
	s.Inject(simulator.Rule{Fault: simulator.RefuseRepeat, Times: 1})
	s.create("A")
	s.create("B")
	if got := s.call("/v1/payments", s.creating("A")); got.Code == "" {
		t.Error("the first repeat was not refused")
	}
	s.wantCode("the second repeat", s.call("/v1/payments", s.creating("A")), "")
}

func TestQueriesLagForAWhile(t *testing.T) {
	s := newTill(t)
	s.on(simulator.LagQuery)
	s.create("A")
	s.wantCode("a fresh payment", s.query(fields{"requestId": "A"}), "NOT_FOUND")
	s.clock.Advance(20*time.Second - time.Millisecond)
	s.wantCode("just before the lag's end", s.query(fields{"requestId": "A"}), "NOT_FOUND")
	s.clock.Advance(time.Millisecond)
	if got := s.query(fields{"requestId": "A"}); got.Status != "PENDING" {
		t.Errorf("after the lag: got %q, want PENDING", got.Status)
	}
	s.settle("A", "pay")
	if got := s.query(fields{"requestId": "A"}); got.Status != "PENDING" || got.Captured != nil {
		t.Errorf("just paid: got %q, captured %v, want PENDING", got.Status, got.Captured)
	}
	s.clock.Advance(20 * time.Second)
	if got := s.query(fields{"requestId": "A"}); got.Status != "PAID" || got.Captured.Value != "1234" {
		t.Errorf("after the lag: got %q, captured %v, want PAID and all", got.Status, got.Captured)
	}
	s.call("/v1/refunds", s.refunding("A", "R", "34"))
	refund := fields{"refundRequestId": "R"}
	s.wantCode("a fresh refund", s.call("/v1/refunds/query", refund), "NOT_FOUND")
	s.clock.Advance(20 * time.Second)
	if got := s.call("/v1/refunds/query", refund); got.Status != "SUCCEEDED" {
		t.Errorf("a refund after the lag: got %q, want SUCCEEDED", got.Status)
	}
	if err := s.Reverse("A"); err != nil {
		t.Fatal(err)
	}
	if got := s.query(fields{"requestId": "A"}); got.Status != "PAID" || got.Captured.Value != "1234" {
		t.Errorf("just reversed: got %q, captured %v, want PAID as before", got.Status, got.Captured)
	}
	s.wantLedger(34, 34)
}

func TestALaggingQueryNamesThePaymentAsItWasNamed(t *testing.T) {
	s := newTill(t)
	s.on(simulator.LagQuery)
	s.on(simulator.ChangeID)
	opened := s.create("A")
	s.clock.Advance(time.Minute)
	s.settle("A", "pay")
	if got := s.query(fields{"requestId": "A"}); got.PaymentID != opened.PaymentID || got.OtherIDs != nil {
		t.Errorf("got %+v, want the payment as it was opened", got)
	}
	s.clock.Advance(time.Minute)
	if got := s.query(fields{"requestId": "A"}); got.PaymentID == opened.PaymentID {
		t.Error("after the lag the id is still the former one")
	}
}

func TestALaggingRefundUnderReviewIsWaiting(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.ManualRefunds = true })
	s.paid("A")
	s.call("/v1/refunds", s.refunding("A", "R", "34"))
	s.clock.Advance(time.Minute)
	s.on(simulator.LagQuery)
	if err := s.DecideRefund("R", true); err != nil {
		t.Fatal(err)
	}
	if got := s.call("/v1/refunds/query", fields{"refundRequestId": "R"}); got.Status != "WAITING" {
		t.Errorf("just approved: got %q, want WAITING", got.Status)
	}
}

func TestTheLagIsBoundedAndDrawnPerQuery(t *testing.T) {
	s := newTill(t)
	s.Inject(simulator.Rule{Fault: simulator.LagQuery, Rate: 0.5, Delay: time.Second, Endpoint: "/v1/payments"})
	s.create("A")
	var codes []string
	for range 40 {
		codes = append(codes, s.query(fields{"requestId": "A"}).Code)
	}
	if !slices.Contains(codes, "NOT_FOUND") || !slices.Contains(codes, "") {
		t.Errorf("got %q, want some that lag and some that do not", codes)
	}
	s.clock.Advance(time.Second)
	for range 40 {
		s.wantCode("after the lag", s.query(fields{"requestId": "A"}), "")
	}
}

func TestCancelOfAPaidPaymentRefunds(t *testing.T) {
	s := newTill(t)
	s.on(simulator.CancelReverses)
	s.paid("A")
	got := s.call("/v1/payments/cancel", fields{"requestId": "A"})
	if got.Status != "CANCELED" || got.Captured != nil {
		t.Errorf("got %q, captured %v, want CANCELED and nothing", got.Status, got.Captured)
	}
	s.wantLedger(0, 0)
	s.RunOnce(t.Context())
	s.wantReported("PAID CANCELED")
	s.wantCode("a refund of it", s.call("/v1/refunds", s.refunding("A", "R", "1")), "INVALID_STATE")
	s.create("OPEN")
	if got := s.call("/v1/payments/cancel", fields{"requestId": "OPEN"}); got.Status != "CANCELED" {
		t.Errorf("an open payment: got %q, want CANCELED", got.Status)
	}
}

func TestAReversalLeavesWhatWasRefunded(t *testing.T) {
	s := newTill(t)
	s.on(simulator.CancelReverses)
	s.paid("A")
	s.call("/v1/refunds", s.refunding("A", "R", "34"))
	if got := s.call("/v1/payments/cancel", fields{"requestId": "A"}); got.Status != "CANCELED" {
		t.Errorf("got %q, want CANCELED", got.Status)
	}
	s.wantLedger(34, 34)
}

func TestAPaidPaymentIsReversedByHand(t *testing.T) {
	s := newTill(t)
	s.create("A")
	if err := s.Reverse("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("an open payment: got %v, want not paid", err)
	}
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	s.clock.Advance(24 * time.Hour)
	if err := s.Reverse("A"); err != nil {
		t.Fatal(err)
	}
	s.RunOnce(t.Context())
	s.wantReported("PAID CANCELED")
	if all := s.notices(); !all[1].signed || all[1].Payment.Code != "REVERSED" {
		t.Errorf("got %+v, want signed news of a reversal", all[1])
	}
	s.wantLedger(0, 0)
	if err := s.Reverse("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("again: got %v, want not paid", err)
	}
	if err := s.Reverse("NEVER"); !errors.Is(err, simulator.ErrNoPayment) {
		t.Errorf("what is not there: got %v, want no payment", err)
	}
}

func TestCancelIsRefusedForGood(t *testing.T) {
	s := newTill(t)
	s.on(simulator.RefuseCancel)
	s.create("A")
	for range 2 {
		s.wantCode("cancel", s.call("/v1/payments/cancel", fields{"requestId": "A"}), "INVALID_STATE")
	}
	s.wantStatus("A", "PENDING")
	s.settle("A", "pay")
	if got := s.call("/v1/payments/cancel", fields{"requestId": "A"}); got.Status != "PAID" {
		t.Errorf("a paid payment: got %q, want PAID", got.Status)
	}
}

func TestAPaymentGetsAnotherIDWhenItIsPaid(t *testing.T) {
	for _, outcome := range []string{"pay", "later"} {
		t.Run(outcome, func(t *testing.T) {
			s := newTill(t)
			s.on(simulator.ChangeID)
			opened := s.create("A")
			s.settle("A", outcome)
			s.clock.Advance(5 * time.Second)
			s.RunOnce(t.Context())
			now, _ := s.Payment("A")
			if now.ID == opened.PaymentID {
				t.Fatalf("the id is still %s", now.ID)
			}
			if reported := s.notices()[0].Payment; reported.PaymentID != now.ID || reported.OtherIDs != nil {
				t.Errorf("notified: got %+v, want the new id alone", reported)
			}
			for _, body := range []fields{
				{"requestId": "A"}, {"paymentId": now.ID}, {"paymentId": opened.PaymentID},
				{"requestId": "A", "paymentId": opened.PaymentID}, {"requestId": "A", "paymentId": now.ID},
			} {
				got := s.query(body)
				if got.PaymentID != now.ID || got.RequestID != "A" || !slices.Equal(got.OtherIDs, []string{opened.PaymentID}) {
					t.Errorf("%v: got %+v, want %s, formerly %s", body, got, now.ID, opened.PaymentID)
				}
			}
			if got := s.visit(opened.PaymentURL).Code; got != 200 {
				t.Errorf("the cashier: got HTTP %d, want 200", got)
			}
			refund := fields{"paymentId": opened.PaymentID, "refundRequestId": "R", "amount": fields{"currency": "USD", "value": "34"}}
			s.wantCode("a refund by the former id", s.call("/v1/refunds", refund), "")
			s.wantLedger(1234, 34)
		})
	}
}

func TestAPayerPaysTwiceUnderOneRequestID(t *testing.T) {
	s := newTill(t)
	first := s.create("A")
	if err := s.SecondCharge("A"); !errors.Is(err, simulator.ErrNotPaid) {
		t.Errorf("an open payment: got %v, want not paid", err)
	}
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	second, _ := s.Payment("A")
	if second.ID == first.PaymentID || len(s.Payments()) != 2 {
		t.Fatalf("got %+v, want a second payment", s.Payments())
	}
	s.wantLedger(2*1234, 0)
	s.RunOnce(t.Context())
	s.wantReported("PAID PAID")
	if all := s.notices(); all[0].Payment.PaymentID != first.PaymentID || all[1].Payment.PaymentID != second.ID ||
		all[1].Payment.RequestID != "A" || all[0].EventID == all[1].EventID {
		t.Errorf("got %+v, want each payment reported", all)
	}
	for _, c := range []struct {
		body fields
		want string
	}{
		{fields{"requestId": "A"}, second.ID},
		{fields{"requestId": "A", "paymentId": first.PaymentID}, first.PaymentID},
		{fields{"paymentId": first.PaymentID}, first.PaymentID},
		{fields{"paymentId": second.ID}, second.ID},
	} {
		if got := s.query(c.body); got.PaymentID != c.want || got.Status != "PAID" || got.OtherIDs != nil {
			t.Errorf("%v: got %+v, want %s", c.body, got, c.want)
		}
	}
	refund := s.refunding("A", "R", "1234")
	refund["paymentId"] = first.PaymentID
	s.wantCode("a refund of the first", s.call("/v1/refunds", refund), "")
	delete(refund, "paymentId")
	s.wantCode("its repeat by the request id", s.call("/v1/refunds", refund), "")
	s.wantCode("a refund of the newest", s.call("/v1/refunds", s.refunding("A", "R2", "34")), "")
	s.wantLedger(2*1234, 1234+34)
	for _, p := range s.Payments() {
		if want := map[string]int64{first.PaymentID: 1234, second.ID: 34}[p.ID]; p.Refunded.Minor != want {
			t.Errorf("%s: got %s refunded, want %d", p.ID, p.Refunded, want)
		}
	}
}

func TestASecondChargeLagsBehindTheFirst(t *testing.T) {
	s := newTill(t)
	first := s.paid("A")
	s.clock.Advance(time.Minute)
	s.on(simulator.LagQuery)
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	if got := s.query(fields{"requestId": "A"}); got.PaymentID != first.PaymentID {
		t.Errorf("got %s, want the first, %s", got.PaymentID, first.PaymentID)
	}
}

func TestARefundIsFoundByItsIDAlone(t *testing.T) {
	s := newTill(t)
	s.paid("A")
	id := s.call("/v1/refunds", s.refunding("A", "R", "34")).RefundID
	got := s.call("/v1/refunds/query", fields{"refundId": id})
	if got.RefundID != id || got.RefundRequestID != "R" || got.Status != "SUCCEEDED" {
		t.Errorf("got %+v, want the refund R", got)
	}
	for _, other := range []fields{{"refundId": "sr_0000000009"}, {"refundId": "x"}, {"refundRequestId": "R", "refundId": "sr_0000000009"}, {}} {
		s.wantCode("another", s.call("/v1/refunds/query", other), "NOT_FOUND")
	}
}

func TestWhatSwitchesDidSurvivesARestart(t *testing.T) {
	s, restart := journaled(t)
	s.on(simulator.ChangeID)
	opened := s.paid("A")
	if err := s.SecondCharge("A"); err != nil {
		t.Fatal(err)
	}
	s.paid("B")
	if err := s.Reverse("B"); err != nil {
		t.Fatal(err)
	}
	restart()
	if got := s.query(fields{"paymentId": opened.PaymentID}); !slices.Equal(got.OtherIDs, []string{opened.PaymentID}) {
		t.Errorf("by the former id: got %+v", got)
	}
	if newest, _ := s.Payment("A"); s.query(fields{"requestId": "A"}).PaymentID != newest.ID {
		t.Errorf("the newest is not %s", newest.ID)
	}
	s.on(simulator.LagQuery)
	if got := s.query(fields{"requestId": "B"}); got.Status != "PAID" || got.Captured.Value != "1234" {
		t.Errorf("a reversal that a query does not see: got %q, captured %v, want PAID", got.Status, got.Captured)
	}
	s.wantLedger(2*1234, 0)
}

func TestPaymentsAreReversedAndChargedAgainOverHTTP(t *testing.T) {
	s := newTill(t, func(c *simulator.Config) { c.Control = true })
	s.create("OPEN")
	s.paid("A")
	for _, c := range []struct {
		name, action string
		want         int
	}{
		{"A", "second_charge", 200}, {"A", "reverse", 200}, {"A", "reverse", 409}, {"OPEN", "second_charge", 409},
		{"NEVER", "reverse", 404}, {"A", "bless", 400},
	} {
		if got := s.post("/control/payments/"+c.name, `{"action":"`+c.action+`"}`); got != c.want {
			t.Errorf("%s of %s: got HTTP %d, want %d", c.action, c.name, got, c.want)
		}
	}
	s.wantLedger(1234, 0)
	if got := s.post("/control/faults", `{"fault":"lag_query","rate":0.5,"delay":"3s"}`); got != http.StatusOK {
		t.Errorf("a new fault: got HTTP %d, want 200", got)
	}
	if rules := s.Rules(); len(rules) != 1 || rules[0].Delay != 3*time.Second || !strings.HasPrefix(string(rules[0].Fault), "lag") {
		t.Errorf("got %+v, want the rule", rules)
	}
}
