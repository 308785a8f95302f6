package engine

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// TestOnlyTheOneAndOnlyCallMakesARefusalFinal is when a refusal ends an operation: a
// second call, an earlier one without an answer, or one beside it may have been executed.
func TestOnlyTheOneAndOnlyCallMakesARefusalFinal(t *testing.T) {
	later := noon.Add(time.Minute)
	for _, test := range []struct {
		name string
		sent sending
		now  bridge.Calls
		want bool
	}{
		{"the first call", sending{Calls: bridge.Calls{Tries: 1, LastSentAt: noon}}, bridge.Calls{Tries: 1, LastSentAt: noon}, true},
		{"the second call", sending{Calls: bridge.Calls{Tries: 2, LastSentAt: later}, prior: noon}, bridge.Calls{Tries: 2, LastSentAt: later}, false},
		{"a call after the wallet has proven not to have it", sending{Calls: bridge.Calls{Tries: 1, LastSentAt: later}, fresh: true}, bridge.Calls{Tries: 1, LastSentAt: later}, true},
		{"the first call, and another was sent beside it", sending{Calls: bridge.Calls{Tries: 1, LastSentAt: noon}}, bridge.Calls{Tries: 2, LastSentAt: later}, false},
		{"a fresh call, and another was sent beside it", sending{Calls: bridge.Calls{Tries: 1, LastSentAt: noon}, fresh: true}, bridge.Calls{Tries: 2, LastSentAt: later}, false},
		{"the first call, another process took it back and sent it again", sending{Calls: bridge.Calls{Tries: 1, LastSentAt: noon}}, bridge.Calls{Tries: 1, LastSentAt: later}, false},
		{"a call of a store that did not count", sending{Calls: bridge.Calls{}.Again(later)}, bridge.Calls{}.Again(later), false},
	} {
		if got := test.sent.final(test.now); got != test.want {
			t.Errorf("%s: final is %v, want %v", test.name, got, test.want)
		}
	}
}

// TestAnAbsentOperationIsProvenOnlyAfterTheLag is from when on "it does not exist" counts.
func TestAnAbsentOperationIsProvenOnlyAfterTheLag(t *testing.T) {
	e := &Engine{timeout: 10 * time.Second}
	calls := bridge.Calls{Tries: 1, LastSentAt: noon}
	settled := noon.Add(10*time.Second + bridge.ClockSkew + time.Minute)
	for _, test := range []struct {
		name   string
		sentAt time.Time
		now    bridge.Calls
		want   bool
	}{
		{"queried at once", noon, calls, false},
		{"queried a millisecond too early", settled.Add(-time.Millisecond), calls, false},
		{"queried when it can lag no more", settled, calls, true},
		{"another call was made since", settled, bridge.Calls{Tries: 2, LastSentAt: settled}, false},
		{"a node whose clock is behind has called since", settled, bridge.Calls{Tries: 2, LastSentAt: noon.Add(-time.Minute)}, false},
		{"the last call was counted anew since", settled, bridge.Calls{Tries: 1, LastSentAt: settled}, false},
	} {
		f := finding{sentAt: test.sentAt, lag: time.Minute, calls: calls, absent: true}
		if got := e.conclusive(&f, test.now, noon); got != test.want {
			t.Errorf("%s: conclusive is %v, want %v", test.name, got, test.want)
		}
	}
}

// TestTheWorstOutcomeOfANotificationDecides has what is not stored before what is wrong,
// and that before what is kept.
func TestTheWorstOutcomeOfANotificationDecides(t *testing.T) {
	order := []error{nil, fault.NotFound, fault.Invalid, fault.Unavailable}
	for i, a := range order {
		for j, b := range order {
			if got, want := worse(a, b), order[max(i, j)]; got != want {
				t.Errorf("%v and %v: got %v, want %v", a, b, got, want)
			}
		}
	}
	for _, kind := range []fault.Kind{fault.Internal, fault.Unknown, fault.Unavailable, fault.RateLimited} {
		if got := worse(fault.Invalid, kind); got != error(kind) {
			t.Errorf("%v beside Invalid: got %v", kind, got)
		}
	}
}

func TestOnlyTheRefusalOfTheOneCallIsFinal(t *testing.T) {
	first := bridge.Calls{Tries: 1, LastSentAt: noon}
	second := first.Again(noon.Add(time.Minute))
	tests := map[string]struct {
		sent sending
		now  bridge.Calls
		want bool
	}{
		"of the one and only call":             {sending{Calls: first}, first, true},
		"of a repeat":                          {sending{Calls: second}, second, false},
		"of a repeat after the wallet's no":    {sending{Calls: second, fresh: true}, second, true},
		"of the first beside a second":         {sending{Calls: first}, second, false},
		"after the wallet's no, beside a call": {sending{Calls: first, fresh: true}, second, false},
		"of a store that did not count":        {sending{Calls: bridge.Calls{}.Again(noon)}, bridge.Calls{}.Again(noon), false},
	}
	for name, test := range tests {
		if got := test.sent.final(test.now); got != test.want {
			t.Errorf("a refusal %s: final is %t, want %t", name, got, test.want)
		}
	}
}

// The other node's clock is behind, so that its call seems to be older than the question.
func TestANotFoundAnswerProvesNothingAboutALaterCall(t *testing.T) {
	e := Engine{timeout: 10 * time.Second}
	first := bridge.Calls{Tries: 1, LastSentAt: noon}
	no := finding{absent: true, calls: first, sentAt: noon.Add(time.Hour), lag: time.Minute}
	if !e.conclusive(&no, first, noon) {
		t.Error("a no an hour after the only call is not conclusive")
	}
	if e.conclusive(&no, first.Again(noon.Add(time.Minute)), noon) {
		t.Error("a no is conclusive about a call that was not made when the query was sent")
	}
}
