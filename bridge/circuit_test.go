package bridge

import (
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
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
		b.report(now, silent)
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
		b.report(now, silent)
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
	if !b.report(now, nil) {
		t.Error("an answer did not close the circuit")
	}
	for range 3 {
		if _, ok := b.allow(now); !ok {
			t.Error("a closed circuit holds up a call")
		}
	}
}
