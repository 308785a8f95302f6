package simulator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// wantReported checks what was received, one text in each notification, in order.
func (s *till) wantReported(texts ...string) {
	s.Helper()
	all := s.notices()
	if len(all) != len(texts) {
		s.Fatalf("received %d notifications, want %d: %+v", len(all), len(texts), all)
	}
	for i, text := range texts {
		if !strings.Contains(all[i].body, text) {
			s.Errorf("notification %d: got %s, want %s in it", i+1, all[i].body, text)
		}
	}
}

func TestNewsCarriesItsStatusAsTheProfileDoes(t *testing.T) {
	for profile, c := range map[string]struct{ paid, failed string }{
		"generic-v1": {`"paymentStatus":"SUCCESS"`, `"paymentStatus":"FAIL","paymentFailReason":"the balance is not enough"`},
		"generic-v2": {`"paymentResult":{"resultCode":"SUCCESS","resultStatus":"S"`, `"paymentResult":{"resultCode":"USER_BALANCE_NOT_ENOUGH","resultStatus":"F"`},
		"tng":        {`"paymentResult":{"resultCode":"SUCCESS","resultStatus":"S"`, `"resultStatus":"F"`},
		"rebell":     {`"paymentCreatedTime":"2026-01-02T02:15:00Z"`, `"paymentStatus":"FAIL"`},
		"ams":        {`{"notifyType":"PAYMENT_RESULT","result":{"resultCode":"SUCCESS","resultStatus":"S"`, `"notifyType":"PAYMENT_RESULT","result":{"resultCode":"USER_BALANCE_NOT_ENOUGH"`},
	} {
		t.Run(profile, func(t *testing.T) {
			s := newTill(t, profile)
			s.open("A")
			s.settle("A", "pay")
			s.RunOnce(t.Context())
			s.open("B")
			s.settle("B", "decline")
			s.RunOnce(t.Context())
			s.wantReported(c.paid, c.failed)
			want(t, "NotificationBody", string(s.NotificationBody("B")), s.notices()[1].body)
			if got := s.notices()[0].header.Get("Client-Id"); (got == "") != (profile == "rebell") {
				t.Errorf("Client-Id: got %q", got)
			}
		})
	}
}

func TestWhatIsLeftInProcessingCompletesByItself(t *testing.T) {
	s := newTill(t, "ams")
	s.open("A")
	s.settle("A", "later")
	s.RunOnce(t.Context())
	s.clock.Advance(5 * time.Second)
	s.RunOnce(t.Context())
	s.wantReported(`"notifyType":"PAYMENT_PENDING"`, `"notifyType":"PAYMENT_RESULT"`)
	s.wantBooks("A", "PAID", 1234, 0)
}

func TestRetriesFollowTheScheduleAndEnd(t *testing.T) {
	for scale, name := range map[int]string{1: "at its pace", 60: "sixty times as fast"} {
		t.Run(name, func(t *testing.T) {
			s := newTill(t, "generic-v2", func(c *simulator.Config) { c.TimeScale = scale })
			s.answer = func(int) (int, string, bool) {
				return 200, `{"result":{"resultCode":"UNKNOWN_EXCEPTION","resultStatus":"U"}}`, true
			}
			s.open("A")
			s.settle("A", "pay")
			for i, pause := range append([]time.Duration{0}, simulator.DefaultLadder...) {
				pause /= time.Duration(scale)
				s.clock.Advance(pause - time.Millisecond)
				if n := s.RunOnce(t.Context()); pause > 0 && n != 0 {
					t.Errorf("attempt %d came early", i+1)
				}
				s.clock.Advance(time.Millisecond)
				if s.RunOnce(t.Context()); len(s.Deliveries("A")) != i+1 {
					t.Fatalf("attempts: got %d, want %d", len(s.Deliveries("A")), i+1)
				}
			}
			s.clock.Advance(1000 * time.Hour)
			if n := s.RunOnce(t.Context()); n != 0 || len(s.notices()) != 8 {
				t.Errorf("after the ladder's end: %d more, %d in all; want 0 and 8", n, len(s.notices()))
			}
		})
	}
}

func TestTheAnswerDecidesWhetherNewsIsSentAgain(t *testing.T) {
	const done, failed, unknown = `{"result":{"resultStatus":"S"}}`, `{"result":{"resultStatus":"F"}}`, `{"result":{"resultStatus":"U"}}`
	for _, c := range []struct {
		name, profile string
		demand        bool
		status        int
		ack           string
		signed, again bool
	}{
		{"S", "generic-v2", false, 200, done, true, false},
		{"S without a signature", "generic-v2", false, 200, done, false, false},
		{"S without a signature where one is demanded", "generic-v2", true, 200, done, false, true},
		{"S with one", "generic-v2", true, 200, done, true, false},
		{"F", "generic-v2", false, 200, failed, true, false},
		{"F where it means again", "alipayplus", false, 200, failed, true, true},
		{"U", "generic-v2", false, 200, unknown, true, true},
		{"another HTTP status", "generic-v2", false, 401, failed, true, true},
		{"nonsense", "generic-v2", false, 200, `OK`, false, true},
		{"no result", "generic-v2", false, 200, `{}`, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTill(t, c.profile, func(cfg *simulator.Config) { cfg.RequireSignedAck = c.demand })
			s.answer = func(int) (int, string, bool) { return c.status, c.ack, c.signed }
			s.open("A")
			s.settle("A", "pay")
			s.RunOnce(t.Context())
			s.clock.Advance(2 * time.Minute)
			if again := s.RunOnce(t.Context()) == 1; again != c.again {
				t.Errorf("sent again: got %v, want %v; %+v", again, c.again, s.Deliveries("A"))
			}
			if first := s.Deliveries("A")[0]; first.Signed != c.signed || first.Status != c.status {
				t.Errorf("recorded: got %+v", first)
			}
		})
	}
}

func TestAnAckThatIsSignedWronglyIsNone(t *testing.T) {
	s := newTill(t, "generic-v2", func(c *simulator.Config) { c.ClientKeys[1] = file(t, "wallet_public.pem") })
	body := s.Sign("/hooks/miniprogram", []byte("{}")) // whatever the wallet signs is not the client's
	if body.Get("Signature") == "" || body.Get("Request-Time") == "" {
		t.Fatalf("Sign: got %v", body)
	}
	s = newTill(t, "generic-v2")
	s.signer = privateKey(t, "wallet")
	r := s.request(s.prefix+"/payments/pay", s.paying("A"))
	want(t, "a call signed with another key", s.do(r).word(), "F/INVALID_SIGNATURE")
	s.signer = privateKey(t, "client")
	s.open("A")
	s.settle("A", "pay")
	s.signer = privateKey(t, "wallet")
	s.RunOnce(t.Context())
	if a := s.Deliveries("A")[0]; a.Signed || a.Err == "" {
		t.Errorf("recorded: got %+v", a)
	}
	s.clock.Advance(2 * time.Minute)
	if s.RunOnce(t.Context()) != 1 {
		t.Error("news was not sent again")
	}
}

func TestFaultsOfNews(t *testing.T) {
	const paid = `"resultStatus":"S"`
	for _, c := range []struct {
		fault    simulator.Fault
		reported []string
	}{
		{simulator.LoseNotification, nil},
		{simulator.DelayNotification, nil},
		{simulator.DoubleNotification, []string{paid, paid}},
		{simulator.FailAfterSuccess, []string{paid, `"resultStatus":"F"`}},
		{simulator.NumberAmounts, []string{`"value":1234}`}},
		{simulator.WrongAmount, []string{`"value":"1235"`}},
		{simulator.WrongCurrency, []string{`"currency":"EUR"`}},
		{simulator.NoStatus, []string{`"paymentRequestId":"A","paymentAmount"`}},
		{simulator.SkewedNotification, []string{paid}},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			s := newTill(t, "generic-v2")
			s.Inject(simulator.Rule{Fault: c.fault, Endpoint: simulator.Notify, Times: 1})
			s.open("A")
			s.settle("A", "pay")
			s.RunOnce(t.Context())
			s.wantReported(c.reported...)
			for _, n := range s.notices() {
				if !n.signed {
					t.Error("a notification was not signed")
				}
			}
		})
	}
	for _, fault := range []simulator.Fault{simulator.ForgeNotification, simulator.UnsignedNotification} {
		s := newTill(t, "generic-v2")
		s.Inject(simulator.Rule{Fault: fault, Times: 1})
		s.open("A")
		s.settle("A", "pay")
		s.RunOnce(t.Context())
		if all := s.notices(); len(all) != 1 || all[0].signed {
			t.Errorf("%s: received %+v, want one that is not signed rightly", fault, all)
		}
	}
}

func TestDelayedNewsComesLater(t *testing.T) {
	s := newTill(t, "generic-v2")
	s.Inject(simulator.Rule{Fault: simulator.DelayNotification, Times: 1, Delay: time.Minute})
	s.open("A")
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	s.clock.Advance(time.Minute)
	s.RunOnce(t.Context())
	s.wantReported(`"resultStatus":"S"`)
}

// Run wakes by itself when something falls due, on the provider's clock.
func TestRunKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTill(t, "generic-v2", func(c *simulator.Config) { c.Now = time.Now })
		s.clock.Advance(time.Since(s.clock.Now()))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		s.open("LATER")
		s.open("EXPIRES")
		s.settle("LATER", "later")
		time.Sleep(5*time.Second + time.Millisecond) // synctest's time
		synctest.Wait()
		s.wantReported(`"LATER"`)
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		s.wantReported(`"LATER"`, `"EXPIRES"`)
		cancel()
		<-ended
	})
}

func TestThePaymentURLIsNotifiedToo(t *testing.T) {
	s := newTill(t, "rebell")
	opened := s.open("A", with("cashierNotifyUrl", notifyURL))
	s.RunOnce(t.Context())
	s.wantReported(`"cashierUrl":"` + paymentURL(opened))
}

func TestADeliveryCanBeRequestedBesideRun(t *testing.T) {
	s := newTill(t, "generic-v2")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	s.open("A")
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	if len(s.notices()) != 1 {
		t.Error("nothing was delivered")
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}
