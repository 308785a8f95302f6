package sqlite

import "github.com/minitill/minitill/bridge/store/internal/rows"

// Stats says how much has been committed since the store was opened.
type Stats = rows.Stats

// Stats returns the counters. Changes above Commits is what group commit saved.
func (s *Store) Stats() Stats { return s.writer.stats.Read() }
