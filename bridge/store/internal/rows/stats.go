package rows

import (
	"sync/atomic"
	"time"
)

// Stats reports how much has been committed since a store was opened.
type Stats struct {
	Commits uint64 // transactions that wrote something
	Changes uint64 // changes that were stored by them
}

// Counter counts commits.
type Counter struct {
	Commits, Changes atomic.Uint64

	observe atomic.Pointer[func(Commit)]
}

// Commit is a transaction that wrote something, or failed.
type Commit struct {
	Took    time.Duration // from its first statement until it was durable
	Changes int           // that were stored by it
	Err     error         // of the transaction as a whole
}

// OnCommit has f called after each commit, for metrics. f must not block.
func (c *Counter) OnCommit(f func(Commit)) { c.observe.Store(&f) }

// Begin is the time at which a transaction begins; zero when it is not measured.
func (c *Counter) Begin() (at time.Time) {
	if c.observe.Load() != nil {
		at = time.Now()
	}
	return at
}

// End reports a transaction that began at a time. One that wrote nothing is not reported.
func (c *Counter) End(began time.Time, changes int, err error) {
	if f := c.observe.Load(); f != nil && !began.IsZero() && (changes > 0 || err != nil) {
		(*f)(Commit{time.Since(began), changes, err})
	}
}

// Read returns the counters.
func (c *Counter) Read() Stats {
	return Stats{Commits: c.Commits.Load(), Changes: c.Changes.Load()}
}
