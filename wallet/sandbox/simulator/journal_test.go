package simulator_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// journaled is a till with a journal, and how to start it again.
func journaled(t *testing.T) (s *till, restart func()) {
	t.Helper()
	s = &till{TB: t, clock: newClock()}
	cfg := simulator.Config{
		PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key), ManualRefunds: true,
		Now: s.clock.Now, HTTP: httpClient(s), Journal: filepath.Join(t.TempDir(), "journal"),
	}
	s.reopen(cfg)
	return s, func() {
		t.Helper()
		before, ledger := s.Payments(), s.Ledger()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.reopen(cfg)
		if after := s.Payments(); !reflect.DeepEqual(before, after) || !reflect.DeepEqual(ledger, s.Ledger()) {
			t.Errorf("after the restart:\n got %+v\nwant %+v", after, before)
		}
	}
}

func TestEverythingSurvivesARestart(t *testing.T) {
	s, restart := journaled(t)
	open, paid := s.create("OPEN"), s.create("PAID")
	s.create("LATER")
	s.create("HELD", with("hold", true))
	for id, outcome := range map[string]string{"PAID": "pay", "LATER": "later", "HELD": "pay"} {
		s.settle(id, outcome)
	}
	refund := fields{"requestId": "PAID", "refundRequestId": "R", "amount": fields{"currency": "USD", "value": "34"}}
	s.call("/v1/refunds", refund)
	restart()
	if again := s.create("OPEN"); again.PaymentURL != open.PaymentURL || again.PaymentID != open.PaymentID {
		t.Errorf("the same request: got %+v, want %+v", again, open)
	}
	if got := s.visit(paid.PaymentURL).Code; got != 200 {
		t.Errorf("the cashier: got HTTP %d, want 200", got)
	}
	s.RunOnce(t.Context())
	if n := len(s.notices()); n != 2 {
		t.Errorf("notifications undelivered before: got %d, want 2", n)
	}
	s.clock.Advance(5 * time.Second)
	s.RunOnce(t.Context())
	s.wantStatus("LATER", "PAID")
	if err := s.DecideRefund("R", true); err != nil {
		t.Error(err)
	}
	capture := fields{"requestId": "HELD", "captureRequestId": "C", "amount": fields{"currency": "USD", "value": "1000"}}
	s.call("/v1/payments/capture", capture)
	restart()
	if got := s.call("/v1/payments/capture", capture); got.Status != "PAID" || got.Captured.Value != "1000" {
		t.Errorf("the same capture: got %+v", got)
	}
	received := len(s.notices())
	s.RunOnce(t.Context())
	if n := len(s.notices()) - received; n != 2 {
		t.Errorf("notifications after the second restart: got %d, want 2", n)
	}
}

func TestATornLastLineIsForgottenAndDamageIsNot(t *testing.T) {
	s, _ := journaled(t)
	path := filepath.Join(t.TempDir(), "journal")
	cfg := simulator.Config{PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key), Journal: path, Now: s.clock.Now}
	s.reopen(cfg)
	s.create("A")
	s.create("B")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	firstLine := bytes.IndexByte(whole, '\n') + 1
	for cut := firstLine; cut < len(whole); cut += 7 {
		write(t, path, whole[:cut])
		s.reopen(cfg)
		if n := len(s.Payments()); n != 1 {
			t.Fatalf("cut at %d: got %d payments, want 1", cut, n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(t, path, append([]byte("damage\n"), whole...))
	if _, err := simulator.New(cfg); err == nil {
		t.Error("a damaged line in the middle: got no error")
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentChangesAreAllDurable(t *testing.T) {
	s, restart := journaled(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			s.create(name(i))
			s.settle(name(i), "pay")
		})
	}
	all.Wait()
	restart()
	if got := s.Ledger()["USD"].Captured.Minor; got != 64*1234 {
		t.Errorf("captured: got %d, want %d", got, 64*1234)
	}
}

func TestAClosedJournalAnswersInternal(t *testing.T) {
	s, _ := journaled(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.call("/v1/payments", s.creating("A")); got.Code != "INTERNAL" {
		t.Errorf("got %q, want INTERNAL", got.Code)
	}
}

func TestAFinishedPaymentStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory")
	}
	const payments = 5_000
	s := newTill(t, func(c *simulator.Config) { c.AttemptsKept = 1 })
	s.answer = nil
	before := heap()
	for i := range payments {
		id := fmt.Sprintf("01J%029d", i)
		s.create(id)
		s.settle(id, "pay")
	}
	s.RunOnce(t.Context())
	s.received = nil
	each := int64(heap()-before) / payments
	t.Logf("%d bytes a payment", each)
	if each > 500 {
		t.Errorf("got %d bytes a payment, want at most 500", each)
	}
	runtime.KeepAlive(s)
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
