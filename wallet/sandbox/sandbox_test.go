package sandbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

func TestConformance(t *testing.T) { wallettest.Run(t, harness()) }

func TestConformanceWithMethodsFeesAndManualRefunds(t *testing.T) {
	wallettest.Run(t, harness(func(c *simulator.Config) {
		c.Methods = []simulator.Method{{ID: "balance", Name: "Balance"}, {ID: "card", Name: "Card"}}
		c.FeePermille = 15
		c.ManualRefunds = true
	}))
}

func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness()) }

// request is a payment request with everything a sandbox payment can have.
func request(id string) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_1", Amount: wallet.Money{Minor: 1234, Currency: "USD"}, Description: "Tea",
		ReturnURL: "https://shop.example/return", NotifyURL: "https://shop.example/notify/sandbox?x=1",
	}
}

func TestPaymentURLArrivesUntouched(t *testing.T) {
	s := open(t)
	for _, id := range []string{"URL0", "URL1"} {
		payment, err := s.wallet.CreatePayment(t.Context(), request(id))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := s.provider.Payment(id)
		if payment.Action.PaymentURL != want.PaymentURL {
			t.Errorf("payment URL:\n got %s\nwant %s", payment.Action.PaymentURL, want.PaymentURL)
		}
		if !strings.Contains(want.PaymentURL, "%2B") {
			t.Errorf("the URL holds no %%2B, so re-encoding would go unnoticed: %s", want.PaymentURL)
		}
	}
}

func TestATrafficLimitHasARetryAfter(t *testing.T) {
	s := open(t)
	s.provider.Inject(simulator.Rule{Fault: simulator.TrafficLimit, Times: 1})
	_, err := s.wallet.CreatePayment(t.Context(), request("LIMIT"))
	if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter != time.Second || f.Code != "TRAFFIC_LIMIT" {
		t.Errorf("got %v with RetryAfter %v, want unavailable (TRAFFIC_LIMIT) and 1s", err, f.RetryAfter)
	}
}

func TestProviderFaultsAreUnknown(t *testing.T) {
	for _, f := range []simulator.Fault{
		simulator.ServerError, simulator.GarbageAnswer, simulator.UnsignedAnswer, simulator.ForgedAnswer,
		simulator.CutBefore, simulator.CutAfter, simulator.UnknownOutcome,
	} {
		t.Run(string(f), func(t *testing.T) {
			s := open(t)
			s.provider.Inject(simulator.Rule{Fault: f, Times: 1})
			if _, err := s.wallet.CreatePayment(t.Context(), request("FAULT")); !errors.Is(err, fault.Unknown) {
				t.Errorf("got %v, want unknown", err)
			}
			if _, err := s.wallet.CreatePayment(t.Context(), request("FAULT")); err != nil {
				t.Errorf("querying again: got %v, want no error", err)
			}
			if n := len(s.provider.Payments()); n != 1 {
				t.Errorf("payments: got %d, want 1", n)
			}
		})
	}
}

func TestSlowAnswerUnderAShortDeadlineIsUnknown(t *testing.T) {
	executed := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s := open(t, func(c *simulator.Config) { c.OnRequest = func(simulator.Request) { close(executed) } })
	s.provider.Inject(simulator.Rule{Fault: simulator.SlowAnswer, Times: 1, Delay: time.Hour})
	go func() { <-executed; cancel() }()
	if _, err := s.wallet.CreatePayment(ctx, request("SLOW")); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want unknown", err)
	}
}

func TestClocksThatDifferAreNoticed(t *testing.T) {
	s := open(t)
	for _, off := range []time.Duration{-6 * time.Minute, 6 * time.Minute} {
		w := openWallet(t, s.url, wallet.Env{Now: func() time.Time { return time.Now().Add(off) }})
		// The answer is as far off for us as our request was for the provider.
		if _, err := w.CreatePayment(t.Context(), request("CLOCK")); !errors.Is(err, fault.Unknown) {
			t.Errorf("%v off: got %v, want unknown", off, err)
		}
	}
	if n := len(s.provider.Payments()); n != 0 {
		t.Errorf("payments: got %d, want 0", n)
	}
}

func TestAnotherKeyIsRefused(t *testing.T) {
	s := open(t, func(c *simulator.Config) { c.KeyID = "other" })
	if _, err := s.wallet.CreatePayment(t.Context(), request("KEY")); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want unknown: the answer is signed with a key we do not know", err)
	}
	if n := len(s.provider.Payments()); n != 0 {
		t.Errorf("payments: got %d, want 0", n)
	}
}

func TestRefundsByHandWait(t *testing.T) {
	s := open(t, func(c *simulator.Config) { c.ManualRefunds = true })
	payment, err := s.wallet.CreatePayment(t.Context(), request("HAND"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Settle("HAND", "pay"); err != nil {
		t.Fatal(err)
	}
	req := wallet.RefundRequest{RequestID: "HANDR", Payment: payment.Ref, Amount: wallet.Money{Minor: 1, Currency: "USD"}}
	refund, err := s.wallet.Refund(t.Context(), req)
	if err != nil || refund.Status != wallet.RefundWaiting {
		t.Fatalf("got %q and %v, want waiting", refund.Status, err)
	}
	if err := s.provider.DecideRefund("HANDR", true); err != nil {
		t.Fatal(err)
	}
	refund, err = s.wallet.QueryRefund(t.Context(), refund.RefundRef)
	if err != nil || refund.Status != wallet.RefundSucceeded {
		t.Errorf("got %q and %v, want succeeded", refund.Status, err)
	}
}

func TestCodesAndFaults(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"REQUEST_ID_REUSED": fault.Conflict, "RISK_REJECTED": fault.Declined, "NOT_FOUND": fault.NotFound,
		"AMOUNT_EXCEEDED": fault.Invalid, "NEVER_SEEN": fault.Unknown, "": fault.Unknown,
	} {
		t.Run("code "+code, func(t *testing.T) {
			if got := sandbox.CodeFault(code); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
