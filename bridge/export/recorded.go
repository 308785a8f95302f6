package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Action is the action of an export in the audit log.
const Action = "export"

// Log is the audit log; a store is one.
type Log interface {
	AddAuditEntry(ctx context.Context, e store.AuditEntry) error
	CompleteAuditEntry(ctx context.Context, id, outcome string) error
}

// WriteRecorded is Write with an entry in the audit log: which table, of what time, and how many
// rows. by has the operator, the request and the address. An export that cannot be recorded
// is not written. Where its outcome cannot be recorded, the entry stays without one.
//
// Faults: those of Write and of the log.
func WriteRecorded(ctx context.Context, w io.Writer, from Source, log Log, q Query, by store.AuditEntry) (rows int, err error) {
	by.ID, by.App, by.Action, by.At = "aud_"+ulid.Make().String(), q.App, Action, q.Now.UTC().Truncate(time.Millisecond)
	by.Subject, by.Reason = string(q.Kind)+"."+string(q.Format), q.bounds()
	if err := log.AddAuditEntry(ctx, by); err != nil {
		return 0, err
	}
	rows, err = Write(ctx, w, from, q)
	outcome := fmt.Sprintf("done, %d rows", rows)
	if err != nil {
		outcome = fmt.Sprintf("%s after %d rows", fault.KindOf(err), rows)
	}
	return rows, errors.Join(err, log.CompleteAuditEntry(context.WithoutCancel(ctx), by.ID, outcome))
}

// bounds says which rows were requested.
func (q *Query) bounds() string {
	text := func(at time.Time, none string) string {
		if at.IsZero() {
			return none
		}
		return at.UTC().Format(time.RFC3339)
	}
	status := "any status"
	if q.Status != "" {
		status = string(q.Status)
	}
	return status + ", from " + text(q.From, "the first") + " to " + text(q.To, "now")
}
