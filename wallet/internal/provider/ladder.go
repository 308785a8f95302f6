package provider

import (
	"math"
	"time"
)

// Ladder is the retry schedule of a notification that is not acknowledged. A provider documents
// one of the two forms.
type Ladder struct {
	Gaps    []time.Duration // from one attempt to the next; the first attempt is made at once
	Offsets []time.Duration // of each attempt from the event, the first included: 0, 15 s, 30 s, …
	Scale   float64         // multiplies both: 0.01 is a hundred times as fast; 0 means 1
}

// longest bounds a scaled pause: a duration that overflows would be a time in the past.
const longest = 100 * 365 * 24 * time.Hour

// first returns how long after the event the first attempt is due.
func (l Ladder) first() time.Duration {
	if len(l.Offsets) == 0 {
		return 0
	}
	return l.scaled(l.Offsets[0])
}

// next returns when the next attempt is due after so many, the last of which ended at last;
// again is false when there is none.
func (l Ladder) next(event, last time.Time, tries int) (at time.Time, again bool) {
	switch {
	case len(l.Offsets) > 0 && tries < len(l.Offsets):
		return event.Add(l.scaled(l.Offsets[tries])), true
	case len(l.Offsets) == 0 && tries <= len(l.Gaps):
		return last.Add(l.scaled(l.Gaps[tries-1])), true
	}
	return time.Time{}, false
}

func (l Ladder) scaled(d time.Duration) time.Duration {
	if l.Scale == 0 {
		return d
	}
	return time.Duration(min(math.Round(float64(d)*l.Scale), float64(longest)))
}
