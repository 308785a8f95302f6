package index

import (
	"errors"
	"testing"
	"time"
)

func TestTheIndexWorksForAShareOfTheTime(t *testing.T) {
	const took = 30 * time.Millisecond
	for name, c := range map[string]struct {
		more bool
		err  error
		busy bool
		took time.Duration
		want time.Duration
	}{
		"while the till is busy":    {more: true, busy: true, took: took, want: 970 * time.Millisecond},
		"while it is not":           {more: true, took: took, want: took},
		"after a step of no time":   {more: true, want: shortPause},
		"after a long step":         {more: true, busy: true, took: time.Minute, want: longPause},
		"when nothing is new":       {took: time.Millisecond, want: poll},
		"when the last step was it": {busy: true, took: 60 * time.Millisecond, want: 1940 * time.Millisecond},
		"after an error":            {more: true, err: errors.New("down"), took: took, want: retry},
	} {
		if got := pause(c.more, c.err, c.took, c.busy); got != c.want {
			t.Errorf("%s: got a pause of %v, want %v", name, got, c.want)
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
