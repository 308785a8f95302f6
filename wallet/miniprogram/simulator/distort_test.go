package simulator_test

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestReportsHoldValuesThatCannotBeRepresentedOrAreNotKnown(t *testing.T) {
	for fault, strange := range map[simulator.Fault]func(body string) bool{
		simulator.AmountMissing: func(body string) bool { return !strings.Contains(body, "paymentAmount") },
		simulator.AmountHuge:    func(body string) bool { return strings.Contains(body, `"value":"9223372036854775808"`) },
		simulator.TimeHuge:      func(body string) bool { return strings.Contains(body, `"paymentTime":"10000-01-01T`) },
		simulator.UnknownStatus: func(body string) bool {
			return strings.Contains(body, `"paymentStatus":"UNDER_REVIEW"`) || strings.Contains(body, `"resultStatus":"P"`)
		},
	} {
		for _, profile := range []string{"generic-v1", "generic-v2", "superqi", "alipayplus", "ams"} {
			t.Run(string(fault)+" "+profile, func(t *testing.T) {
				s := newTill(t, profile)
				s.Inject(simulator.Rule{Fault: fault})
				s.paid("A")
				s.RunOnce(t.Context())
				reported := s.notices()
				if len(reported) != 1 || !reported[0].signed || !strange(reported[0].body) || !strings.Contains(reported[0].body, `"paymentRequestId":"A"`) {
					t.Errorf("notified: got %+v", reported)
				}
				answer := s.inquire("A")
				if answer.Result.Status != "S" || !answer.signed || !strange(answer.Body) {
					t.Errorf("answered: got %s", answer.Body)
				}
				s.wantBooks("A", "PAID", 1234, 0)
				s.Clear()
				if got := s.inquire("A"); strange(got.Body) {
					t.Errorf("without the fault: got %s", got.Body)
				}
			})
		}
	}
}

func TestReportsOfRefundsAreDistortedToo(t *testing.T) {
	for fault, strange := range map[simulator.Fault]string{
		simulator.AmountHuge: `"value":"9223372036854775808"`, simulator.TimeHuge: `"refundTime":"10000-01-01T`,
		simulator.UnknownStatus: `"refundStatus":"UNDER_REVIEW"`,
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := newTill(t, "rebell")
			s.paid("A")
			s.RunOnce(t.Context())
			s.Inject(simulator.Rule{Fault: fault})
			s.call("payments/refund", fields{
				"refundRequestId": "R", "paymentRequestId": "A", "refundAmount": sum("34"), "refundNotifyUrl": notifyURL,
			})
			s.RunOnce(t.Context())
			if all := s.notices(); len(all) != 2 || !strings.Contains(all[1].body, strange) {
				t.Errorf("notified: got %+v, want %s", all, strange)
			}
			if got := s.inquireRefund("R"); !strings.Contains(got.Body, strange) {
				t.Errorf("answered: got %s, want %s", got.Body, strange)
			}
			s.wantBooks("A", "PAID", 1234, 34)
		})
	}
}

func TestOnlyPaidPaymentsAreReportedWithoutAnAmount(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.AmountMissing, Endpoint: "inquiryPayment", Times: 1})
	s.open("A")
	if got := s.inquire("A"); !strings.Contains(got.Body, "paymentAmount") {
		t.Errorf("an open payment: got %s, want its amount", got.Body)
	}
	s.settle("A", "pay")
	if got := s.inquire("A"); strings.Contains(got.Body, "paymentAmount") {
		t.Errorf("a paid payment: got %s, want no amount", got.Body)
	}
}

func TestARuleMayBeAboutNotificationsOnly(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.UnknownStatus, Endpoint: simulator.Notify})
	s.paid("A")
	s.RunOnce(t.Context())
	want(t, "the inquiry", s.inquire("A").text("paymentStatus"), "SUCCESS")
	if all := s.notices(); !strings.Contains(all[0].body, "UNDER_REVIEW") {
		t.Errorf("notified: got %+v, want a strange status", all)
	}
}

func TestNewsOfVoidsAndContractsIsLeftAlone(t *testing.T) {
	s := newTill(t, "superqi")
	s.Inject(simulator.Rule{Fault: simulator.UnknownStatus}, simulator.Rule{Fault: simulator.TimeHuge})
	s.paid("A", hold, with("voidNotifyUrl", notifyURL))
	s.void(fields{"voidRequestId": "V", "paymentRequestId": "A"})
	s.RunOnce(t.Context())
	if all := s.notices(); len(all) != 1 || strings.Contains(all[0].body, "UNDER_REVIEW") || !strings.Contains(all[0].body, `"resultStatus":"S"`) {
		t.Errorf("got %+v, want the void as it is", all)
	}
}

func TestTheSameSeedDrawsTheSameFaults(t *testing.T) {
	run := func(seed uint64) string {
		s := newTill(t, "superqi", func(c *simulator.Config) { c.Seed = seed })
		for _, fault := range []simulator.Fault{
			simulator.RefuseRepeat, simulator.LagQuery, simulator.CancelReverses, simulator.RefuseCancel,
			simulator.ChangeID, simulator.AmountHuge, simulator.UnknownStatus,
		} {
			s.Inject(simulator.Rule{Fault: fault, Rate: 0.4})
		}
		var received []string
		for i := range 20 {
			id := "A" + string(rune('a'+i))
			s.open(id)
			received = append(received, s.call("payments/pay", s.paying(id)).word())
			s.settle(id, []string{"pay", "leave"}[i%2])
			received = append(received, s.inquire(id).Body, s.call("payments/cancel", fields{"paymentRequestId": id}).word())
		}
		return strings.Join(received, "\n")
	}
	first, again := run(7), run(7)
	if first != again {
		t.Error("two runs of one seed differ")
	}
	if first == run(8) {
		t.Error("two seeds agree")
	}
}
