package sqlite

import "github.com/minitill/minitill/bridge/store/internal/rows"

// Stats reports how much has been committed since the store was opened.
type Stats = rows.Stats

// Commit is a transaction that wrote something, or failed.
type Commit = rows.Commit

// OnCommit has f called after each commit, for metrics. f must not block.
func (s *Store) OnCommit(f func(Commit)) { s.writer.stats.OnCommit(f) }

// Stats returns the counters. Changes above Commits is what group commit saved.
func (s *Store) Stats() Stats { return s.writer.stats.Read() }
