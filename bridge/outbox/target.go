package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Health is notified when the state of an endpoint changes; it is not called for each
// attempt. Several nodes may report the same change, also again after a restart.
type Health interface {
	// Failing reports that an endpoint has accepted no message since then.
	Failing(ctx context.Context, key store.EndpointKey, since time.Time)
	// Recovered reports that an endpoint that was failing has accepted a message.
	Recovered(ctx context.Context, key store.EndpointKey)
	// Disable reports that an endpoint is not called any more: it has failed for too long, or
	// answered 410. The reason is fit to show to the merchant.
	Disable(ctx context.Context, key store.EndpointKey, reason string)
}

const (
	// failureShown is after how many failed attempts in a row an endpoint is reported as
	// failing, so that an occasional failure is not stored.
	failureShown = 3
	// longFailure is after how long without an accepted message an endpoint is disabled:
	// longer than GiveUp, so that its oldest messages are dead already.
	longFailure = 5 * 24 * time.Hour
	// leastFailures is how many failed attempts that takes, so that an endpoint with few
	// messages is not disabled for a few failures.
	leastFailures = 20
)

// target is an endpoint with its state on this node. Dispatcher.mu guards it.
type target struct {
	Endpoint
	static bool
	gone   bool // it was removed from the list

	busy        bool      // a worker drains it
	again       bool      // it was due while it was busy
	idleUntil   time.Time // see idlePause
	pausedUntil time.Time // by Retry-After

	// room is how many messages are attempted concurrently. It doubles while all are
	// accepted and falls to one when none is: an endpoint that hangs, or is new, holds one
	// attempt instead of sixteen, and one that recovers does not get its backlog at once.
	room     int
	since    time.Time // of the first failure after the last accepted message
	failures int       // since then
	changed  bool      // its state, since the list was requested
}

// reserve returns the endpoint as it is now and how many messages to claim, zero for
// none. The caller returns the slots of all but the first.
func (d *Dispatcher) reserve(t *target) (e Endpoint, room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.Disabled || t.gone || d.now().Before(t.pausedUntil) {
		return t.Endpoint, 0
	}
	extra := min(t.room-1, d.spare)
	d.spare -= extra
	return t.Endpoint, 1 + extra
}

// returnSlots returns slots to those that all endpoints share.
func (d *Dispatcher) returnSlots(extra int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spare += extra
}

// record counts the outcomes of one claim, and reports a change of the endpoint's state
// to Health.
func (d *Dispatcher) record(ctx context.Context, t *target, messages []bridge.Message, outcomes []outcome) {
	var taken, refused, tries int
	var waits time.Duration
	gone := false
	for i := range outcomes {
		switch status := outcomes[i].Status; {
		case status == store.Delivered:
			taken++
		case outcomes[i].stopped:
		case status == store.Undelivered, status == store.Dead:
			refused++
			tries = max(tries, messages[i].Attempts+1)
		}
		gone, waits = gone || outcomes[i].answer.gone, max(waits, outcomes[i].answer.wait)
	}
	d.mu.Lock()
	t.pausedUntil = later(t.pausedUntil, d.now().Add(waits))
	report := t.count(taken, refused, tries, d.now())
	if gone && taken == 0 && !t.static && !t.Disabled {
		report = t.disable()
	}
	d.mu.Unlock()
	if report != nil && d.health != nil && !t.static {
		report(ctx, d.health)
	}
}

// count counts how many messages of a claim were accepted and refused. tries is the
// highest number of attempts of one message: unlike the counts here, it survives a
// restart. count returns the report to Health; nil for none.
func (t *target) count(taken, refused, tries int, now time.Time) (report func(context.Context, Health)) {
	switch {
	case taken > 0:
		if refused == 0 {
			t.room = min(2*t.room, MaxInFlight)
		}
		return t.recovered()
	case refused > 0:
		t.room = 1
		t.failures += refused
		if t.since.IsZero() {
			t.since = now
		}
		return t.failed(max(t.failures, tries), now)
	}
	return nil
}

// disable disables an endpoint that answered 410. It is reported as failing first, since
// only a failing endpoint is disabled: it may have accepted a message of another node.
func (t *target) disable() func(context.Context, Health) {
	key, since := t.Key(), t.since
	t.FailingSince, t.Disabled, t.changed = since, true, true
	return func(ctx context.Context, h Health) {
		h.Failing(ctx, key, since)
		h.Disable(ctx, key, "It answered 410: it wants no messages any more.")
	}
}

func (t *target) recovered() func(context.Context, Health) {
	shown, key := !t.FailingSince.IsZero(), t.Key()
	t.since, t.failures, t.FailingSince = time.Time{}, 0, time.Time{}
	if !shown {
		return nil
	}
	t.changed = true
	return func(ctx context.Context, h Health) { h.Recovered(ctx, key) }
}

func (t *target) failed(failures int, now time.Time) func(context.Context, Health) {
	key, since := t.Key(), t.since
	switch {
	case t.FailingSince.IsZero() && t.failures >= failureShown:
		t.FailingSince, t.changed = since, true
		return func(ctx context.Context, h Health) { h.Failing(ctx, key, since) }
	case !t.static && !t.Disabled && now.Sub(since) >= longFailure && failures >= leastFailures:
		t.Disabled, t.changed = true, true
		reason := fmt.Sprintf("It has taken nothing since %s, and %d attempts or more have failed.",
			since.UTC().Format(time.RFC3339), failures)
		return func(ctx context.Context, h Health) { h.Disable(ctx, key, reason) }
	}
	return nil
}
