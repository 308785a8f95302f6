package sandbox_test

import (
	"errors"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// switched is a stand with a paid payment P, made while a fault is on.
func switched(t *testing.T, f simulator.Fault) (*stand, wallet.Payment) {
	t.Helper()
	s := open(t)
	s.provider.Inject(simulator.Rule{Fault: f})
	payment, err := s.wallet.CreatePayment(t.Context(), request("P"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Settle("P", "pay"); err != nil {
		t.Fatal(err)
	}
	return s, payment
}

// reported is all that was notified, as the wallet reads it.
func (s *stand) reported(t *testing.T) []wallet.Event {
	t.Helper()
	s.provider.RunOnce(t.Context())
	var all []wallet.Event
	for _, d := range s.inbox.All() {
		n, err := s.wallet.ParseNotification(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n.Events...)
	}
	return all
}

func TestStrangeNewsAndAnswersAreReadForWhatTheyAre(t *testing.T) {
	for f, good := range map[simulator.Fault]func(wallet.Payment) bool{
		simulator.AmountMissing: func(p wallet.Payment) bool { return p.Status == wallet.Paid && p.Amount == (wallet.Money{}) },
		simulator.UnknownStatus: func(p wallet.Payment) bool { return p.Status == "" && p.Code == "UNDER_REVIEW" },
	} {
		t.Run(string(f), func(t *testing.T) {
			s, payment := switched(t, f)
			if all := s.reported(t); len(all) != 1 || !good(all[0].Payment) || all[0].Payment.Ref != payment.Ref {
				t.Errorf("notified: got %+v", all)
			}
			got, err := s.wallet.QueryPayment(t.Context(), payment.Ref)
			if err != nil || !good(got) {
				t.Errorf("answered: got %+v and %v", got, err)
			}
		})
	}
}

func TestNewsThatNamesTheProvidersIDIsFoundByIt(t *testing.T) {
	s, payment := switched(t, simulator.PaymentIDOnly)
	all := s.reported(t)
	if len(all) != 1 || all[0].Payment.Ref != (wallet.Ref{PaymentID: payment.PaymentID}) || !s.wallet.NotifiesByPaymentID() {
		t.Fatalf("got %+v, want the provider's id alone", all)
	}
	got, err := s.wallet.QueryPayment(t.Context(), all[0].Payment.Ref)
	if err != nil || got.Ref != payment.Ref {
		t.Errorf("got %+v and %v, want %+v", got, err, payment.Ref)
	}
}

func TestMoneyThatCancelRefundedIsReportedAsCanceled(t *testing.T) {
	s, payment := switched(t, simulator.CancelReverses)
	got, err := s.wallet.Cancel(t.Context(), payment.Ref)
	if err != nil || got.Status != wallet.Canceled || !got.Captured.IsZero() {
		t.Errorf("got %+v and %v, want canceled", got, err)
	}
	if all := s.reported(t); len(all) != 2 || all[0].Payment.Status != wallet.Paid || all[1].Payment.Status != wallet.Canceled {
		t.Errorf("notified: got %+v, want paid and then canceled", all)
	}
	if sums := s.provider.Ledger()["USD"]; !sums.Captured.IsZero() || !sums.Refunded.IsZero() {
		t.Errorf("the books: got %+v, want nothing", sums)
	}
}

func TestAReversedPaymentIsReportedAsCanceled(t *testing.T) {
	s, payment := switched(t, simulator.RefuseCancel) // which is about open payments only
	if err := s.provider.Reverse(payment.PaymentID); err != nil {
		t.Fatal(err)
	}
	if all := s.reported(t); len(all) != 2 || all[1].Payment.Status != wallet.Canceled || all[1].Payment.Code != "REVERSED" {
		t.Errorf("notified: got %+v, want the reversal", all)
	}
}

func TestACancelThatIsRefusedForGoodIsAConflict(t *testing.T) {
	s, _ := switched(t, simulator.RefuseCancel)
	payment, err := s.wallet.CreatePayment(t.Context(), request("OPEN"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.wallet.Cancel(t.Context(), payment.Ref); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %+v and %v, want conflict", got, err)
	}
}

func TestALaggingQueryReportsTheEarlierState(t *testing.T) {
	s, payment := switched(t, simulator.LagQuery)
	if got, err := s.wallet.QueryPayment(t.Context(), payment.Ref); err != nil || got.Status != wallet.Pending {
		t.Errorf("got %+v and %v, want pending", got, err)
	}
	req := wallet.RefundRequest{RequestID: "PR", Payment: payment.Ref, Amount: wallet.Money{Minor: 1, Currency: "USD"}}
	refund, err := s.wallet.Refund(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.wallet.QueryRefund(t.Context(), refund.RefundRef); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %+v and %v, want not found", got, err)
	}
}
