package outbox

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// single is an outbox with one message.
type single struct {
	claimed  bool
	outcomes []store.Delivery
}

func (s *single) DueEndpoints(context.Context, time.Time) ([]store.EndpointKey, error) {
	if s.claimed {
		return nil, nil
	}
	return []store.EndpointKey{hook("hook")}, nil
}

func (s *single) ClaimMessages(context.Context, string, string, time.Time, time.Duration, int) ([]bridge.Message, error) {
	if s.claimed {
		return nil, nil
	}
	s.claimed = true
	return []bridge.Message{{ID: "m1", App: "shop", Order: "o1"}}, nil
}

func (s *single) FinishMessage(_ context.Context, _ string, _ int, d store.Delivery) error {
	s.outcomes = append(s.outcomes, d)
	return nil
}

// stopDuring runs a dispatcher until its endpoint is called, stops it, and returns how long
// that took.
func stopDuring(t *testing.T, s *single, d *Dispatcher, called chan struct{}) time.Duration {
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = d.Run(ctx) }()
	<-called
	began := time.Now()
	stop()
	<-ended
	if len(s.outcomes) != 1 {
		t.Fatalf("got %d outcomes, want 1", len(s.outcomes))
	}
	return time.Since(began)
}

func TestAnAttemptThatIsCutShortSaysNothingAboutItsEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, called := new(single), make(chan struct{})
		d, err := New(Config{Outbox: s, Static: []Endpoint{{App: "shop", Name: "hook", Interruptible: true, Deliver: func(ctx context.Context, _ *bridge.Message) (store.Answer, error) {
			close(called)
			<-ctx.Done()
			return store.Answer{}, ctx.Err()
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		if took := stopDuring(t, s, d, called); took != StopGrace {
			t.Errorf("the process stopped after %v, want %v", took, StopGrace)
		}
		if got := s.outcomes[0]; got.Status != store.Undelivered || got.RunAt.After(time.Now()) {
			t.Errorf("got %+v, want a message that is due at once", got)
		}
		if far := d.targets[hook("hook")]; far.failures != 0 || !far.since.IsZero() {
			t.Errorf("the endpoint has %d failures because the process stopped", far.failures)
		}
	})
}

// A subscription's handler has its own time, also while the process stops.
func TestAStoppingProcessLetsItsHandlersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, called := new(single), make(chan struct{})
		d, err := New(Config{Outbox: s, Static: []Endpoint{{App: "shop", Name: "hook", Deliver: func(ctx context.Context, _ *bridge.Message) (store.Answer, error) {
			close(called)
			time.Sleep(10 * StopGrace)
			return store.Answer{}, ctx.Err()
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		if took := stopDuring(t, s, d, called); took != 10*StopGrace || s.outcomes[0].Status != store.Delivered {
			t.Errorf("got %+v after %v, want the message handled", s.outcomes[0], took)
		}
	})
}
