package webhook

import (
	"time"

	"github.com/minitill/minitill/bridge"
)

// ladder is how long a message that was not taken waits for its next attempt; the last
// step repeats. It is given up after GiveUp.
var ladder = [...]time.Duration{
	5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// GiveUp is how long a message is tried before it is dead.
const GiveUp = 72 * time.Hour

// next is when a message is tried again after its nth failed attempt, from 1; dead
// says that it is not.
func next(id string, createdAt, now time.Time, n int) (at time.Time, dead bool) {
	if now.Sub(createdAt) >= GiveUp {
		return time.Time{}, true
	}
	step := ladder[min(max(n, 1), len(ladder))-1]
	return now.Add(bridge.Jitter(step, id, n)), false
}
