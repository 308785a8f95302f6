package testclock

import (
	"sync"
	"time"
)

// Clock is a clock that a test moves. It is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	since time.Time // of the time that is added to now; zero: none is
}

// New returns a clock that shows noon of 2 January 2026, UTC.
func New() *Clock { return At(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)) }

// At returns a clock that shows now.
func At(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.now
	}
	return c.now.Add(time.Since(c.since))
}

// Run lets time pass on the clock as it does in the test's synctest bubble.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
