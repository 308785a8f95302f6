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
// observer receives. Each reading of its clock takes a second.
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

// allocations is how often a call allocates. What runs beside it, and a pool that drops at random
// under the race detector, add to some measurements: the least of them is the call's own.
func allocations(call func()) float64 {
	least := testing.AllocsPerRun(1, call)
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, call))
	}
	return least
}

func TestACallWithoutAnObserverAllocatesNothingForOne(t *testing.T) {
	w, _ := observedCalls()
	answer := answering(nil)
	call := func() { _, _ = Call(context.Background(), w, QueryPayment, answer) }
	w.Observe = func(string, Operation, Outcome, time.Duration) {}
	with := allocations(call)
	w.Observe = nil
	if without := allocations(call); without != with {
		t.Errorf("a call allocates %v times with an observer and %v without", with, without)
	}
}

func TestACallThatIsNotTracedAllocatesNothingForASpan(t *testing.T) {
	w, _ := observedCalls()
	query := answering(nil)
	call := func() { _, _ = Call(context.Background(), w, QueryPayment, query) }
	end := func(Outcome) {}
	w.Trace = func(ctx context.Context, _ string, _ Operation) (context.Context, func(Outcome)) { return ctx, end }
	with := allocations(call)
	w.Trace = nil
	if without := allocations(call); without != with {
		t.Errorf("a call allocates %v times with a tracer that records nothing and %v without", with, without)
	}
}

func TestTheSpanOfACallEndsWithItsOutcome(t *testing.T) {
	w, _ := observedCalls()
	var ended []string
	type key struct{}
	w.Trace = func(ctx context.Context, wallet string, operation Operation) (context.Context, func(Outcome)) {
		return context.WithValue(ctx, key{}, "span"), func(o Outcome) { ended = append(ended, wallet+" "+string(operation)+" "+string(o)) }
	}
	_, _ = Call(t.Context(), w, QueryPayment, func(ctx context.Context) (struct{}, error) {
		if ctx.Value(key{}) != "span" {
			t.Error("the call is not within its span")
		}
		return struct{}{}, fault.Declined
	})
	func() {
		defer func() { _ = recover() }()
		_, _ = Call(t.Context(), w, CapturePayment, func(context.Context) (struct{}, error) { panic("boom") })
	}()
	if want := []string{"slow query_payment declined", "slow capture internal"}; !slices.Equal(ended, want) {
		t.Errorf("spans ended: got %q, want %q", ended, want)
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
