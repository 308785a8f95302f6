package miniprogram_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// switched is a stand with a paid payment, made while a fault is on.
func switched(t *testing.T, profile string, f simulator.Fault) (*stand, wallet.Payment) {
	t.Helper()
	s := open(t, profile)
	s.provider.Inject(simulator.Rule{Fault: f})
	payment, err := s.wallet.CreatePayment(t.Context(), soon("P", currencies(profile)[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Settle("P", "pay"); err != nil {
		t.Fatal(err)
	}
	return s, payment
}

// reported is all that was notified, as the wallet reads it.
func (s *stand) reported(t *testing.T) []wallet.Notification {
	t.Helper()
	for s.provider.RunOnce(t.Context()) > 0 {
	}
	var all []wallet.Notification
	for _, d := range s.inbox.All() {
		n, err := s.wallet.(wallet.Notifier).ParseNotification(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func TestStrangeNewsAndAnswersAreReadForWhatTheyAre(t *testing.T) {
	for _, profile := range []string{"generic-v1", "gcash", "alipayplus", "ams"} {
		t.Run(profile, func(t *testing.T) {
			s, payment := switched(t, profile, simulator.AmountMissing)
			all := s.reported(t)
			if len(all) != 1 || all[0].Events[0].Payment.Status != wallet.Paid || all[0].Events[0].Payment.Amount != (wallet.Money{}) {
				t.Errorf("without an amount: reported %+v", all)
			}
			got, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), payment.Ref)
			if err != nil || got.Status != wallet.Paid || got.Amount != (wallet.Money{}) {
				t.Errorf("without an amount: answered %+v and %v", got, err)
			}
			s, payment = switched(t, profile, simulator.UnknownStatus)
			all = s.reported(t)
			if len(all) != 1 || all[0].Events[0].Payment.Status != "" || !all[0].Confirm {
				t.Errorf("with a strange status: reported %+v, want it to be confirmed", all)
			}
			got, err = s.wallet.(wallet.Querier).QueryPayment(t.Context(), payment.Ref)
			if err != nil || got.Status != "" || got.Code == "" {
				t.Errorf("with a strange status: answered %+v and %v, want the code alone", got, err)
			}
		})
	}
}

func TestAReversedPaymentIsReportedAsFailedOrCanceled(t *testing.T) {
	for profile, want := range map[string]wallet.Status{"generic-v1": wallet.Canceled, "gcash": wallet.Failed, "ams": wallet.Failed} {
		s, payment := switched(t, profile, simulator.RefuseCancel) // which is about open payments only
		if err := s.provider.Reverse(payment.PaymentID); err != nil {
			t.Fatal(err)
		}
		all := s.reported(t)
		if len(all) != 2 || all[1].Events[0].Payment.Status != want || all[0].Events[0].ID == all[1].Events[0].ID {
			t.Errorf("%s: reported %+v, want %s after paid", profile, all, want)
		}
	}
}

func TestACancelThatIsRefusedForGoodLeavesThePaymentOpen(t *testing.T) {
	s, _ := switched(t, "gcash", simulator.RefuseCancel)
	payment, err := s.wallet.CreatePayment(t.Context(), soon("OPEN", "PHP"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), payment.Ref); err != nil || got.Status != wallet.Pending {
		t.Errorf("got %+v and %v, want pending", got, err)
	}
}
