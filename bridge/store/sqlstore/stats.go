package sqlstore

import "sync/atomic"

// Stats says how much has been committed since the store was opened.
type Stats struct {
	Commits uint64 // transactions that wrote something
	Changes uint64 // changes that were stored by them
}

type stats struct{ commits, changes atomic.Uint64 }

func (s *stats) count(j *job) {
	if j.err == nil && j.wrote {
		s.changes.Add(1)
	}
}

// Stats returns the counters. Changes above Commits is what group commit saved.
func (s *Store) Stats() Stats {
	return Stats{Commits: s.writer.stats.commits.Load(), Changes: s.writer.stats.changes.Load()}
}
