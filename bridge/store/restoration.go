package store

import (
	"context"
	"time"
)

// Restorations is the part of a store that knows that it was restored from a backup. What
// happened after the backup is not in it, so its next ids may have been used before, and
// money may have moved without a record.
type Restorations interface {
	// Restoration returns the last restoration; the zero value when there was none.
	Restoration(ctx context.Context) (Restoration, error)

	// UnqueriedOrders counts the orders that are NeverQueried.
	UnqueriedOrders(ctx context.Context) (int, error)

	// LiftRestoration ends the hold of refunds.
	//
	// Faults: Conflict when nothing is held.
	LiftRestoration(ctx context.Context, d Dismissal) (Restoration, error)
}

// Restorer is the part of a store that is notified of a restore.
type Restorer interface {
	Restorations

	// MarkRestored begins a new epoch and holds money out. Every order that has a DueAt,
	// or was created at or after since, becomes due at now, with IdleQueries at NeverQueried.
	MarkRestored(ctx context.Context, now, since time.Time) (Restoration, error)
}

// Restoration is a restore of the store from a backup. Its JSON is the form in which it
// is stored.
type Restoration struct {
	Epoch      int       `json:"epoch"` // from 1; part of every id that is made from then on
	RestoredAt time.Time `json:"restoredAt"`
	Lifted     Dismissal `json:"lifted,omitzero"` // zero while refunds are held
}

// Held reports whether refunds are held.
func (r *Restoration) Held() bool { return r.Epoch > 0 && r.Lifted.At.IsZero() }
