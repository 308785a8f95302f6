package provider

import (
	"testing"
	"time"
)

func TestTheRetryScheduleHasTheNextAttempt(t *testing.T) {
	event := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	last := event.Add(time.Hour)
	gaps, offsets := []time.Duration{2 * time.Minute, 10 * time.Minute}, []time.Duration{0, 15 * time.Second, 10 * time.Minute}
	for name, c := range map[string]struct {
		ladder Ladder
		tries  int
		want   time.Time // zero: never again
	}{
		"a gap counts from the last attempt":             {Ladder{Gaps: gaps}, 1, last.Add(2 * time.Minute)},
		"the last gap is used once":                      {Ladder{Gaps: gaps}, 2, last.Add(10 * time.Minute)},
		"gaps end":                                       {Ladder{Gaps: gaps}, 3, time.Time{}},
		"an offset counts from the event":                {Ladder{Offsets: offsets}, 1, event.Add(15 * time.Second)},
		"the last offset is used once":                   {Ladder{Offsets: offsets}, 2, event.Add(10 * time.Minute)},
		"offsets end":                                    {Ladder{Offsets: offsets}, 3, time.Time{}},
		"an empty ladder makes one attempt":              {Ladder{}, 1, time.Time{}},
		"gaps are scaled":                                {Ladder{Gaps: gaps, Scale: 0.5}, 1, last.Add(time.Minute)},
		"a scale that is no binary fraction is exact":    {Ladder{Gaps: gaps, Scale: 1.0 / 60}, 1, last.Add(2 * time.Second)},
		"a scale beyond all durations is long, not past": {Ladder{Gaps: gaps, Scale: 1e300}, 1, last.Add(longest)},
		"offsets are scaled":                             {Ladder{Offsets: offsets, Scale: 0.1}, 2, event.Add(time.Minute)},
		"a list of offsets makes gaps count for nothing": {Ladder{Offsets: offsets, Gaps: gaps}, 3, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			at, again := c.ladder.next(event, last, c.tries)
			if !at.Equal(c.want) || again == c.want.IsZero() {
				t.Errorf("got %v, %v; want %v", at, again, c.want)
			}
		})
	}
	if got := (Ladder{Offsets: []time.Duration{3 * time.Second}, Scale: 2}).first(); got != 6*time.Second {
		t.Errorf("first: got %v, want 6s", got)
	}
}
