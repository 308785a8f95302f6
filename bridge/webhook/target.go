package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Health hears when an endpoint's fortunes turn; it is not called for each attempt.
// Several nodes may say the same, and a call may come again after a restart.
type Health interface {
	// Failing says that an endpoint has taken nothing since then.
	Failing(ctx context.Context, key bridge.EndpointKey, since time.Time)
	// Recovered says that an endpoint that was failing has taken a message.
	Recovered(ctx context.Context, key bridge.EndpointKey)
	// Disable says that an endpoint is not called any more: it has failed for too long, or
	// answered 410. The reason is fit to show to the merchant.
	Disable(ctx context.Context, key bridge.EndpointKey, reason string)
}

const (
	// failureShown is after how many refusals in a row an endpoint is said to be
	// failing: one that refuses now and then would be written down at each turn.
	failureShown = 3
	// longFailure is after what time of taking nothing an endpoint is disabled: longer
	// than GiveUp, so that whatever it would have lost by that is lost already.
	longFailure = 5 * 24 * time.Hour
	// leastFailures is how often it must have been tried, so that one whose merchant
	// sells little is not judged by a few unlucky moments.
	leastFailures = 20
)

// target is an endpoint with what its deliverer knows of it. Deliverer.mu guards it.
type target struct {
	Endpoint
	static bool
	gone   bool // it is not in the list any more

	busy    bool      // a worker drains it
	again   bool      // it was found due while it was busy
	restsTo time.Time // it was due and yet had nothing to claim
	waitsTo time.Time // it asked, by Retry-After, for nothing before

	// room is how many messages are attempted side by side. It doubles while they are
	// taken and falls to one when none is: an endpoint that hangs, or is new and may
	// hang, holds one attempt instead of sixteen, and one that comes back is not met at
	// once by all that has waited.
	room     int
	since    time.Time // of the first refusal after it has last taken something
	failures int       // since then
	turned   bool      // since the list was asked for, whose word on it is old
}

// enter returns the endpoint as it is now and how many messages to claim, zero for none.
// All but the first are to be given back.
func (d *Deliverer) enter(t *target) (e Endpoint, room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.Disabled || t.gone || d.now().Before(t.waitsTo) {
		return t.Endpoint, 0
	}
	extra := min(t.room-1, d.spare)
	d.spare -= extra
	return t.Endpoint, 1 + extra
}

func (d *Deliverer) giveBack(extra int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spare += extra
}

// judge lets the outcomes of one claim count for or against an endpoint, and tells what
// has turned.
func (d *Deliverer) judge(ctx context.Context, t *target, messages []bridge.Message, outcomes []outcome) {
	var taken, refused, tries int
	var waits time.Duration
	gone := false
	for i := range outcomes {
		switch outcomes[i].Status {
		case bridge.Delivered:
			taken++
		case bridge.Undelivered, bridge.Dead:
			refused++
			tries = max(tries, messages[i].Attempts+1)
		}
		gone, waits = gone || outcomes[i].answer.gone(), max(waits, outcomes[i].answer.wait)
	}
	d.mu.Lock()
	t.waitsTo = later(t.waitsTo, d.now().Add(waits))
	tell := t.count(taken, refused, tries, d.now())
	if gone && taken == 0 && !t.static && !t.Disabled {
		tell = t.end()
	}
	d.mu.Unlock()
	if tell != nil && d.health != nil && !t.static {
		tell(ctx, d.health)
	}
}

// count notes how many messages of a claim were taken and refused. tries is how often
// the one tried most has been sent: unlike what is counted here, that outlives a
// restart. It returns what is to be told, if anything.
func (t *target) count(taken, refused, tries int, now time.Time) (tell func(context.Context, Health)) {
	switch {
	case taken > 0:
		if refused == 0 {
			t.room = min(2*t.room, claimMost)
		}
		return t.recover()
	case refused > 0:
		t.room = 1
		t.failures += refused
		if t.since.IsZero() {
			t.since = now
		}
		return t.fail(max(t.failures, tries), now)
	}
	return nil
}

// end disables an endpoint that answered 410. It is said to be failing first, since only
// such an endpoint is disabled: another node may have seen it take a message meanwhile.
func (t *target) end() func(context.Context, Health) {
	key, since := t.key(), t.since
	t.FailingSince, t.Disabled, t.turned = since, true, true
	return func(ctx context.Context, h Health) {
		h.Failing(ctx, key, since)
		h.Disable(ctx, key, "It answered 410: it wants no messages any more.")
	}
}

func (t *target) recover() func(context.Context, Health) {
	shown, key := !t.FailingSince.IsZero(), t.key()
	t.since, t.failures, t.FailingSince = time.Time{}, 0, time.Time{}
	if !shown {
		return nil
	}
	t.turned = true
	return func(ctx context.Context, h Health) { h.Recovered(ctx, key) }
}

func (t *target) fail(failures int, now time.Time) func(context.Context, Health) {
	key, since := t.key(), t.since
	switch {
	case t.FailingSince.IsZero() && t.failures >= failureShown:
		t.FailingSince, t.turned = since, true
		return func(ctx context.Context, h Health) { h.Failing(ctx, key, since) }
	case !t.static && !t.Disabled && now.Sub(since) >= longFailure && failures >= leastFailures:
		t.Disabled, t.turned = true, true
		reason := fmt.Sprintf("It has taken nothing since %s, and %d attempts or more have failed.",
			since.UTC().Format(time.RFC3339), failures)
		return func(ctx context.Context, h Health) { h.Disable(ctx, key, reason) }
	}
	return nil
}
