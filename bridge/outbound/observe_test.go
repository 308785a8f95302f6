package outbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

// observedCalls opens a wallet with one place for calls, and returns the calls that its
// observer is told of. Each reading of its clock takes a second.
func observedCalls() (*Wallet, *[]string) {
	now, list := noon, new([]string)
	w := Open("slow", nil, 1, time.Minute, func() time.Time { now = now.Add(time.Second); return now }, slog.New(slog.DiscardHandler))
	w.Observe = func(wallet string, operation Operation, outcome Outcome, took time.Duration) {
		*list = append(*list, fmt.Sprint(wallet, " ", operation, " ", outcome, " ", took > 0))
	}
	return w, list
}

func answering(err error) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return 0, err }
}

func TestTheObserverIsToldOfEachCallAndItsOutcome(t *testing.T) {
	w, list := observedCalls()
	for _, err := range []error{nil, fault.Declined, errors.New("a mistake")} {
		_, _ = Call(t.Context(), w, CreatePayment, answering(err))
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = Call(t.Context(), w, RefundPayment, func(context.Context) (int, error) { panic("a mistake") })
	}()
	want := []string{"slow create_payment ok true", "slow create_payment declined true", "slow create_payment internal true", "slow refund internal true"}
	if !slices.Equal(*list, want) {
		t.Errorf("calls: got %q, want %q", *list, want)
	}
}

func TestACallThatIsNotSentIsObservedWithoutATime(t *testing.T) {
	w, list := observedCalls()
	_, _ = Call(t.Context(), w, QueryPayment, func(ctx context.Context) (int, error) {
		return Call(ctx, w, CapturePayment, answering(nil))
	})
	for range breakAfter {
		w.breaker.report(w.now().Add(time.Hour), w.now().Add(time.Hour), fault.Unknown)
	}
	_, _ = Call(t.Context(), w, QueryPayment, answering(nil))
	want := []string{"slow capture too_busy false", "slow query_payment unavailable true", "slow query_payment breaker_open false"}
	if !slices.Equal(*list, want) {
		t.Errorf("calls: got %q, want %q", *list, want)
	}
}

func TestACallWithoutAnObserverAllocatesNothingForOne(t *testing.T) {
	w, _ := observedCalls()
	answer := answering(nil)
	call := func() { _, _ = Call(context.Background(), w, QueryPayment, answer) }
	w.Observe = func(string, Operation, Outcome, time.Duration) {}
	with := testing.AllocsPerRun(100, call)
	w.Observe = nil
	if without := testing.AllocsPerRun(100, call); without != with {
		t.Errorf("a call allocates %v times with an observer and %v without", with, without)
	}
}

func TestABreakerTellsItsState(t *testing.T) {
	var b breaker
	if got := b.state(noon); got != BreakerClosed {
		t.Errorf("at first: got %s, want closed", got)
	}
	for range breakAfter {
		b.report(noon, noon, fault.Unknown)
	}
	if got := b.state(noon); got != BreakerIsOpen {
		t.Errorf("after %d calls without an answer: got %s, want open", breakAfter, got)
	}
	if got := b.state(noon.Add(breakFirst)); got != BreakerHalfOpen {
		t.Errorf("after the pause: got %s, want half_open", got)
	}
}
