package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// ailing is one endpoint that takes what answer allows, on a virtual clock, and what
// its deliverer has reported about it.
type ailing struct {
	*testing.T
	*Deliverer
	store   *mailbox
	clock   time.Time
	refuses bool
	status  int         // of a refusal; 502 when zero
	header  http.Header // of every answer
	calls   atomic.Int32
	reports []string
	listed  Endpoint
}

func newAiling(t *testing.T) *ailing {
	a := &ailing{T: t, store: newMailbox(), clock: noon, refuses: true}
	a.listed = Endpoint{App: "shop", Name: "hook", URL: "https://shop.example", Keys: []Key{testKey(t, oldSecret)}}
	a.restart()
	return a
}

// restart begins anew with the state of the list.
func (a *ailing) restart() {
	var err error
	a.Deliverer, err = New(Config{
		Outbox: a.store, Health: a, Transport: a, Now: func() time.Time { return a.clock },
		Endpoints: func(context.Context) ([]Endpoint, error) { return []Endpoint{a.listed}, nil },
	})
	if err != nil {
		a.Fatal(err)
	}
}

func (a *ailing) RoundTrip(r *http.Request) (*http.Response, error) {
	a.calls.Add(1)
	status := http.StatusOK
	if a.refuses {
		status = cmp.Or(a.status, http.StatusBadGateway)
	}
	return &http.Response{StatusCode: status, Header: a.header, Body: http.NoBody, Request: r}, nil
}

func (a *ailing) Failing(_ context.Context, _ store.EndpointKey, since time.Time) {
	a.reports = append(a.reports, "failing since "+since.Sub(noon).String())
	a.listed.FailingSince = since
}

func (a *ailing) Recovered(context.Context, store.EndpointKey) {
	a.reports = append(a.reports, "recovered")
	a.listed.FailingSince = time.Time{}
}

func (a *ailing) Disable(_ context.Context, _ store.EndpointKey, reason string) {
	a.reports = append(a.reports, "disabled: "+reason)
	a.listed.Disabled = true
}

// live lets time pass in steps, with a new order in each.
func (a *ailing) live(steps int, step time.Duration) {
	a.Helper()
	for range steps {
		id := fmt.Sprint(len(a.store.byID))
		a.store.put("hook", bridge.OrderID("ord_"+id), "dlv_"+id, a.clock)
		if _, err := a.RunOnce(a.Context()); err != nil {
			a.Fatal(err)
		}
		a.clock = a.clock.Add(step)
	}
}

func (a *ailing) wantSaid(want ...string) {
	a.Helper()
	if !slices.Equal(a.reports, want) {
		a.Errorf("the reports were %q, want %q", a.reports, want)
	}
}

func TestAnEndpointThatTakesNothingForFiveDaysIsDisabled(t *testing.T) {
	a := newAiling(t)
	a.live(5*24-1, time.Hour)
	a.wantSaid("failing since 0s")
	a.live(2, time.Hour)
	if len(a.reports) != 2 || !strings.HasPrefix(a.reports[1], "disabled: It has taken nothing since 2026-01-02T12:00:00Z, and ") {
		t.Errorf("the reports were %q, want that it is disabled", a.reports)
	}
	before := a.calls.Load()
	a.live(48, time.Hour)
	if a.calls.Load() != before || len(a.reports) != 2 {
		t.Errorf("%d calls and %q after it was disabled, want nothing more", a.calls.Load()-before, a.reports[2:])
	}
	// The merchant has mended it and enables it again.
	a.refuses, a.listed.Disabled, a.listed.FailingSince = false, false, time.Time{}
	a.live(1, time.Hour)
	if left := a.store.left("hook"); left != 0 {
		t.Errorf("%d messages are left when it is enabled again, want none", left)
	}
	a.refuses = true
	a.live(3*24, time.Hour)
	if len(a.reports) != 3 {
		t.Errorf("the reports were %q, want that it fails and not that it is disabled", a.reports)
	}
}

func TestAnEndpointThatWasHardlyTriedIsNotDisabled(t *testing.T) {
	a := newAiling(t)
	a.store.put("hook", "ord_1", "dlv_1", noon)
	for range 12 { // one message, tried a dozen times in three days and then dead
		if _, err := a.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.clock = a.clock.Add(7 * time.Hour)
	}
	a.clock = noon.Add(6 * 24 * time.Hour)
	a.live(1, time.Hour)
	a.wantSaid("failing since 0s")
}

func TestAFailureOutlivesRestarts(t *testing.T) {
	a := newAiling(t)
	for range 41 { // every three hours there is a new process
		a.live(3, time.Hour)
		a.restart()
	}
	if len(a.reports) != 2 || a.reports[0] != "failing since 0s" || !strings.HasPrefix(a.reports[1], "disabled") {
		t.Errorf("the reports were %q, want that it fails, once, and then that it is disabled", a.reports)
	}
}

// TestANewProcessContinuesTheAttemptsOfAMessage, and so the last failure of five days is
// enough.
func TestANewProcessContinuesTheAttemptsOfAMessage(t *testing.T) {
	a := newAiling(t)
	a.listed.FailingSince, a.clock = noon, noon.Add(5*24*time.Hour)
	a.store.put("hook", "ord_1", "dlv_1", a.clock)
	a.store.byID["dlv_1"].Attempts = 19
	if _, err := a.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.wantSaid("disabled: It has taken nothing since 2026-01-02T12:00:00Z, and 20 attempts or more have failed.")
}

func TestOneMessageThatIsTakenEndsAFailure(t *testing.T) {
	a := newAiling(t)
	a.live(4*24, time.Hour)
	a.refuses = false
	a.live(1, time.Hour)
	a.refuses = true
	a.live(4*24, time.Hour)
	a.refuses = false
	a.live(2, time.Hour)
	a.wantSaid("failing since 0s", "recovered", "failing since 97h0m0s", "recovered")
}

func TestAFewRefusalsAreNotAFailure(t *testing.T) {
	a := newAiling(t)
	for range 20 {
		a.refuses = true
		a.live(1, time.Second)
		a.clock = a.clock.Add(time.Hour)
		a.refuses = false
		a.live(1, time.Second)
	}
	a.wantSaid()
}

func TestAnEndpointThatRecoversAtAnotherNodeIsNotDisabled(t *testing.T) {
	a := newAiling(t)
	a.live(4*24, time.Hour)
	a.listed.FailingSince = time.Time{} // written by the other node
	a.live(2*24, time.Hour)
	a.wantSaid("failing since 0s", "failing since 96h0m0s")
}

func TestAStaticEndpointIsNeverDisabled(t *testing.T) {
	a := newAiling(t)
	var err error
	a.Deliverer, err = New(Config{
		Outbox: a.store, Static: []Endpoint{a.listed}, Health: a, Transport: a, Now: func() time.Time { return a.clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	a.live(10*24, time.Hour)
	before := a.calls.Load()
	a.live(1, time.Hour)
	if a.wantSaid(); a.calls.Load() == before {
		t.Error("a static endpoint was not called any more")
	}
}
