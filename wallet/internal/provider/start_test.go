package provider

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type always200 struct{}

func (always200) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func TestRunKeepsNothingOfAReceiverThatHasNothingToGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDispatcher(Delivery[string]{
			Request: func(*Notice[string], Try) (Message, error) { return Message{}, nil },
			HTTP:    &http.Client{Transport: always200{}}, Workers: 1,
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		for i := range 100 {
			d.Send(&Notice[string]{URL: fmt.Sprintf("https://shop%d.example/n", i%50)})
		}
		synctest.Wait()
		if len(d.Attempts()) != 100 || len(d.lanes) != 0 {
			t.Errorf("%d attempts and %d lanes, want 100 and none", len(d.Attempts()), len(d.lanes))
		}
		cancel()
		<-ended
	})
}

// Another mailbox's batch can take all that a mailbox has between the moment it falls due
// and the moment at which Run starts on it.
func TestRunStartsNothingForAMailboxThatAnotherHasEmptied(t *testing.T) {
	d := NewDispatcher(Delivery[string]{})
	now := time.Now()
	m := d.box("A")
	d.start(t.Context(), m, now)
	m.notices = []*Notice[string]{{box: m, due: now.UnixMilli()}}
	m.claimed = true
	d.start(t.Context(), m, now)
	if m.busy || d.flying != 0 {
		t.Errorf("busy %v, %d jobs; want none", m.busy, d.flying)
	}
}
