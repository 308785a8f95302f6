package simulator_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func TestNotificationsAreSignedAndSentOnce(t *testing.T) {
	s := newTill(t)
	s.create("A")
	s.settle("A", "pay")
	if n := s.RunOnce(t.Context()); n != 1 {
		t.Errorf("attempts: got %d, want 1", n)
	}
	if n := s.RunOnce(t.Context()); n != 0 {
		t.Errorf("attempts after OK: got %d, want 0", n)
	}
	if all := s.notices(); len(all) != 1 || !all[0].signed || all[0].EventID == "" {
		t.Errorf("got %+v, want one that is signed", all)
	}
}

func TestRetriesFollowTheScheduleAndEnd(t *testing.T) {
	s := newTill(t)
	s.answer = func(notice) (int, string) { return 503, `{"code":"AGAIN"}` }
	s.create("A")
	s.settle("A", "pay")
	for i, pause := range append([]time.Duration{0}, simulator.DefaultLadder...) {
		s.clock.Advance(pause - time.Millisecond)
		if n := s.RunOnce(t.Context()); pause > 0 && n != 0 {
			t.Errorf("attempt %d came early", i+1)
		}
		s.clock.Advance(time.Millisecond)
		if s.RunOnce(t.Context()); len(s.Attempts()) != i+1 {
			t.Fatalf("attempts: got %d, want %d", len(s.Attempts()), i+1)
		}
	}
	s.clock.Advance(1000 * time.Hour)
	if n := s.RunOnce(t.Context()); n != 0 {
		t.Errorf("attempts after the ladder's end: got %d, want 0", n)
	}
	for _, n := range s.notices() {
		if !n.signed {
			t.Error("an attempt was not signed anew")
		}
	}
}

func TestKeptEndsTheDelivery(t *testing.T) {
	s := newTill(t)
	s.answer = func(notice) (int, string) { return 200, `{"code":"KEPT"}` }
	s.create("A")
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	s.clock.Advance(time.Hour)
	if n := s.RunOnce(t.Context()); n != 0 {
		t.Errorf("attempts after KEPT: got %d, want 0", n)
	}
}

func TestOrderIsKeptPerPayment(t *testing.T) {
	s := newTill(t)
	down := true
	s.answer = func(notice) (int, string) {
		if down {
			return 500, ""
		}
		return 200, `{"code":"OK"}`
	}
	s.create("A", with("hold", true))
	s.settle("A", "pay")
	s.RunOnce(t.Context())
	capture := fields{"requestId": "A", "captureRequestId": "C", "amount": fields{"currency": "USD", "value": "1000"}}
	if got := s.call("/v1/payments/capture", capture); got.Status != "PAID" || got.Captured.Value != "1000" {
		t.Fatalf("capture: got %+v", got)
	}
	s.RunOnce(t.Context())
	s.wantReported("AUTHORIZED")
	down = false
	s.clock.Advance(time.Second)
	s.RunOnce(t.Context())
	s.wantReported("AUTHORIZED AUTHORIZED PAID")
}

func TestNotificationFaults(t *testing.T) {
	for _, c := range []struct {
		fault    simulator.Fault
		reported string
		check    func(notice) bool
	}{
		{simulator.LoseNotification, "", nil},
		{simulator.DoubleNotification, "PAID PAID", func(n notice) bool { return n.signed && n.Sequence == 1 }},
		{simulator.ForgeNotification, "PAID", func(n notice) bool { return !n.signed }},
		{simulator.LieAmount, "PAID", func(n notice) bool { return n.signed && n.Payment.Amount.Value == "1235" }},
		{simulator.LieCurrency, "PAID", func(n notice) bool { return n.signed && n.Payment.Amount.Currency == "EUR" }},
		{simulator.DelayNotification, "", nil},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			s := newTill(t)
			s.Inject(simulator.Rule{Fault: c.fault, Times: 1})
			s.create("A")
			s.settle("A", "pay")
			s.RunOnce(t.Context())
			s.wantReported(c.reported)
			for _, n := range s.notices() {
				if !c.check(n) {
					t.Errorf("got %+v", n)
				}
			}
		})
	}
}

func TestDelayedNotificationsComeLater(t *testing.T) {
	for fault, want := range map[simulator.Fault]string{
		simulator.DelayNotification:   "AUTHORIZED PAID",
		simulator.ReorderNotification: "PAID AUTHORIZED",
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := newTill(t)
			s.Inject(simulator.Rule{Fault: fault, Times: 1, Delay: time.Minute})
			s.create("A", with("hold", true))
			s.settle("A", "pay")
			s.RunOnce(t.Context())
			s.call("/v1/payments/capture", fields{
				"requestId": "A", "captureRequestId": "C", "amount": fields{"currency": "USD", "value": "1234"},
			})
			s.RunOnce(t.Context())
			s.clock.Advance(time.Minute)
			s.RunOnce(t.Context())
			s.wantReported(want)
		})
	}
}

// A receiver that hangs must not hold up another one, nor Run's end.
func TestOneSlowReceiverDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTill(t, func(c *simulator.Config) { c.Now, c.Workers = time.Now, 2 })
		s.clock.Advance(time.Since(s.clock.Now()))
		hang := make(chan struct{})
		s.answer = func(n notice) (int, string) {
			if n.host == "slow.example" {
				<-hang
			}
			return 200, `{"code":"OK"}`
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		for i := range 20 {
			host := []string{"https://slow.example/n", "https://fast.example/n"}[i%2]
			s.create(name(i), with("notifyUrl", host))
			s.settle(name(i), "pay")
		}
		synctest.Wait()
		var fast, slow int
		for _, n := range s.notices() {
			if n.host == "fast.example" {
				fast++
			} else {
				slow++
			}
		}
		if fast != 10 || slow != 2 {
			t.Errorf("delivered: got %d fast and %d slow under way, want 10 and 2", fast, slow)
		}
		cancel()
		close(hang)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: got %v, want context canceled", err)
		}
	})
}

// Run wakes by itself when a payment falls due, on the provider's clock.
func TestRunKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTill(t, func(c *simulator.Config) { c.Now = time.Now })
		s.clock.Advance(time.Since(s.clock.Now()))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		s.create("LATER")
		s.create("EXPIRES")
		s.settle("LATER", "later")
		time.Sleep(5*time.Second + time.Millisecond) // synctest's time
		synctest.Wait()
		s.wantReported("PAID")
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		s.wantReported("PAID EXPIRED")
		cancel()
		<-ended
	})
}

func TestRandomFaultsAreTheSameForASeed(t *testing.T) {
	run := func(seed uint64) (codes []int) {
		s := newTill(t, func(c *simulator.Config) { c.Seed = seed })
		s.Inject(simulator.Rule{Fault: simulator.ServerError, Rate: 0.5})
		for i := range 40 {
			codes = append(codes, s.call("/v1/payments", s.creating(name(i))).HTTP)
		}
		return codes
	}
	if !slices.Equal(run(1), run(1)) {
		t.Error("two runs of one seed differ")
	}
	if slices.Equal(run(1), run(2)) {
		t.Error("two seeds agree in forty throws")
	}
}
