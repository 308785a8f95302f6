package redisstore

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

// journal is a log that a test reads while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.FieldsFunc(j.text.String(), func(r rune) bool { return r == '\n' })
}

// TestAnUnavailableRedisIsLoggedOnce when it goes, however many command, and one when it is back.
func TestAnUnavailableRedisIsLoggedOnce(t *testing.T) {
	for name, gone := range redisGone {
		t.Run(name, func(t *testing.T) {
			s, clock, take, give := gone(t)
			log := &journal{}
			s.presence.log = slog.New(slog.NewTextHandler(log, nil))
			subscribe(t, s)
			until(s.Healthy)
			take()
			for range 20 {
				clock.move(retryPause)
				_, _ = s.Once(context.Background(), "a", "1", time.Hour)
			}
			until(func() bool { return !s.listening.Load() })
			if got := log.lines(); len(got) != 1 || !strings.Contains(got[0], "Redis is unreachable") {
				t.Fatalf("while it was away the log has %q", got)
			}
			give()
			until(func() bool {
				clock.move(retryPause)
				s.watchOnce(context.Background()) // no other call
				return len(log.lines()) > 1
			})
			if got := log.lines(); len(got) != 2 || !strings.Contains(got[1], "Redis is reachable again") {
				t.Errorf("when it is back the log has %q", got)
			}
		})
	}
}

func TestACallThatBeganBeforeRedisCameBackSaysNothing(t *testing.T) {
	s, clock := open(t, "")
	log, down := &journal{}, errors.New("down")
	s.presence.log = slog.New(slog.NewTextHandler(log, nil))
	fails := func(context.Context) error { return down }
	_ = s.call(t.Context(), "test", fails)
	clock.move(retryPause)
	_ = s.call(t.Context(), "test", func(context.Context) error {
		_ = s.call(t.Context(), "test", func(context.Context) error { return nil })
		return down
	})
	if got := log.lines(); len(got) != 2 || s.paused() {
		t.Errorf("after a late failure: got %q, paused %v, want that it went and came back, and no pause", got, s.paused())
	}
	_ = s.call(t.Context(), "test", fails)
	if got := log.lines(); len(got) != 3 || !s.paused() {
		t.Errorf("after another failure: got %q, paused %v, want that it went again", got, s.paused())
	}
}

// TestPresenceIsOfBothParts: Redis is reachable again when it answers and its messages are received.
func TestPresenceIsOfBothParts(t *testing.T) {
	log := &journal{}
	p := presence{log: slog.New(slog.NewTextHandler(log, nil))}
	down := errors.New("down")
	for _, step := range []struct {
		of    part
		err   error
		lines int
	}{
		{calls, nil, 0}, {feed, down, 1}, {feed, down, 1}, {calls, nil, 1}, {calls, down, 1}, {feed, nil, 1}, {calls, nil, 2}, {feed, nil, 2}, {calls, down, 3},
	} {
		p.report(step.of, step.err)
		if got := len(log.lines()); got != step.lines {
			t.Errorf("after %v: got %d lines, want %d: %q", step, got, step.lines, log.lines())
		}
	}
}

// FuzzFeed holds that whatever another program publishes wakes orders or nothing.
func FuzzFeed(f *testing.F) {
	id := orderIDs(f, 1)[0]
	for _, text := range []string{"", " ", string(id), string(id) + " " + string(id), "ord_", "ord_" + strings.Repeat("Z", 26), "\x00\xff", strings.Repeat("ord_1 ", 9999)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := len(strings.Fields(text))
		wakeAll(text, func(id bridge.OrderID) {
			words--
			if got, ok := bridge.ParseOrderID(string(id)); !ok || got != id || !strings.Contains(text, string(id)) {
				t.Errorf("%q wakes %q", text, id)
			}
		})
		if words < 0 {
			t.Errorf("%q wakes more orders than it has words", text)
		}
	})
}
