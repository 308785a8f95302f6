package outbox

import (
	"time"

	"github.com/minitill/minitill/bridge/schedule"
)

// backoff is the pause after each failed attempt; the last step repeats until GiveUp.
var backoff = [...]time.Duration{
	5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// GiveUp is how long a message is retried before it is dead.
const GiveUp = 72 * time.Hour

// Next returns the time of the retry after the nth failed attempt, from 1; dead reports that
// there is none.
func Next(id string, createdAt, now time.Time, n int) (at time.Time, dead bool) {
	if now.Sub(createdAt) >= GiveUp {
		return time.Time{}, true
	}
	step := backoff[min(max(n, 1), len(backoff))-1]
	return now.Add(schedule.Jitter(step, id, n)), false
}
