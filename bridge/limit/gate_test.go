package limit

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

// budget is a Limiter that allows each key so many uses, then requires a pause.
type budget struct {
	left  map[string]int
	most  int
	pause time.Duration
	err   error
}

func (b *budget) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	if b.err != nil {
		return false, 0, b.err
	}
	if b.left == nil {
		b.left = map[string]int{}
	}
	b.left[key]++
	if b.left[key] > b.most {
		return false, b.pause, nil
	}
	return true, 0, nil
}

type counts map[Name]int

func (c counts) Refused(name Name) { c[name]++ }

type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newGate(b *budget) (*Gate, counts, *clock) {
	counted, c := counts{}, &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return NewGate(b, counted, slog.New(slog.DiscardHandler), c.now), counted, c
}

func wantLimited(t *testing.T, err error, after time.Duration) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != fault.RateLimited || f.RetryAfter != after {
		t.Errorf("got %v, want that it is limited for %s", err, after)
	}
}

func TestTakeCountsEachLimitAndKeyAlone(t *testing.T) {
	g, counted, _ := newGate(&budget{most: 1, pause: 10 * time.Second})
	for _, use := range []struct {
		name Name
		key  string
	}{{Session, "a"}, {Session, "b"}, {Order, "a"}} {
		if err := g.Take(t.Context(), use.name, use.key); err != nil {
			t.Errorf("%s of %s: got %v, want nil", use.name, use.key, err)
		}
	}
	wantLimited(t, g.Take(t.Context(), Session, "a"), 10*time.Second)
	if counted[Session] != 1 || len(counted) != 1 {
		t.Errorf("counted %v", counted)
	}
}

func TestFailuresBlockAKeyUntilItMayTryAgain(t *testing.T) {
	g, counted, c := newGate(&budget{most: 2, pause: 10 * time.Second})
	for i := range 3 {
		if err := g.Blocked(BadKey, "a"); err != nil {
			t.Fatalf("after %d failures: got %v, want nil", i, err)
		}
		g.Failed(t.Context(), BadKey, "a")
	}
	wantLimited(t, g.Blocked(BadKey, "a"), 10*time.Second)
	if err := errors.Join(g.Blocked(BadKey, "b"), g.Blocked(AuthCode, "a")); err != nil {
		t.Errorf("another key, or another limit: got %v, want nil", err)
	}
	c.Time = c.Add(9 * time.Second)
	wantLimited(t, g.Blocked(BadKey, "a"), time.Second)
	c.Time = c.Add(time.Second)
	if err := g.Blocked(BadKey, "a"); err != nil {
		t.Errorf("after the pause: got %v, want nil", err)
	}
	g.Failed(t.Context(), BadKey, "a")
	wantLimited(t, g.Blocked(BadKey, "a"), 10*time.Second)
	if counted[BadKey] != 3 {
		t.Errorf("counted %v", counted)
	}
}

func TestAnUnavailableLimiterLetsEverythingPass(t *testing.T) {
	g, _, _ := newGate(&budget{err: errors.New("down")})
	g.Failed(t.Context(), BadKey, "a")
	if err := errors.Join(g.Take(t.Context(), Session, "a"), g.Blocked(BadKey, "a")); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestWithoutALimiterOrAKeyNothingIsLimited(t *testing.T) {
	g, _, _ := newGate(&budget{most: 0})
	for name, gate := range map[string]*Gate{"no limiter": NewGate(nil, nil, nil, nil), "no key": g} {
		key := map[string]string{"no limiter": "a"}[name]
		gate.Failed(t.Context(), BadKey, key)
		if err := errors.Join(gate.Take(t.Context(), Session, key), gate.Blocked(BadKey, key)); err != nil {
			t.Errorf("%s: got %v, want nil", name, err)
		}
	}
}

func TestBlockedKeysAreBounded(t *testing.T) {
	g, _, c := newGate(&budget{most: 0, pause: time.Minute})
	fill := func(kind string) {
		for i := range 2 * mostBlocked {
			g.Failed(t.Context(), BadKey, kind+string(rune(i)))
		}
	}
	fill("a")
	if len(g.blocked) != mostBlocked {
		t.Errorf("%d keys are blocked, want %d", len(g.blocked), mostBlocked)
	}
	c.Time = c.Add(time.Minute)
	g.Failed(t.Context(), BadKey, "late")
	if len(g.blocked) != 1 {
		t.Errorf("%d keys are blocked, want those that have ended to make place", len(g.blocked))
	}
}
