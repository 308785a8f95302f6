package index

import (
	"errors"
	"testing"
	"time"
)

func TestTheIndexWorksForAShareOfTheTime(t *testing.T) {
	const took = 30 * time.Millisecond
	for name, c := range map[string]struct {
		more  bool
		err   error
		share int
		took  time.Duration
		want  time.Duration
	}{
		"while the till is busy":    {more: true, share: shareBusy, took: took, want: 970 * time.Millisecond},
		"while it is not":           {more: true, share: shareIdle, took: took, want: took},
		"after a step of no time":   {more: true, share: shareIdle, want: shortPause},
		"after a long step":         {more: true, share: shareBusy, took: time.Minute, want: longPause},
		"when nothing is new":       {share: shareIdle, took: time.Millisecond, want: poll},
		"when the last step was it": {share: shareMost, took: 60 * time.Millisecond, want: 1940 * time.Millisecond},
		"after an error":            {more: true, err: errors.New("down"), share: shareIdle, took: took, want: retry},
	} {
		if got := pause(c.more, c.err, c.took, c.share); got != c.want {
			t.Errorf("%s: got a pause of %v, want %v", name, got, c.want)
		}
	}
}

func TestTheShareGrowsWithTheLag(t *testing.T) {
	for _, c := range []struct {
		busy bool
		lag  time.Duration
		want int
	}{
		{true, 0, 3}, {true, -time.Minute, 3}, {true, 15 * time.Second, 3}, {true, 30 * time.Second, 6}, {true, 2 * time.Minute, 24},
		{true, 3 * time.Minute, 25}, {true, 1<<63 - 1, 25}, {false, 0, 50}, {false, time.Hour, 50},
	} {
		if got := share(c.busy, c.lag); got != c.want {
			t.Errorf("busy %v, %v behind: got %d percent of the time, want %d", c.busy, c.lag, got, c.want)
		}
	}
}

// A till that stays busy for an hour is followed at the share that its events need, and the lag
// is in proportion to that.
func TestTheLagIsBoundedUnderSustainedLoad(t *testing.T) {
	const rate, step = 1000, defaultStep // events a second; events
	for _, c := range []struct {
		each time.Duration // that an event takes
		most time.Duration // the lag
	}{
		{20 * time.Microsecond, 15 * time.Second},   // 2 percent of the time are enough
		{60 * time.Microsecond, 40 * time.Second},   // 6 percent
		{200 * time.Microsecond, 110 * time.Second}, // 20 percent
	} {
		var now, most time.Duration
		var done int64
		for now < time.Hour {
			n := min(int64(now/(time.Second/rate))-done, step)
			took := time.Millisecond + time.Duration(n)*c.each
			lag := now - time.Duration(done+n)*time.Second/rate
			done, most = done+n, max(most, lag)
			if n < step {
				lag = 0
			}
			now += took + pause(n == step, nil, took, share(true, lag))
		}
		if most > c.most {
			t.Errorf("%v for an event: got up to %v behind, want %v at most", c.each, most, c.most)
		}
	}
}

func TestTheTillIsBusyFromAHundredChangesASecond(t *testing.T) {
	var changes uint64
	l := load{changes: func() uint64 { return changes }}
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		more  uint64
		after time.Duration
		want  bool
	}{
		{1_000_000, 0, true}, // nothing is known yet
		{101, time.Second, true}, {100, time.Second, false}, {0, time.Second, false}, {11, 100 * time.Millisecond, true}, {300, 4 * time.Second, false},
	} {
		changes, at = changes+c.more, at.Add(c.after)
		if got := l.busy(at); got != c.want {
			t.Errorf("%d changes in %v: got busy %v, want %v", c.more, c.after, got, c.want)
		}
	}
	if unknown := (&load{}); !unknown.busy(at) {
		t.Error("a till of which nothing is known: got not busy")
	}
}
