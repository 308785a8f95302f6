package outbound

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

// TestHowManyDueOrdersMayBeQueried is how many query slots a wallet with 4 of them, and 32
// slots for calls, has for due orders.
func TestHowManyDueOrdersMayBeQueried(t *testing.T) {
	open := func(w *Wallet) {
		for range breakAfter {
			w.breaker.report(noon, noon, fault.Unknown)
		}
	}
	for name, test := range map[string]struct {
		prepare func(w *Wallet)
		now     time.Time
		most    int
		want    int
	}{
		"all that are free":                          {func(*Wallet) {}, noon, 10, 4},
		"no more than the caller has":                {func(*Wallet) {}, noon, 3, 3},
		"none for none":                              {func(*Wallet) {}, noon, -1, 0},
		"those that are not in use":                  {func(w *Wallet) { w.AcquireQueries(noon, 3) }, noon, 10, 1},
		"one that was released":                      {func(w *Wallet) { w.AcquireQueries(noon, 4); w.ReleaseQuery() }, noon, 10, 1},
		"none while queries are paused":              {func(w *Wallet) { w.PauseQueries(noon, &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Second}) }, noon.Add(999 * time.Millisecond), 10, 0},
		"all after the pause":                        {func(w *Wallet) { w.PauseQueries(noon, &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Second}) }, noon.Add(time.Second), 10, 4},
		"none while the breaker is open":             {open, noon, 10, 0},
		"one for a breaker that is half-open":        {open, noon.Add(breakFirst), 10, 1},
		"none beside the one":                        {func(w *Wallet) { open(w); w.AcquireQueries(noon.Add(breakFirst), 1) }, noon.Add(breakFirst), 10, 0},
		"none beside a payment that is the probe":    {func(w *Wallet) { open(w); w.breaker.allow(noon.Add(breakFirst)) }, noon.Add(breakFirst), 10, 0},
		"those for which the bulkhead has a place":   {func(w *Wallet) { fill(w, 30) }, noon, 10, 2},
		"none when payments need the whole bulkhead": {func(w *Wallet) { fill(w, 32) }, noon, 10, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := Open("slow", nil, 32, time.Minute, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
			test.prepare(w)
			if got := w.AcquireQueries(test.now, test.most); got != test.want {
				t.Errorf("got %d slots, want %d", got, test.want)
			}
		})
	}
}

func fill(w *Wallet, calls int) {
	for range calls {
		w.slots <- struct{}{}
	}
}

// A call that its caller cancels says nothing about the wallet: not that it is down, and not
// that it is up.
func TestACanceledCallIsNoFailureOfTheWallet(t *testing.T) {
	w := Open("slow", nil, 32, time.Minute, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	canceled := func() {
		ctx, cancel := context.WithCancel(t.Context())
		_, _ = callWithin(ctx, time.Minute, w, QueryPayment, func(context.Context) (int, error) {
			cancel()
			return 0, fault.Unknown
		})
	}
	for range breakAfter - 1 {
		w.breaker.report(noon, noon, fault.Unknown)
	}
	for range breakAfter {
		canceled()
	}
	if w.breaker.open(noon) || w.failing.Load() != nil {
		t.Error("canceled calls opened the breaker")
	}
	w.breaker.report(noon, noon, fault.Unknown)
	w.now = func() time.Time { return noon.Add(breakFirst) }
	canceled()
	if got := w.AcquireQueries(noon.Add(breakFirst), 10); got != 1 {
		t.Errorf("after a probe that was canceled: got %d slots, want one for the next probe", got)
	}
}
