package miniprogram_test

import (
	"errors"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// holding are the profiles that can hold money.
func holding() (names []string) {
	for name, row := range miniprogram.Table() {
		if row.CanHold {
			names = append(names, name)
		}
	}
	return names
}

// heldPayment is a payment whose money is only held.
func heldPayment(t *testing.T, s *stand, id string) wallet.Payment {
	t.Helper()
	req := soon(id, currencies(s.settings.Profile)[0])
	req.Hold = true
	payment := create(t, s.wallet, req)
	if err := s.provider.Settle(id, "pay"); err != nil {
		t.Fatal(err)
	}
	return payment
}

func part(payment wallet.Payment, id string) wallet.CaptureRequest {
	return wallet.CaptureRequest{
		RequestID: id, Payment: payment.Ref, Amount: wallet.Money{Minor: 400, Currency: payment.Amount.Currency},
	}
}

func TestACaptureWhoseAnswerWasLostIsRepeated(t *testing.T) {
	for _, profile := range holding() {
		s := open(t, profile)
		payment := heldPayment(t, s, "HOLD1")
		capturer := s.wallet.(wallet.Capturer)
		s.provider.Inject(simulator.Rule{Fault: simulator.CutAfter, Endpoint: "capture", Times: 1})
		if _, err := capturer.Capture(t.Context(), part(payment, "HOLD1C1")); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %v, want unknown", profile, err)
		}
		got, err := capturer.Capture(t.Context(), part(payment, "HOLD1C1"))
		if err != nil || got.Status != wallet.Paid || got.Captured.Minor != 400 || got.Amount != payment.Amount {
			t.Errorf("%s, again: got %+v and %v, want 400 of %s", profile, got, err, payment.Amount)
		}
		if books := s.provider.Books("HOLD1"); books.Captured.Minor != 400 {
			t.Errorf("%s: the provider captured %s, want 400", profile, books.Captured)
		}
	}
}

func TestACaptureThatWasNotSentIsUnavailable(t *testing.T) {
	s, far := watched(t, "superqi")
	payment := heldPayment(t, s, "HOLD2")
	s.line.Next(wallettest.CutAfter) // of the status query before the capture
	if _, err := s.wallet.(wallet.Capturer).Capture(t.Context(), part(payment, "HOLD2C1")); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	if got := far.names(); got != "pay inquiryPayment" {
		t.Errorf("calls: got %s", got)
	}
}

func TestAnotherAmountThanRequestedIsNotAccepted(t *testing.T) {
	s := open(t, "superqi")
	payment := heldPayment(t, s, "HOLD3")
	s.provider.Inject(simulator.Rule{Fault: simulator.WrongAmount, Endpoint: "capture", Times: 1})
	if got, err := s.wallet.(wallet.Capturer).Capture(t.Context(), part(payment, "HOLD3C1")); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %+v and %v, want unknown", got, err)
	}
}

func TestAVoidIsNotifiedByThePaymentsOwnID(t *testing.T) {
	s := open(t, "superqi")
	payment := heldPayment(t, s, "HOLD4")
	if _, err := s.wallet.(wallet.Voider).Void(t.Context(), wallet.VoidRequest{RequestID: "HOLD4V1", Payment: payment.Ref}); err != nil {
		t.Fatal(err)
	}
	notifier := s.wallet.(wallet.PaymentIDNotifier)
	s.provider.RunOnce(t.Context())
	all := s.inbox.All()
	if len(all) != 1 || !notifier.NotifiesByPaymentID() {
		t.Fatalf("got %d notifications, want 1 at a wallet that notifies by payment id", len(all))
	}
	n, err := notifier.ParseNotification(t.Context(), all[0])
	if err != nil || len(n.Events) != 1 || n.Events[0].Payment.Status != wallet.Voided || n.Events[0].Payment.PaymentID != payment.PaymentID {
		t.Errorf("got %+v and %v, want voided", n, err)
	}
}

func TestAnAccountThatNeverHoldsTakesSuccessAsPaid(t *testing.T) {
	s := open(t, "generic-v2", func(c *miniprogram.Config, _ *simulator.Config) { c.Overrides.CanHold = new(false) })
	create(t, s.wallet, soon("NOHOLD1", "USD"))
	if err := s.provider.Settle("NOHOLD1", "pay"); err != nil {
		t.Fatal(err)
	}
	s.provider.RunOnce(t.Context())
	n, err := s.wallet.(wallet.Notifier).ParseNotification(t.Context(), s.inbox.All()[0])
	if err != nil || n.Confirm || n.Events[0].Payment.Status != wallet.Paid {
		t.Errorf("got %+v and %v, want paid without confirming", n, err)
	}
}
