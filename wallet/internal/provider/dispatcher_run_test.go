package provider_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

func TestAMailboxIsSentOneNoticeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Now = time.Now })
		hang, stop := f.hangingRun()
		f.notify("A", "a1")
		synctest.Wait()
		f.notify("A", "a2")
		synctest.Wait()
		f.wantReceived("a1")
		if f.Deliver(t.Context(), "A") != 0 {
			t.Error("a notice was sent beside the one before it")
		}
		close(hang)
		synctest.Wait()
		f.wantReceived("a1 a2")
		stop()
	})
}

func TestARoundBesideRunEndsAfterWhatRunIsSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Now = time.Now })
		hang, stop := f.hangingRun()
		f.notify("A", "a1")
		synctest.Wait()
		var ended atomic.Bool
		go func() { f.RunOnce(t.Context()); ended.Store(true) }()
		synctest.Wait()
		if ended.Load() {
			t.Error("the round ended while an attempt was under way")
		}
		close(hang)
		synctest.Wait()
		if !ended.Load() {
			t.Error("the round did not end")
		}
		stop()
	})
}

// hangingRun starts Run beside a receiver that answers once hang is closed.
func (f *far) hangingRun() (hang chan struct{}, stop func()) {
	hang = make(chan struct{})
	f.answer = func(string) (int, string) { <-hang; return 200, "ok" }
	ctx, cancel := context.WithCancel(f.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return hang, func() { cancel(); <-ended }
}

func TestOneBoxCanBeDeliveredAtOnce(t *testing.T) {
	f := newFar(t)
	f.notify("A", "a1", "a2")
	f.notify("B", "b1")
	if made := f.Deliver(t.Context(), "A"); made != 2 || f.Deliver(t.Context(), "C") != 0 {
		t.Errorf("attempts: got %d, want 2", made)
	}
	f.wantReceived("a1 a2")
	f.round(1)
	f.wantReceived("a1 a2 b1")
}

func TestAnAttemptThatWasBrokenOffDoesNotCount(t *testing.T) {
	f := newFar(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.answer = func(string) (int, string) { cancel(); return 0, "" }
	f.notify("A", "a")
	f.RunOnce(ctx)
	f.refusing(false)
	f.round(1)
	if all := f.Attempts(); all[1].Number != 1 {
		t.Errorf("got %+v, want the first attempt again", all[1])
	}
}

// A receiver that hangs must not hold up another one, nor Run's end.
func TestOneSlowReceiverDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Workers, d.Now = 2, time.Now })
		hang := make(chan struct{})
		f.answer = func(body string) (int, string) {
			if body == "slow" {
				<-hang
			}
			return 200, "ok"
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		for i := range 20 {
			host := []string{"slow", "fast"}[i%2]
			f.Send(&provider.Notice[string]{Box: i, URL: "https://" + host + ".example/n", News: host})
		}
		synctest.Wait()
		f.wantReceivedCount("fast", 10)
		f.wantReceivedCount("slow", 2)
		f.Send(&provider.Notice[string]{URL: "https://fast.example/n", News: "fast"})
		synctest.Wait()
		f.wantReceivedCount("fast", 11)
		cancel()
		close(hang)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: got %v, want context canceled", err)
		}
		f.round(8) // what was only queued is still to be delivered
		f.wantReceivedCount("slow", 10)
	})
}

func (f *far) wantReceivedCount(text string, want int) {
	f.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	got := 0
	for _, received := range f.received {
		if received == text {
			got++
		}
	}
	if got != want {
		f.Errorf("%s: received %d times, want %d", text, got, want)
	}
}

func TestRunKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *far
		f = newFar(t, func(d *provider.Delivery[string]) {
			d.Now = time.Now
			d.Settle = func(any, time.Time) { f.notify("A", "expired") }
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		f.refusing(true)
		f.notify("A", "a")
		f.Remind("A", time.Now().Add(30*time.Second))
		synctest.Wait()
		f.wantReceived("a")
		f.refusing(false)
		time.Sleep(time.Minute + time.Millisecond) // synctest's time
		synctest.Wait()
		f.wantReceived("a a expired")
		cancel()
		<-ended
	})
}

func TestARoundBesideRunWaitsForWhatIsUnderWay(t *testing.T) {
	f := newFar(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	for range 100 {
		f.notify("A", "a")
		f.RunOnce(t.Context())
		if f.Waiting("A") != 0 {
			t.Fatal("a round ended before the notice was delivered")
		}
	}
	cancel()
	<-ended
	f.wantReceivedCount("a", 100)
}
