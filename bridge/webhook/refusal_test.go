package webhook

import (
	"net/http"
	"testing"
	"time"
)

func TestAnEndpointThatAnswersGoneIsDisabledAtOnce(t *testing.T) {
	a := newAiling(t)
	a.status = http.StatusGone
	a.live(3, time.Minute)
	a.wantSaid("failing since 0s", "disabled: It answered 410: it wants no messages any more.")
	if n := a.calls.Load(); n != 1 {
		t.Errorf("it was called %d times, want once", n)
	}
	if left := a.store.left("hook"); left != 3 {
		t.Errorf("%d messages are left for the day it is enabled again, want 3", left)
	}
	a.refuses, a.listed.Disabled, a.listed.FailingSince = false, false, time.Time{}
	a.live(1, time.Minute)
	if left := a.store.left("hook"); left != 0 {
		t.Errorf("%d messages are left when it is enabled again, want none", left)
	}
}

func TestAStaticEndpointThatAnswersGoneIsStillRetried(t *testing.T) {
	a := newAiling(t)
	a.status = http.StatusGone
	var err error
	a.Deliverer, err = New(Config{
		Outbox: a.store, Static: []Endpoint{a.listed}, Health: a, Transport: a, Now: func() time.Time { return a.clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	a.live(3, time.Hour)
	if a.wantSaid(); a.calls.Load() < 3 {
		t.Errorf("it was called %d times, want each hour", a.calls.Load())
	}
}

func TestAnEndpointIsNotCalledBeforeItsRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header map[string]string
		wait   time.Duration
	}{
		"429 with seconds":                         {429, map[string]string{"Retry-After": "600"}, 10 * time.Minute},
		"503 with seconds":                         {503, map[string]string{"Retry-After": "600"}, 10 * time.Minute},
		"503 with a date":                          {503, map[string]string{"Retry-After": noon.Add(10 * time.Minute).Format(http.TimeFormat)}, 10 * time.Minute},
		"503 with a date of a clock that is wrong": {503, map[string]string{"Retry-After": "Mon, 01 Jan 2001 00:10:00 GMT", "Date": "Mon, 01 Jan 2001 00:00:00 GMT"}, 10 * time.Minute},
		"a year":                    {503, map[string]string{"Retry-After": "31536000"}, mostWait},
		"longer than a number":      {429, map[string]string{"Retry-After": "99999999999999999999999"}, mostWait},
		"less than the usual pause": {429, map[string]string{"Retry-After": "1"}, 0},
		"a time that has passed":    {429, map[string]string{"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0},
		"a negative time":           {429, map[string]string{"Retry-After": "-600"}, 0},
		"nonsense":                  {429, map[string]string{"Retry-After": "soon"}, 0},
		"nothing":                   {429, nil, 0},
		"another refusal":           {500, map[string]string{"Retry-After": "600"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAiling(t)
			a.status, a.header = c.status, http.Header{}
			for key, value := range c.header {
				a.header.Set(key, value)
			}
			a.live(1, 0)
			a.clock = noon.Add(max(c.wait-time.Second, 2*time.Second))
			a.live(1, 0) // a new message, which is not kept back by a pause of its own
			if calls, waits := a.calls.Load(), c.wait > 0; (calls == 1) != waits {
				t.Errorf("after %v it was called %d times", a.clock.Sub(noon), calls)
			}
			a.refuses, a.clock = false, noon.Add(c.wait+time.Minute)
			a.live(1, 0)
			if left := a.store.left("hook"); left != 0 {
				t.Errorf("%d messages are left after the wait, want none", left)
			}
		})
	}
}

// TestARetryAfterPostponesTheMessageItself where another node sends it, too.
func TestARetryAfterPostponesTheMessageItself(t *testing.T) {
	a := newAiling(t)
	a.status, a.header = http.StatusServiceUnavailable, http.Header{"Retry-After": {"1800"}}
	a.live(1, 0)
	if at, want := a.store.byID["dlv_0"].Message.RunAt, noon.Add(30*time.Minute); !at.Equal(want) {
		t.Errorf("the message is sent again at %v, want %v", at, want)
	}
}
