package direct_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

func cards(near *direct.Config, _ *simulator.Config) { near.Mode = "cards" }

const token = "tok_visa_7f3a"

func charge(minor int64) wallet.PaymentRequest {
	req := request("ORD4560000000000000000000001", minor)
	req.Hold, req.MethodToken = true, token
	return req
}

// held is a stand with an authorized payment.
func held(t *testing.T, change ...func(*direct.Config, *simulator.Config)) (*stand, *direct.Cards, wallet.Payment) {
	t.Helper()
	s := open(t, append([]func(*direct.Config, *simulator.Config){cards}, change...)...)
	w := s.wallet.(*direct.Cards)
	p, err := w.CreatePayment(t.Context(), charge(10000))
	if err != nil || p.Status != wallet.Authorized || p.PaymentID == "" || p.Amount.Minor != 10000 || p.Action != nil {
		t.Fatalf("got %+v, %v; want 100.00 authorized", p, err)
	}
	return s, w, p
}

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

func (s *stand) state(t *testing.T, id string, want simulator.CardBooks) {
	t.Helper()
	if got, _ := s.provider.CardBooks(id); got != want {
		t.Errorf("the provider has %+v, want %+v", got, want)
	}
}

func TestACardIsAuthorizedCapturedAndRefunded(t *testing.T) {
	s, w, p := held(t)
	got, err := w.Capture(t.Context(), wallet.CaptureRequest{RequestID: "C1", Payment: p.Ref, Amount: usd(8000)})
	if err != nil || got.Status != wallet.Paid || got.Captured != usd(8000) {
		t.Fatalf("captured %+v, %v", got, err)
	}
	for _, minor := range []int64{3000, 5000} {
		r, err := w.Refund(t.Context(), wallet.RefundRequest{RequestID: "R1", Payment: p.Ref, Amount: usd(minor), Paid: usd(8000)})
		if err != nil || r.Status != wallet.RefundSucceeded || r.Amount != usd(minor) {
			t.Errorf("refunded %+v, %v", r, err)
		}
	}
	s.state(t, p.PaymentID, simulator.CardBooks{State: "refunded", Authorized: 10000, Captured: 8000, Refunded: 8000})
	if _, err := w.Refund(t.Context(), wallet.RefundRequest{RequestID: "R3", Payment: p.Ref, Amount: usd(1), Paid: usd(8000)}); fault.KindOf(err) != fault.Declined {
		t.Errorf("refunding more than was captured: got %v, want Declined, as the code is configured", err)
	}
}

func TestACardsHoldIsVoidedBeforeItIsCaptured(t *testing.T) {
	s, w, p := held(t)
	if got, err := w.Void(t.Context(), wallet.VoidRequest{RequestID: "V1", Payment: p.Ref}); err != nil || got.Status != wallet.Voided {
		t.Errorf("voided %+v, %v", got, err)
	}
	s.state(t, p.PaymentID, simulator.CardBooks{State: "voided", Authorized: 10000})
	if _, err := w.Capture(t.Context(), wallet.CaptureRequest{RequestID: "C1", Payment: p.Ref, Amount: usd(1)}); fault.KindOf(err) != fault.Declined {
		t.Errorf("capturing what was voided: got %v, want Declined", err)
	}
}

func TestAWholeRefundIsAReversalWhereConfigured(t *testing.T) {
	s, w, p := held(t, func(near *direct.Config, _ *simulator.Config) { near.ReverseWhole = true })
	if _, err := w.Capture(t.Context(), wallet.CaptureRequest{RequestID: "C1", Payment: p.Ref, Amount: usd(10000)}); err != nil {
		t.Fatal(err)
	}
	r, err := w.Refund(t.Context(), wallet.RefundRequest{RequestID: "R1", Payment: p.Ref, Amount: usd(10000), Paid: usd(10000)})
	if err != nil || r.Status != wallet.RefundSucceeded {
		t.Errorf("refunded %+v, %v", r, err)
	}
	s.state(t, p.PaymentID, simulator.CardBooks{State: "reversed", Authorized: 10000, Captured: 10000, Refunded: 10000})
}

func TestACardNumberIsRefusedBeforeACall(t *testing.T) {
	s := open(t, cards)
	for _, number := range []string{
		"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111112", "378282246310005", "5555.5555.5555.4444", "６304000000000000",
	} {
		req := charge(10000)
		req.MethodToken = wallet.Token(number)
		before := s.line.Calls()
		_, err := s.wallet.CreatePayment(t.Context(), req)
		if fault.KindOf(err) != fault.Invalid || s.line.Calls() != before {
			t.Errorf("%s: got %v after %d calls, want Invalid and none", number, err, s.line.Calls()-before)
		}
		if printed := fmt.Sprintf("%v %+v %#v", err, req, req) + s.log.String(); strings.Contains(printed, number) {
			t.Errorf("%s is printed: %s", number, printed)
		}
	}
}

func TestWhatACardWalletCannotDoIsRefusedBeforeItIsSent(t *testing.T) {
	s := open(t, cards)
	for name, change := range map[string]func(*wallet.PaymentRequest){
		"without a token": func(r *wallet.PaymentRequest) { r.MethodToken = "" }, "without a hold": func(r *wallet.PaymentRequest) { r.Hold = false },
		"by an agreement": func(r *wallet.PaymentRequest) { r.Agreement = "t" }, "in another currency": func(r *wallet.PaymentRequest) { r.Amount.Currency = "EUR" },
		"of nothing": func(r *wallet.PaymentRequest) { r.Amount.Minor = 0 },
	} {
		req := charge(10000)
		change(&req)
		if _, err := s.wallet.CreatePayment(t.Context(), req); err == nil || s.line.Calls() != 0 {
			t.Errorf("a charge %s: got %v after %d calls, want a fault and none", name, err, s.line.Calls())
		}
	}
}

func TestACardCallWithoutAnAnswerIsUnknownAndNeverRepeated(t *testing.T) {
	for trouble, want := range map[wallettest.Trouble]fault.Kind{
		wallettest.Refuse: fault.Unavailable, wallettest.CutBefore: fault.Unknown, wallettest.CutAfter: fault.Unknown,
		wallettest.ServerError: fault.Unknown, wallettest.Garbage: fault.Unknown, wallettest.Empty: fault.Unknown, wallettest.Redirect: fault.Unknown,
	} {
		s, w, p := held(t)
		calls := map[string]func() error{
			"authorize": func() error { _, err := w.CreatePayment(t.Context(), charge(500)); return err },
			"void":      func() error { _, err := w.Void(t.Context(), wallet.VoidRequest{Payment: p.Ref}); return err },
			"capture": func() error {
				_, err := w.Capture(t.Context(), wallet.CaptureRequest{Payment: p.Ref, Amount: usd(1)})
				return err
			},
			"refund": func() error {
				_, err := w.Refund(t.Context(), wallet.RefundRequest{Payment: p.Ref, Amount: usd(1)})
				return err
			},
		}
		for name, call := range calls {
			before := s.line.Calls()
			s.line.Next(trouble)
			if err := call(); fault.KindOf(err) != want || s.line.Calls() != before+1 || strings.Contains(err.Error(), token) {
				t.Errorf("%s, line %s: got %v after %d calls, want %v after one", name, trouble, err, s.line.Calls()-before, want)
			}
		}
		again := charge(500)
		again.LastSentAt = time.Now().Add(-time.Hour)
		before := s.line.Calls()
		if _, err := w.CreatePayment(t.Context(), again); fault.KindOf(err) != fault.Unknown || s.line.Calls() != before {
			t.Errorf("an authorization that may exist: got %v after %d calls, want Unknown and none", err, s.line.Calls()-before)
		}
		refund := wallet.RefundRequest{Payment: p.Ref, Amount: usd(1), LastSentAt: again.LastSentAt}
		if _, err := w.Refund(t.Context(), refund); fault.KindOf(err) != fault.Unknown || s.line.Calls() != before {
			t.Errorf("a refund that may exist: got %v after %d calls, want Unknown and none", err, s.line.Calls()-before)
		}
	}
}

func TestARefusalOfACardCallIsFinalOnlyForAConfiguredCode(t *testing.T) {
	for code, want := range map[string]fault.Kind{"2001": fault.Declined, "2002": fault.Unknown, "1002": fault.Declined, "5000": fault.Unknown} {
		s := open(t, cards)
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "card/authorize", Code: code, Times: 1})
		_, err := s.wallet.CreatePayment(t.Context(), charge(10000))
		if f := fault.Of(err); f.Kind != want || f.Code != code {
			t.Errorf("code %s: got %v, want %v", code, err, want)
		}
	}
}

func TestAnAnswerOfAnotherFormIsUnknown(t *testing.T) {
	s, w, p := held(t)
	if _, err := w.Void(t.Context(), wallet.VoidRequest{Payment: p.Ref}); err != nil {
		t.Fatal(err)
	}
	s.provider.Inject(simulator.Rule{Fault: "no_data", Endpoint: "card", Times: 1})
	if _, err := w.CreatePayment(t.Context(), charge(500)); fault.KindOf(err) != fault.Unknown {
		t.Errorf("an answer without data: got %v, want Unknown", err)
	}
}
