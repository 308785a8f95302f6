package operator

import (
	"context"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Log is the part of a store that records actions.
type Log interface {
	AddAuditEntry(ctx context.Context, e store.AuditEntry) error
	CompleteAuditEntry(ctx context.Context, id, outcome string) error
}

// Act stores the entry of an action, runs it and stores its outcome: done and how, or the code of
// its fault. An action that cannot be recorded is not executed. One whose outcome cannot be
// recorded has been executed all the same: its entry stays open, as after a crash, and lost is
// called.
//
// Faults: those of the log and of run.
func Act(ctx context.Context, log Log, e store.AuditEntry, run func(context.Context) (how string, err error), lost func(id string, err error)) error {
	e.ID = newEntryID()
	if err := log.AddAuditEntry(ctx, e); err != nil {
		return err
	}
	how, failure := run(ctx)
	result := Done
	if failure != nil {
		result = fault.KindOf(failure).String()
	}
	if err := log.CompleteAuditEntry(context.WithoutCancel(ctx), e.ID, result+how); err != nil {
		lost(e.ID, err)
	}
	return failure
}

func newEntryID() string { return "aud_" + ulid.Make().String() }
