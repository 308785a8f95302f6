package outbound

import (
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

func TestOnlyCallsInARowWithoutAnAnswerOpenTheCircuit(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer came.")
	var b breaker
	for range breakAfter - 1 {
		b.report(noon, silent)
	}
	b.report(noon, nil)
	b.report(noon, silent)
	if _, ok := b.allow(noon); !ok {
		t.Error("the circuit is open after one call without an answer")
	}
}

func TestAnAnswerClosesTheCircuit(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer came.")
	var b breaker
	for range breakAfter {
		b.report(noon, silent)
	}
	if _, ok := b.allow(noon); ok {
		t.Fatal("the circuit is closed though no call was answered")
	}
	later := noon.Add(time.Minute)
	if _, ok := b.allow(later); !ok {
		t.Fatal("no call is let through after the pause")
	}
	b.report(later, nil)
	for range 2 {
		if _, ok := b.allow(later); !ok {
			t.Error("calls side by side are refused after an answer")
		}
	}
}
