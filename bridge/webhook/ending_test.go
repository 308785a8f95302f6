package webhook

import (
	"context"
	"net/http"
	"testing"
	"time"

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
