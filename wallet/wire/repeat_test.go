package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// stands is no fault: the query said how the request stands.
const stands = fault.Kind(255)

func TestARefusedRepeatIsWhatTheQuerySays(t *testing.T) {
	refused := &fault.Error{Kind: fault.Declined, Op: "test.Pay", Code: "NO_BALANCE"}
	for _, c := range []struct {
		name      string
		refusal   error
		requested time.Duration // before now; zero: never
		query     error         // nil: it stands
		want      fault.Kind    // stands: no fault
	}{
		{"the first refusal counts", refused, 0, nil, fault.Declined},
		{"what stands was executed", refused, time.Second, nil, stands},
		{"nothing stands while queries may lag", refused, time.Minute, fault.NotFound, fault.Unknown},
		{"nothing stands after the lag", refused, time.Minute + 1, fault.NotFound, fault.Declined},
		{"the query gets no answer", refused, time.Hour, fault.Unknown, fault.Unknown},
		{"the query is not possible", refused, time.Hour, fault.Unavailable, fault.Unknown},
		{"a wrong amount is a refusal too", fault.Invalid, time.Second, nil, stands},
		{"a wrong state is a refusal too", fault.Conflict, time.Second, nil, stands},
		{"an absent payment is a refusal too", fault.NotFound, time.Second, nil, stands},
		{"a traffic limit is none", fault.Unavailable, time.Second, nil, fault.Unavailable},
		{"a lost answer is none", fault.Unknown, time.Second, nil, fault.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := wire.RefusedRepeat{Refusal: c.refusal, Now: now, Lag: time.Minute}
			if c.requested > 0 {
				d.LastSentAt = now.Add(-c.requested)
			}
			got, err := wire.Resolve(d, func() (string, error) { return "stands", c.query })
			if c.want == stands {
				if err != nil || got != "stands" {
					t.Errorf("got %q and %v, want what stands", got, err)
				}
				return
			}
			if fault.KindOf(err) != c.want || got == "stands" {
				t.Errorf("got %q and %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestAnUndecidedRepeatKeepsTheCodeOfTheRefusal(t *testing.T) {
	d := wire.RefusedRepeat{
		Refusal: &fault.Error{Kind: fault.Declined, Op: "test.Pay", Code: "NO_BALANCE"}, LastSentAt: now, Now: now, Lag: time.Minute,
	}
	_, err := wire.Resolve(d, func() (int, error) { return 0, errors.New("no answer") })
	if f := fault.Of(err); f.Kind != fault.Unknown || f.Code != "NO_BALANCE" || f.Op != "test.Pay" {
		t.Errorf("got %+v, want unknown with the code NO_BALANCE of test.Pay", f)
	}
}
