package outbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// inProcess is a node whose endpoint is a function of the process.
func (f *fleet) inProcess(deliver func(context.Context, *bridge.Message) error) *Dispatcher {
	f.Helper()
	d, err := New(Config{
		Outbox: f.store, Now: f.clock.Now, Lease: time.Minute,
		Static: []Endpoint{{App: "shop", Name: "hook", Deliver: func(ctx context.Context, m *bridge.Message) (store.Answer, error) {
			return store.Answer{}, deliver(ctx, m)
		}}},
	})
	if err != nil {
		f.Fatal(err)
	}
	return d
}

func TestAnEndpointInTheProcessIsCalledInsteadOfTheNetwork(t *testing.T) {
	f := newFleet(t, "dlv_1", "dlv_2")
	var got []string
	d := f.inProcess(func(_ context.Context, m *bridge.Message) error {
		got = append(got, m.ID)
		f.clock.Advance(time.Minute - time.Millisecond)
		if others, err := f.store.ClaimMessages(t.Context(), "shop", "hook", f.clock.Now(), time.Minute, 9); len(others) != 0 || err != nil {
			t.Errorf("another node claims %d messages before the lease ends, %v, want none", len(others), err)
		}
		return nil
	})
	if n, err := d.RunOnce(t.Context()); n != 2 || err != nil {
		t.Fatalf("RunOnce: got %d, %v, want both messages", n, err)
	}
	if len(got) != 2 || got[0] != "dlv_1" || got[1] != "dlv_2" {
		t.Errorf("got %v, want both in order", got)
	}
	f.want("dlv_2", store.Delivered, 1)
}

func TestWhatAnEndpointInTheProcessReturnsDecidesTheNextAttempt(t *testing.T) {
	wait := func(d time.Duration) error {
		return &fault.Error{Kind: fault.RateLimited, RetryAfter: d, Err: errors.New("busy")}
	}
	for name, test := range map[string]struct {
		err    error
		status store.DeliveryStatus
		least  time.Duration // before the next attempt
		most   time.Duration
	}{
		"an error is tried again by the ladder":   {errors.New("down"), store.Undelivered, 4 * time.Second, 6 * time.Second},
		"a fault's RetryAfter delays the attempt": {wait(10 * time.Minute), store.Undelivered, 10 * time.Minute, 10 * time.Minute},
		"a RetryAfter of a year is an hour":       {wait(365 * 24 * time.Hour), store.Undelivered, MaxRetryAfter, MaxRetryAfter},
		"a negative RetryAfter is none":           {wait(-time.Hour), store.Undelivered, 4 * time.Second, 6 * time.Second},
		"a permanent error is not tried again":    {errors.Join(ErrPermanent, errors.New("no")), store.Dead, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "dlv_1")
			d := f.inProcess(func(context.Context, *bridge.Message) error { return test.err })
			if _, err := d.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := f.want("dlv_1", test.status, 1)
			if test.status == store.Dead {
				if !got.RunAt.IsZero() {
					t.Errorf("the next attempt: got one at %v, want none", got.RunAt)
				}
				return
			}
			if wait := got.RunAt.Sub(noon); wait < test.least || wait > test.most {
				t.Errorf("the next attempt: got one after %v, want %v to %v", wait, test.least, test.most)
			}
		})
	}
}

// TestEachAttemptIsStoredWithItsAnswerAndItsTime by one statement, which also stores the outcome.
func TestEachAttemptIsStoredWithItsAnswerAndItsTime(t *testing.T) {
	refused := store.Answer{Status: 500, Body: "down\xff"}
	for name, test := range map[string]struct {
		err      error
		answered store.Answer
		takes    time.Duration
		want     time.Duration
	}{
		"accepted":                          {nil, store.Answer{Status: 204}, 120 * time.Millisecond, 120 * time.Millisecond},
		"refused":                           {errors.New("no"), refused, 1500 * time.Microsecond, 2 * time.Millisecond},
		"no answer":                         {errors.New("no"), store.Answer{}, 15 * time.Second, 15 * time.Second},
		"at once, which is not unknown":     {nil, store.Answer{Status: 200}, 0, time.Millisecond},
		"a clock that was set back":         {nil, store.Answer{Status: 200}, -time.Minute, time.Millisecond},
		"given up, with the answer it gave": {errors.Join(ErrPermanent, errors.New("no")), refused, time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "dlv_1")
			o := &counting{Outbox: f.store}
			d, err := New(Config{Outbox: o, Now: f.clock.Now, Static: []Endpoint{{App: "shop", Name: "hook", Deliver: func(context.Context, *bridge.Message) (store.Answer, error) {
				f.clock.Advance(test.takes)
				return test.answered, test.err
			}}}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			list, err := f.store.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", ID: "dlv_1", Limit: 1})
			if err != nil || len(list) != 1 || list[0].Took != test.want || list[0].Answer != test.answered || list[0].Attempts != 1 {
				t.Errorf("got %+v, %v, want %v and %+v", list, err, test.want, test.answered)
			}
			if o.finished != 1 {
				t.Errorf("the outcome took %d writes, want 1", o.finished)
			}
		})
	}
}

// counting counts the writes of outcomes.
type counting struct {
	Outbox
	finished int
}

func (c *counting) FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error {
	c.finished++
	return c.Outbox.FinishMessage(ctx, id, attempt, outcome)
}
