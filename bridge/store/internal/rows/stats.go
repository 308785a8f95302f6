package rows

import "sync/atomic"

// Stats says how much has been committed since a store was opened.
type Stats struct {
	Commits uint64 // transactions that wrote something
	Changes uint64 // changes that were stored by them
}

// Counter counts commits.
type Counter struct{ Commits, Changes atomic.Uint64 }

// Read returns the counters.
func (c *Counter) Read() Stats {
	return Stats{Commits: c.Commits.Load(), Changes: c.Changes.Load()}
}
