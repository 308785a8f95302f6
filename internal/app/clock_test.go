package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
)

// station is a store's clock and this machine's, both moved by the test.
type station struct {
	*memstore.Store
	own, remote time.Time
	delay       time.Duration // each way, on the machine's clock
	fail        error
}

func (s *station) Now(context.Context) (time.Time, error) {
	s.pass(s.delay)
	at := s.remote
	s.pass(s.delay)
	return at, s.fail
}

func (s *station) pass(d time.Duration) { s.own, s.remote = s.own.Add(d), s.remote.Add(d) }

// newStation is a machine whose clock is off by that much, and the clock of its node.
func newStation(t *testing.T, off time.Duration) (*station, *clock) {
	t.Helper()
	start := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	s := &station{own: start.Add(off), remote: start}
	c := &clock{source: s, local: func() time.Time { return s.own }, log: slog.New(slog.DiscardHandler)}
	var err error
	if c.offset, _, err = c.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestANodeTakesTheDatabasesTimeHoweverWrongItsOwnIs(t *testing.T) {
	for _, off := range []time.Duration{0, time.Hour, -72 * time.Hour} {
		s, c := newStation(t, off)
		for range 3 {
			s.pass(time.Second)
			if got := c.Now(); !got.Equal(s.remote) {
				t.Errorf("off by %v: got %v, want %v", off, got, s.remote)
			}
		}
	}
}

func TestHalfOfTheRoundTripToTheDatabaseIsAdded(t *testing.T) {
	s, c := newStation(t, 0)
	s.delay = 300 * time.Millisecond
	s.remote = s.remote.Add(time.Second)
	c.RunOnce(t.Context())
	if got := c.Now(); !got.Equal(s.remote) {
		t.Errorf("got %v, want %v", got, s.remote)
	}
}

func TestOneMeasurementMovesTheClockByABoundedStep(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		s, c := newStation(t, 0)
		s.remote = s.remote.Add(jump)
		want := s.own
		for range 3 {
			s.pass(time.Minute)
			c.RunOnce(t.Context())
			want = want.Add(time.Minute)
			if jump > 0 {
				want = want.Add(mostStep)
			} else {
				want = want.Add(-mostStep)
			}
			if got := c.Now(); !got.Equal(want) {
				t.Errorf("after a jump of %v: got %v, want %v", jump, got, want)
			}
		}
	}
}

func TestTheClockNeverGoesBackwards(t *testing.T) {
	s, c := newStation(t, 0)
	before := c.Now()
	s.remote = s.remote.Add(-3 * time.Second)
	c.RunOnce(t.Context())
	s.pass(time.Second)
	if got := c.Now(); !got.Equal(before) {
		t.Errorf("got %v, want it to stand at %v", got, before)
	}
	s.pass(3 * time.Second)
	if got := c.Now(); !got.Equal(s.remote) || !got.After(before) {
		t.Errorf("got %v, want the database's %v", got, s.remote)
	}
}

func TestAMeasurementThatFailsOrIsSlowChangesNothing(t *testing.T) {
	s, c := newStation(t, 0)
	s.remote = s.remote.Add(time.Second)
	s.fail = errors.New("the database is unavailable")
	c.RunOnce(t.Context())
	if got := c.Now(); !got.Equal(s.own) {
		t.Errorf("after a failure: got %v, want %v", got, s.own)
	}
	s.fail, s.delay = nil, slowestAnswer
	c.RunOnce(t.Context())
	if got := c.Now(); !got.Equal(s.own) {
		t.Errorf("after a slow answer: got %v, want %v", got, s.own)
	}
}

func TestOnlyAStoreWithAClockIsQueried(t *testing.T) {
	s := &station{Store: memstore.New(), remote: time.Now().Add(time.Hour)}
	c, err := clockOf(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if early := time.Now().Add(59 * time.Minute); c.Now().Before(early) {
		t.Errorf("got %v, want the store's time", c.Now())
	}
	s.fail = errors.New("the database is unavailable")
	if _, err := clockOf(t.Context(), s, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a node starts although the time cannot be read")
	}
	alone, err := clockOf(t.Context(), memstore.New(), slog.New(slog.DiscardHandler))
	if err != nil || alone.source != nil {
		t.Fatalf("got %+v, %v", alone, err)
	}
	if late := time.Now().Add(time.Minute); alone.Now().After(late) {
		t.Errorf("got %v, want this machine's time", alone.Now())
	}
	if err := alone.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNodesOnPostgreSQLWorkByItsClock uses a real database.
func TestNodesOnPostgreSQLWorkByItsClock(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	store, err := postgres.Open(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := clockOf(t.Context(), store, slog.New(slog.DiscardHandler))
	if err != nil || c.source == nil {
		t.Fatalf("the clock is of %v, %v", c.source, err)
	}
	at, err := c.source.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Now(); got.Before(at) || got.Sub(at) > time.Minute { // it runs on meanwhile
		t.Errorf("got %v, want the database's %v", got, at)
	}
}
