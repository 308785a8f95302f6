package measure

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func round(count int, took time.Duration) Round {
	return Round{Took: took, CPU: UnknownCPU, Latencies: make([]time.Duration, count)}
}

func TestTheRateIsTheMedianOfTheRounds(t *testing.T) {
	s := Series{round(100, time.Second), round(400, time.Second), round(100, time.Second/2)}
	if got, want := s.Rate(), (Rate{200, 100, 400}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := s[:2].Rate().Median; got != 250 {
		t.Errorf("of two rounds: got %v, want 250", got)
	}
	if got := (Series{}).Rate(); got != (Rate{}) {
		t.Errorf("without rounds: got %v", got)
	}
}

func TestQuantilesOfLatencies(t *testing.T) {
	sorted := make([]time.Duration, 1000)
	for i := range sorted {
		sorted[i] = time.Duration(i)
	}
	for thousandths, want := range map[int]time.Duration{0: 0, 500: 500, 990: 990, 1000: 999} {
		if got := Quantile(sorted, thousandths); got != want {
			t.Errorf("%d: got %d, want %d", thousandths, got, want)
		}
	}
	if got := Quantile(nil, 990); got != 0 {
		t.Errorf("without latencies: got %v", got)
	}
}

func TestTheRatioComparesRoundsOfTheSameMoment(t *testing.T) {
	// The machine was half as fast in the second round, and another job ran in the third.
	subject := Series{round(80, time.Second), round(40, time.Second), round(10, time.Second)}
	reference := Series{round(100, time.Second), round(50, time.Second), round(100, time.Second)}
	if got := Ratio(subject, reference); got != 0.8 {
		t.Errorf("got %v, want 0.8", got)
	}
	if got := Ratio(subject, nil); got != 0 {
		t.Errorf("without the other side: got %v, want 0", got)
	}
}

func TestCPUIsUnknownWhenOneRoundIs(t *testing.T) {
	known := Round{CPU: time.Millisecond, Latencies: make([]time.Duration, 10)}
	if got, ok := (Series{known, known}).CPU(); !ok || got != 100*time.Microsecond {
		t.Errorf("got %v, %v; want 100µs", got, ok)
	}
	if got, ok := (Series{known, round(10, time.Second)}).CPU(); ok {
		t.Errorf("got %v, want unknown", got)
	}
}

func TestEveryRequestIsSentOnce(t *testing.T) {
	var sent [101]atomic.Int32
	r, err := Run(t.Context(), 7, len(sent), func(_ context.Context, i int) error {
		sent[i].Add(1)
		return nil
	})
	if err != nil || len(r.Latencies) != len(sent) {
		t.Fatalf("got %d latencies and %v", len(r.Latencies), err)
	}
	for i := range sent {
		if n := sent[i].Load(); n != 1 {
			t.Errorf("request %d was sent %d times", i, n)
		}
	}
}

func TestAFailedRequestEndsTheRound(t *testing.T) {
	broken := errors.New("broken")
	var calls atomic.Int32
	_, err := Run(t.Context(), 2, 1_000_000, func(context.Context, int) error {
		calls.Add(1)
		return broken
	})
	if !errors.Is(err, broken) || calls.Load() > 2 {
		t.Errorf("got %v after %d calls, want the fault after one call of each connection", err, calls.Load())
	}
}

func TestSidesAlternate(t *testing.T) {
	order := ""
	turn := func(name string) Turn {
		return func(context.Context) (Round, error) {
			order += name
			return round(1, time.Second), nil
		}
	}
	all, err := Alternate(t.Context(), 3, time.Hour, turn("A"), turn("B"))
	if err != nil || order != "ABABAB" || len(all[0]) != 3 || len(all[1]) != 3 {
		t.Errorf("got %s, %v", order, err)
	}
	order = ""
	if _, err := Alternate(t.Context(), 3, 0, turn("A"), turn("B")); err != nil || order != "AB" {
		t.Errorf("without time: got %s, %v; want one round of each", order, err)
	}
}

func TestAnEndedContextEndsTheRounds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, 1, 1, func(context.Context, int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
