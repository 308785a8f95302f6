package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

func TestFaultsOfCalls(t *testing.T) {
	for _, c := range []struct {
		fault    simulator.Fault
		word     string // of the answer
		payments int    // on the books afterwards
		signed   bool
		has      string // in the answer
	}{
		{simulator.ServerError, "/", 1, false, "<h1>502"},
		{simulator.GarbageAnswer, "/", 1, false, `{"paymentId":`},
		{simulator.UnsignedAnswer, "A/ACCEPT", 1, false, "redirectionUrl"},
		{simulator.ForgedAnswer, "A/ACCEPT", 1, false, "redirectionUrl"},
		{simulator.SkewedAnswer, "A/ACCEPT", 1, true, "redirectionUrl"},
		{simulator.NoResult, "/", 1, true, "redirectionUrl"},
		{simulator.UnknownOutcome, "U/UNKNOWN_EXCEPTION", 1, true, ""},
		{simulator.AcceptedAsR, "R/ACCEPT", 1, true, "redirectionUrl"},
		{simulator.AcceptedAsU, "U/PAYMENT_IN_PROCESS", 1, true, "redirectionUrl"},
		{simulator.OtherRedirect, "A/ACCEPT", 1, true, `"redirectUrl":"https://wallet.example/sim/cashier?bizNo=`},
		{simulator.NumberAmounts, "A/ACCEPT", 1, true, `"value":1234}`},
		{simulator.WrongAmount, "A/ACCEPT", 1, true, `"value":"1235"`},
		{simulator.WrongCurrency, "A/ACCEPT", 1, true, `"currency":"EUR"`},
		{simulator.LimitFailed, "F/REQUEST_TRAFFIC_EXCEED_LIMIT", 0, true, ""},
		{simulator.LimitUnknown, "U/REQUEST_TRAFFIC_EXCEED_LIMIT", 0, true, ""},
		{simulator.UnknownUntouched, "U/UNKNOWN_EXCEPTION", 0, true, ""},
		{simulator.Refused, "F/RISK_REJECT", 0, true, ""},
		{simulator.NotThereYet, "F/ORDER_NOT_EXIST", 0, true, ""},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			s := newTill(t, "generic-v2")
			s.Inject(simulator.Rule{Fault: c.fault, Endpoint: "pay", Times: 1})
			want(t, "another endpoint", s.inquire("A").word(), "F/ORDER_NOT_EXIST")
			got := s.call("payments/pay", s.paying("A"))
			want(t, "result", got.word(), c.word)
			if got.signed != c.signed || !strings.Contains(got.Body, c.has) {
				t.Errorf("got signed %v, %s; want signed %v and %q", got.signed, got.Body, c.signed, c.has)
			}
			if n := s.Books("A").Payments; n != c.payments {
				t.Errorf("payments on the books: got %d, want %d", n, c.payments)
			}
			s.open("A") // the fault is used up, and nothing is broken
		})
	}
}

func TestLostAnswersAndCutLines(t *testing.T) {
	for fault, payments := range map[simulator.Fault]int{simulator.CutBefore: 0, simulator.CutAfter: 1} {
		s := newTill(t, "generic-v2")
		server := httptest.NewServer(s)
		s.Inject(simulator.Rule{Fault: fault, Endpoint: "pay", Times: 1})
		r := s.request(s.prefix+"/payments/pay", s.paying("A"))
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", server.Listener.Addr().String(), ""
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s: got HTTP %d, want no answer", fault, resp.StatusCode)
		}
		server.Close()
		if n := s.Books("A").Payments; n != payments {
			t.Errorf("%s: %d payments on the books, want %d", fault, n, payments)
		}
	}
}

func TestASlowAnswerComes(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.SlowAnswer, Delay: time.Millisecond})
	s.open("A")
	s.Clear()
	if len(s.Rules()) != 0 {
		t.Error("rules are left after Clear")
	}
}

func TestNewsMayComeBeforeTheAnswer(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.NotifyFirst, Endpoint: "pay", Times: 1})
	before := 0
	s.answer = func(n int) (int, string, bool) { before = n; return 200, `{"result":{"resultStatus":"S"}}`, true }
	s.open("A")
	if before != 1 {
		t.Errorf("received %d notifications before the answer, want 1", before)
	}
	s.wantBooks("A", "PAID", 1234, 0)
	if n := s.RunOnce(t.Context()); n != 0 {
		t.Errorf("sent %d more, want none", n)
	}
}

func TestRulesSkipAndChooseTheirCode(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.Refused, Endpoint: "pay", Skip: 1, Times: 1, Code: "USER_AMOUNT_EXCEED_LIMIT"})
	s.open("A")
	want(t, "the second", s.call("payments/pay", s.paying("B")).word(), "F/USER_AMOUNT_EXCEED_LIMIT")
	s.open("C")
}

func TestARuleThatCannotApplyIsAMistake(t *testing.T) {
	for _, rule := range []simulator.Rule{
		{Fault: "none"}, {Fault: simulator.CutAfter, Endpoint: "elsewhere"}, {Fault: simulator.CutAfter, Endpoint: simulator.Notify},
		{Fault: simulator.LoseNotification, Endpoint: "pay"}, {Fault: simulator.CutAfter, Times: -1},
		{Fault: simulator.LagQuery, Endpoint: "pay"}, {Fault: simulator.RefuseRepeat, Endpoint: simulator.Notify},
		{Fault: simulator.ChangeID, Endpoint: "pay"}, {Fault: simulator.LagQuery, Rate: 1.5}, {Fault: simulator.LagQuery, Rate: -0.5},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", rule)
				}
			}()
			newTill(t, "generic-v2").Inject(rule)
		}()
	}
}
