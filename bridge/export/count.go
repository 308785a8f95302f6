package export

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
)

// countPages bounds the pages that Count reads.
const countPages = 10

// Count returns how many rows a table would have now. It reads a bounded number of pages; more
// reports that the table goes on.
//
// Faults: as Write.
func Count(ctx context.Context, from Source, q Query) (rows int, more bool, err error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if q.To.IsZero() || q.To.After(q.Now) {
		q.To = q.Now
	}
	read, _ := pages(ctx, from, &q)
	if read == nil {
		return 0, false, fault.InvalidField("export.Count", "kind", "is not a table")
	}
	more = true
	for n := 0; more && n < countPages; n++ {
		var page []row
		if page, more, err = read(); err != nil {
			return rows, more, err
		}
		rows += len(page)
	}
	return rows, more, nil
}
