package outbound

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
)

// A circuit that is half-open lets one call through; every call was let through once, and
// a wallet that was coming back was run over.
func TestAHalfOpenCircuitLetsOneCallThrough(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer.")
	b, now := &breaker{}, noon
	for i := range breakAfter {
		if _, ok := b.allow(now); !ok {
			t.Fatalf("call %d was not let through", i)
		}
		b.report(now, now, silent)
	}
	if wait, ok := b.allow(now); ok || wait != breakFirst {
		t.Errorf("an open circuit: got %v and %v, want to wait %v", wait, ok, breakFirst)
	}
	for pause := breakFirst; pause <= breakLongest; pause = min(2*pause, breakLongest) {
		now = now.Add(pause)
		if _, ok := b.allow(now); !ok {
			t.Fatalf("after %v no call was let through", pause)
		}
		for range 3 {
			if _, ok := b.allow(now.Add(time.Hour)); ok {
				t.Fatalf("after %v a second call was let through beside the first", pause)
			}
		}
		b.report(now, now, silent)
		if _, ok := b.allow(now); ok {
			t.Fatalf("a probe without an answer closed the circuit")
		}
		if pause == breakLongest {
			break
		}
	}
	now = now.Add(breakLongest)
	if _, ok := b.allow(now); !ok {
		t.Fatal("no call was let through")
	}
	if !b.report(now, now, nil) {
		t.Error("an answer did not close the circuit")
	}
	for range 3 {
		if _, ok := b.allow(now); !ok {
			t.Error("a closed circuit holds up a call")
		}
	}
}

// TestWhatAnOutcomeDoesToACircuitBreaker is what the outcome of a call makes of the
// circuit breaker, as a table.
func TestWhatAnOutcomeDoesToACircuitBreaker(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer.")
	after := func(n int, now time.Time) *breaker {
		var b breaker
		for range n {
			b.report(noon, noon, silent)
		}
		b.allow(now)
		return &b
	}
	outcomes := []struct {
		name string
		err  error
	}{
		{"success", nil},
		{"declined", fault.Declined},
		{"invalid", fault.Invalid},
		{"not found", fault.NotFound},
		{"rate limited", fault.RateLimited},
		{"unavailable, with a time to try again", &fault.Error{Kind: fault.Unavailable, RetryAfter: time.Second}},
		{"unavailable", fault.Unavailable},
		{"unknown", silent},
		{"internal", fault.Internal},
	}
	later := noon.Add(breakFirst)
	var g golden.Table
	for _, state := range []struct {
		name  string
		calls int
		now   time.Time
	}{
		{"closed", 0, noon},
		{"closed, one call short of opening", breakAfter - 1, noon},
		{"open, a call of before ends", breakAfter, noon},
		{"half-open, its one call ends", breakAfter, later},
	} {
		g.Block(state.name)
		for _, outcome := range outcomes {
			b := after(state.calls, state.now)
			result := "stays"
			if b.report(state.now, state.now, outcome.err) {
				result = "changes"
			}
			if wait, ok := b.allow(state.now); ok {
				result += ", closed"
			} else {
				result += ", open for " + wait.String()
			}
			g.Line(result, outcome.name)
		}
	}
	g.Compare(t, "breaker.golden")
}

// The log says what the circuit breaker has become. It said open when a refusal closed it.
func TestTheLogSaysWhetherACircuitBreakerHasOpened(t *testing.T) {
	var log strings.Builder
	now := noon
	w := &Wallet{Name: "slow", now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil))}
	for range breakAfter {
		w.report(w.now(), fault.Unknown)
	}
	if said := log.String(); strings.Count(said, "circuit breaker opened") != 1 || strings.Contains(said, "closed") {
		t.Errorf("after %d calls without an answer the log says %q", breakAfter, said)
	}
	log.Reset()
	now = now.Add(breakFirst)
	w.report(w.now(), fault.Declined)
	if said := log.String(); strings.Count(said, "circuit breaker closed") != 1 || strings.Contains(said, "opened") {
		t.Errorf("after a refusal the log says %q", said)
	}
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
