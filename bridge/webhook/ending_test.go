package webhook

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
)

// meanwhile is an endpoint that takes everything, and what happens while it does.
type meanwhile func(*http.Request)

func (f meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func TestAnAttemptUnderWayIsFinishedWhenTheProcessEnds(t *testing.T) {
	o := newMailbox()
	o.fill(1, 1, "hook")
	ctx, end := context.WithCancel(t.Context())
	d, err := New(Config{
		Outbox: o, Static: []Endpoint{newShop(t).endpoint("hook")},
		Transport: meanwhile(func(*http.Request) { end() }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.RunOnce(ctx); n != 1 || err != nil {
		t.Errorf("got %d attempts, %v; want 1", n, err)
	}
	if n := o.left("hook"); n != 0 {
		t.Errorf("%d messages that were taken are sent again", n)
	}
}

func TestAnEndpointThatWasRemovedGetsNothingMore(t *testing.T) {
	o := newMailbox()
	o.fill(2, 1, "hook")
	listed := []Endpoint{newShop(t).endpoint("hook")}
	var d *Deliverer
	sent := 0
	d, err := New(Config{
		Outbox: o, Now: time.Now, Endpoints: func(context.Context) ([]Endpoint, error) { return listed, nil },
		Transport: meanwhile(func(r *http.Request) {
			sent++
			listed = nil
			if err := d.Reload(r.Context()); err != nil {
				t.Error(err)
			}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := o.left("hook"); sent != 1 || left != 1 {
		t.Errorf("%d messages were sent and %d are left, want 1 and 1", sent, left)
	}
	if due, err := o.DueEndpoints(t.Context(), time.Now()); err != nil || len(due) != 1 || due[0] != (store.EndpointKey{App: "shop", Endpoint: "hook"}) {
		t.Errorf("got %v due, %v; want the endpoint's message, whose store decides about it", due, err)
	}
}

// hanging is an endpoint that gives no answer.
type hanging struct{ called chan struct{} }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.called <- struct{}{}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// unwell records what is reported about an endpoint.
type unwell struct {
	outbox.Health
	failing int
}

func (u *unwell) Failing(context.Context, store.EndpointKey, time.Time) { u.failing++ }

func TestAStoppingProcessHandsOverTheMessagesOfAnEndpointThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newMailbox()
		o.fill(5, 1, "hook")
		endpoint := Endpoint{App: "shop", Name: "hook", URL: "https://shop.test/hook", Keys: []Key{testKey(t, oldSecret)}}
		far, health := hanging{make(chan struct{}, 5)}, new(unwell)
		listed := func(context.Context) ([]Endpoint, error) { return []Endpoint{endpoint}, nil }
		d, err := New(Config{Outbox: o, Endpoints: listed, Health: health, Transport: far})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = d.Run(ctx) }()
		<-far.called
		began := time.Now()
		stop()
		<-ended
		if took := time.Since(began); took != outbox.StopGrace {
			t.Errorf("the process stopped after %v, want %v", took, outbox.StopGrace)
		}
		if health.failing != 0 {
			t.Error("the endpoint is reported as failing because the process stopped")
		}
		quick, err := New(Config{Outbox: o, Static: []Endpoint{endpoint}, Transport: meanwhile(func(*http.Request) {})})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := quick.RunOnce(t.Context()); n != 5 || err != nil || o.left("hook") != 0 {
			t.Errorf("another process delivered %d messages, %v; want all 5 without waiting for a lease", n, err)
		}
	})
}
