package payprotocol_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// timed is a stand whose two sides go by one clock.
func timed(t *testing.T, options ...option) (*stand, *testclock.Clock) {
	t.Helper()
	c := testclock.At(noon)
	return stands(t, append([]option{func(_ *payprotocol.Config, far *simulator.Config) { far.Now = c.Now }}, options...)...), c
}

func (s *stand) creates(t *testing.T, id string, amount wallet.Money) wallet.Payment {
	t.Helper()
	p, err := s.wallet.CreatePayment(t.Context(), wallet.PaymentRequest{
		RequestID: id, Amount: amount, Description: "Two teas", NotifyURL: testNotify, ReturnURL: "https://merchant.example/return",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *stand) happens(t *testing.T, id, outcome string) {
	t.Helper()
	if err := s.provider.Settle(id, outcome); err != nil {
		t.Fatal(err)
	}
}

// queryPayment queries a payment.
func (s *stand) queryPayment(t *testing.T, id string) wallet.Payment {
	t.Helper()
	p, err := s.wallet.QueryPayment(t.Context(), wallet.Ref{RequestID: id})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhatAPayerSendsIsWhatTheQuerySays(t *testing.T) {
	price := usdt(10_000_000)
	type want struct {
		status  wallet.Status
		settled wallet.Money
		how     string
	}
	for _, test := range []struct {
		name string
		does []string
		want want
	}{
		{"nothing", nil, want{wallet.Pending, wallet.Money{}, ""}},
		{"all of it", []string{simulator.Pay}, want{wallet.Paid, price, ""}},
		{"too little", []string{simulator.Under}, want{wallet.Paid, usdt(6_000_000), "short"}},
		{"too little, then the rest", []string{simulator.Under, simulator.Pay}, want{wallet.Paid, price, ""}},
		{"too much", []string{simulator.Over}, want{wallet.Paid, usdt(11_000_000), "over"}},
		{"far too little", []string{simulator.Little}, want{wallet.Pending, wallet.Money{}, ""}},
		{"far too much", []string{simulator.Much}, want{wallet.Pending, wallet.Money{}, ""}},
		{"far too little, confirmed by a person", []string{simulator.Little, simulator.Repair}, want{wallet.Paid, usdt(3_000_000), "short"}},
		{"far too much, confirmed by a person", []string{simulator.Much, simulator.Repair}, want{wallet.Paid, usdt(15_000_000), "over"}},
		{"too late", []string{simulator.Fail, simulator.Pay}, want{wallet.Paid, price, ""}},
		{"nothing in time", []string{simulator.Fail}, want{wallet.Failed, wallet.Money{}, ""}},
		{"too little in time", []string{simulator.Under, simulator.Fail}, want{wallet.Paid, usdt(6_000_000), "short"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := stands(t)
			s.creates(t, "A1", price)
			for _, outcome := range test.does {
				s.happens(t, "A1", outcome)
			}
			p := s.queryPayment(t, "A1")
			if got := (want{p.Status, p.Settled, how(p)}); got != test.want || p.Amount != price {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestAnOrderIsFoundByItsNumberAndNeverByItsAddress(t *testing.T) {
	s := stands(t, func(_ *payprotocol.Config, far *simulator.Config) { far.Addresses = 1 })
	s.creates(t, "A1", usdt(10_000_000))
	s.creates(t, "A2", usdt(10_000_000))
	if one, two := s.provider.Books("A1"), s.provider.Books("A2"); one.Address != two.Address || one.Address == "" {
		t.Fatalf("the addresses are %s and %s, want one", one.Address, two.Address)
	}
	s.happens(t, "A2", simulator.Pay)
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Pending {
		t.Errorf("the other order is %s, want pending", p.Status)
	}
	if p := s.queryPayment(t, "A2"); p.Status != wallet.Paid {
		t.Errorf("the order is %s, want paid", p.Status)
	}
	s.provider.RunOnce(t.Context())
	for _, d := range s.inbox.All() {
		n, err := s.wallet.ParseNotification(t.Context(), d)
		if err != nil || len(n.Events) != 1 || n.Events[0].Payment.RequestID != "A2" {
			t.Errorf("got %+v and %v, want news of A2", n, err)
		}
	}
}

func TestADistortedReportNeverCredits(t *testing.T) {
	for _, bend := range []simulator.Fault{simulator.StatusText, simulator.StatusMissing, simulator.StatusNull, "unknown_status"} {
		s := stands(t)
		s.creates(t, "A1", usdt(10_000_000))
		s.happens(t, "A1", simulator.Pay)
		s.provider.Inject(simulator.Rule{Fault: bend}, simulator.Rule{Fault: bend, Endpoint: simulator.Notify})
		if p := s.queryPayment(t, "A1"); p.Status != "" || p.Code == "" && bend != simulator.StatusMissing && bend != simulator.StatusNull {
			t.Errorf("%s: the query says %q with the code %q, want nothing and what was said", bend, p.Status, p.Code)
		}
		s.provider.RunOnce(t.Context())
		n, err := s.wallet.ParseNotification(t.Context(), s.inbox.All()[0])
		if err != nil || n.Events[0].Payment.Status != "" || !n.Confirm {
			t.Errorf("%s: the callback says %+v and %v, want nothing, to be confirmed", bend, n, err)
		}
	}
}

func TestOptionalMembersMayBeNullAndAmountsNumbers(t *testing.T) {
	for _, bend := range []simulator.Fault{simulator.NullMembers, simulator.NumberAmounts} {
		s := stands(t)
		s.creates(t, "A1", usdt(10_000_000))
		s.provider.Inject(simulator.Rule{Fault: bend})
		if p := s.queryPayment(t, "A1"); p.Status != wallet.Pending || p.Amount != usdt(10_000_000) {
			t.Errorf("%s: got %+v, want pending", bend, p)
		}
		s.happens(t, "A1", simulator.Pay)
		if p := s.queryPayment(t, "A1"); p.Status != wallet.Paid || p.Amount != usdt(10_000_000) {
			t.Errorf("%s: got %+v, want paid", bend, p)
		}
	}
}

func TestHostilePagesAndForeignAddressesAreRefused(t *testing.T) {
	verifying := func(near *payprotocol.Config, _ *simulator.Config) {
		near.Action = "address"
		near.Contracts = []payprotocol.Contract{{ChainID: 136, Kind: "tron", Factory: simulator.Factory, InitCodeHash: simulator.InitCodeHash}}
	}
	for _, rule := range []simulator.Rule{
		{Fault: simulator.HostilePage}, {Fault: simulator.OtherAddress},
		{Fault: simulator.OtherAddress, Endpoint: "payment/payInfo"}, {Fault: simulator.OtherAddress, Endpoint: "payment/createPaymentOrder"},
	} {
		for range 6 {
			s := stands(t, verifying)
			s.provider.Inject(rule)
			p, err := s.wallet.CreatePayment(t.Context(), request())
			if !errors.Is(err, fault.Unknown) || p.Action != nil {
				t.Errorf("%+v: got %+v and %v, want unknown", rule, p.Action, err)
			}
		}
	}
}

func TestCallbacksFollowTheProvidersRetrySchedule(t *testing.T) {
	s, c := timed(t)
	s.inbox.Refuse(true)
	s.creates(t, "A1", usdt(10_000_000))
	s.happens(t, "A1", simulator.Pay)
	var at []time.Duration
	for range 25 * 60 {
		if s.provider.RunOnce(t.Context()) > 0 {
			at = append(at, c.Now().Sub(noon))
		}
		c.Advance(time.Second)
	}
	want := []time.Duration{0, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 5 * time.Minute, 10 * time.Minute}
	if len(at) != len(want) {
		t.Fatalf("got attempts at %v, want %v", at, want)
	}
	for i := range want {
		if at[i] != want[i] {
			t.Errorf("got attempts at %v, want %v", at, want)
			break
		}
	}
	for _, d := range s.inbox.All() {
		d.ReceivedAt = c.Now().Add(-15 * time.Minute)
		if _, err := s.wallet.ParseNotification(t.Context(), d); err != nil {
			t.Errorf("an attempt: %v", err)
		}
	}
	s.inbox.Refuse(false)
	if err := s.wallet.Renotify(t.Context(), wallet.Ref{RequestID: "A1"}); err != nil {
		t.Fatal(err)
	}
	if made := s.provider.RunOnce(t.Context()); made != 1 {
		t.Errorf("requested again: got %d attempts, want 1", made)
	}
}

func TestAnOrderFailsWhenItsTimeIsUpAndIsPaidAfterAll(t *testing.T) {
	s, c := timed(t)
	s.creates(t, "A1", usdt(10_000_000))
	c.Advance(30*time.Minute - time.Second)
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Pending {
		t.Errorf("a second before: got %s, want pending", p.Status)
	}
	c.Advance(time.Second)
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Failed || p.Code != "4" {
		t.Errorf("after 30 minutes: got %s with %q, want failed with 4", p.Status, p.Code)
	}
	s.happens(t, "A1", simulator.Pay)
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Paid {
		t.Errorf("paid late: got %s, want paid", p.Status)
	}
}

func TestATransferInItsBlockIsPending(t *testing.T) {
	s, c := timed(t, func(_ *payprotocol.Config, far *simulator.Config) { far.Confirmations = time.Minute })
	s.creates(t, "A1", usdt(10_000_000))
	s.happens(t, "A1", simulator.Pay)
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Pending {
		t.Errorf("in its block: got %s, want pending", p.Status)
	}
	if made := s.provider.RunOnce(t.Context()); made != 0 {
		t.Errorf("in its block: got %d callbacks, want none", made)
	}
	c.Advance(time.Minute)
	s.provider.RunOnce(t.Context()) // time passes
	if made := s.provider.RunOnce(t.Context()) + len(s.inbox.All()); made == 0 || s.queryPayment(t, "A1").Status != wallet.Paid {
		t.Errorf("confirmed: got %d callbacks and %s, want one and paid", made, s.queryPayment(t, "A1").Status)
	}
}

func TestARefundEndsAsTheOperatorDecides(t *testing.T) {
	price := usdt(10_000_000)
	for _, test := range []struct {
		name    string
		verdict simulator.Verdict
		status  wallet.RefundStatus
		amount  wallet.Money
	}{
		{"approved", simulator.Verdict{Approve: true}, wallet.RefundSucceeded, usdt(4_000_000)},
		{"approved with another sum", simulator.Verdict{Approve: true, Amount: "3.5"}, wallet.RefundSucceeded, usdt(3_500_000)},
		{"rejected", simulator.Verdict{}, wallet.RefundFailed, usdt(4_000_000)},
		{"approved, and the transfer fails", simulator.Verdict{Approve: true, Fails: true}, wallet.RefundFailed, usdt(4_000_000)},
		{"under review", simulator.Verdict{Review: true}, wallet.RefundWaiting, usdt(4_000_000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := stands(t)
			paid := s.creates(t, "A1", price)
			s.happens(t, "A1", simulator.Pay)
			r, err := s.wallet.Refund(t.Context(), wallet.RefundRequest{RequestID: "R1", Payment: paid.Ref, Amount: usdt(4_000_000), Paid: price, NotifyURL: testNotify})
			if err != nil || r.Status != wallet.RefundWaiting {
				t.Fatalf("got %+v and %v, want a refund that waits", r, err)
			}
			if err := s.provider.DecideRefund(r.RefundID, test.verdict); err != nil {
				t.Fatal(err)
			}
			got, err := s.wallet.QueryRefund(t.Context(), r.RefundRef)
			if err != nil || got.Status != test.status || got.Amount != test.amount {
				t.Errorf("got %q of %v and %v, want %q of %v", got.Status, got.Amount, err, test.status, test.amount)
			}
		})
	}
}

func TestALostAnswerToARefundMakesNoSecondOne(t *testing.T) {
	s := stands(t)
	price := usdt(10_000_000)
	paid := s.creates(t, "A1", price)
	s.happens(t, "A1", simulator.Pay)
	req := wallet.RefundRequest{RequestID: "R1", Payment: paid.Ref, Amount: usdt(4_000_000), Paid: price, NotifyURL: testNotify}
	s.provider.Inject(simulator.Rule{Fault: "cut_after", Endpoint: "refund/createRefundOrder", Times: 1})
	if _, err := s.wallet.Refund(t.Context(), req); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want unknown", err)
	}
	for range 3 {
		if r, err := s.wallet.Refund(t.Context(), req); err != nil || r.RefundID != "1" {
			t.Errorf("again: got %+v and %v, want the first", r, err)
		}
	}
	if got := s.provider.Books("A1").Refunds; got != 1 {
		t.Errorf("the provider has %d refunds, want 1", got)
	}
}

// The signature covers the request line as it is sent: a proxy that writes the query anew
// breaks it, and so would a client that signs another spelling.
func TestTheSignatureCoversTheQueryExactlyAsItIsSent(t *testing.T) {
	respell := false
	s := stands(t)
	proxy := roundTrip(func(r *http.Request) (*http.Response, error) {
		if respell {
			r = r.Clone(r.Context())
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "outTradeNo=A1", "outTradeNo=%411", 1)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	s.opens(t, wallet.Env{HTTP: client(proxy)})
	s.creates(t, "A1", usdt(10_000_000))
	if p := s.queryPayment(t, "A1"); p.Status != wallet.Pending {
		t.Errorf("as it is: got %s, want pending", p.Status)
	}
	respell = true
	if _, err := s.wallet.QueryPayment(t.Context(), wallet.Ref{RequestID: "A1"}); !errors.Is(err, fault.Unavailable) {
		t.Errorf("in another spelling: got %v, want unavailable", err)
	}
}
