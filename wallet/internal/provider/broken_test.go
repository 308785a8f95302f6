package provider_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// panics says whether do panicked.
func panics(do func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	do()
	return false
}

func TestAPanicOfTheWalletPropagatesAndBlocksNothing(t *testing.T) {
	for name, build := range map[string]func(d *provider.Delivery[string], broken *bool){
		"Request": func(d *provider.Delivery[string], broken *bool) {
			request := d.Request
			d.Request = func(n *provider.Notice[string], try provider.Try) (provider.Message, error) {
				if *broken {
					panic("request")
				}
				return request(n, try)
			}
		},
		"Settle": func(d *provider.Delivery[string], broken *bool) {
			d.Settle = func(any, time.Time) {
				if *broken {
					panic("settle")
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which reports a round that never ends
				broken := true
				f := newFar(t, func(d *provider.Delivery[string]) { build(d, &broken) })
				f.Remind("payment", f.now)
				f.notify("A", "a1")
				f.forward(time.Millisecond)
				if !panics(func() { f.RunOnce(t.Context()) }) {
					t.Error("the panic was lost")
				}
				broken = false
				f.RunOnce(t.Context())
				f.forward(time.Minute)
				f.RunOnce(t.Context())
				f.wantReceived("a1")
			})
		})
	}
}

func TestARoundBesideRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Now = time.Now })
		hang, stop := f.hangingRun()
		f.notify("A", "a1")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		var ended atomic.Bool
		go func() { f.RunOnce(ctx); ended.Store(true) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !ended.Load() {
			t.Error("the round still waits for the attempt of Run")
		}
		close(hang)
		stop()
	})
}

func TestNoticesOfAReservedMailboxAreLeftToDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Now = time.Now })
		hang, stop := f.hangingRun()
		close(hang)
		f.Reserve("A")
		f.notify("A", "a1")
		f.notify("B", "b1")
		synctest.Wait()
		f.wantReceived("b1")
		if made := f.Deliver(t.Context(), "A"); made != 1 {
			t.Errorf("Deliver made %d attempts, want 1", made)
		}
		f.notify("A", "a2")
		synctest.Wait()
		f.wantReceived("b1 a1 a2")
		f.Reserve("C")
		if made := f.Deliver(t.Context(), "C"); made != 0 {
			t.Errorf("of an empty box: %d attempts, want 0", made)
		}
		f.notify("C", "c1")
		synctest.Wait()
		f.wantReceived("b1 a1 a2 c1")
		stop()
	})
}
