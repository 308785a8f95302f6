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
		b.report(noon, noon, silent)
	}
	b.report(noon, noon, nil)
	b.report(noon, noon, silent)
	if _, ok := b.allow(noon); !ok {
		t.Error("the circuit is open after one call without an answer")
	}
}

func TestAnAnswerClosesTheCircuit(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer came.")
	var b breaker
	for range breakAfter {
		b.report(noon, noon, silent)
	}
	if _, ok := b.allow(noon); ok {
		t.Fatal("the circuit is closed though no call was answered")
	}
	later := noon.Add(time.Minute)
	if _, ok := b.allow(later); !ok {
		t.Fatal("no call is let through after the pause")
	}
	b.report(later, later, nil)
	for range 2 {
		if _, ok := b.allow(later); !ok {
			t.Error("calls side by side are refused after an answer")
		}
	}
}

func TestCallsUnderWayWhenTheCircuitOpensDoNotLengthenItsPause(t *testing.T) {
	silent := fault.New(fault.Unknown, "test", "No answer came.")
	began, opened := noon, noon.Add(time.Second)
	var b breaker
	for range breakAfter + 100 {
		b.report(began, opened, silent)
	}
	probe := opened.Add(breakFirst)
	if wait, ok := b.allow(probe); !ok {
		t.Fatalf("the probe has to wait %s more", wait)
	}
	b.report(began, probe, silent)
	b.abandon(began)
	if _, ok := b.allow(probe); ok {
		t.Error("a call of before ended, and a second probe is let through")
	}
	b.report(probe, probe, silent)
	if _, ok := b.allow(probe.Add(2*breakFirst - 1)); ok {
		t.Error("the probe was not answered, and the pause is not doubled")
	}
	if _, ok := b.allow(probe.Add(2 * breakFirst)); !ok {
		t.Error("no call is let through after the doubled pause")
	}
}
