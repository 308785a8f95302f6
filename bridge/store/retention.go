package store

import (
	"context"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/fault"
)

// Snapshots is the part of a store that has the snapshots of orders whose events were
// archived.
type Snapshots interface {
	// Snapshot returns the order as it stood after the last of its events that was archived.
	//
	// Faults: NotFound when no event of the order was archived.
	Snapshot(ctx context.Context, id bridge.OrderID) (history.Snapshot, error)
}

// Archives is the part of a store that knows which events were copied to an archive. The
// files of an app follow each other as its feed does. The last event of the last file is the
// horizon: the archive has every event up to there, and the store every event after it,
// beside those up to there whose orders were not compacted.
type Archives interface {
	// Archives returns the archive files of an app with a number after one, oldest first.
	Archives(ctx context.Context, app string, after int64, limit int) ([]ArchiveFile, error)

	// Horizon returns the last archive file of an app; the zero value when there is none.
	Horizon(ctx context.Context, app string) (ArchiveFile, error)
}

// Retention is the part of a store whose rows are archived and pruned. Every method is
// bounded by a limit, so that no other change waits long.
type Retention interface {
	Snapshots
	Archives

	// AddArchive stores that a file was archived and makes its last event the horizon of
	// the app. The file must be durable.
	//
	// Faults: Conflict when there is a file of that number, or the store lacks the event.
	AddArchive(ctx context.Context, app string, f ArchiveFile) error

	// ArchivedEvents returns events of an app that are up to its horizon and still in the
	// store, after a place, in the order of the feed.
	ArchivedEvents(ctx context.Context, app string, after Place, limit int) ([]PlacedEvent, error)

	// Compact stores snapshots and deletes the events up to them, all in one transaction.
	// It leaves an order as it is that has become due, needs attention, has an undelivered
	// message, or whose last event of the snapshot is after the horizon. It returns how many events
	// it deleted.
	Compact(ctx context.Context, app string, snapshots []history.Snapshot) (events int64, err error)

	// PruneMessages deletes messages that were delivered or dismissed and whose last
	// attempt was before a time. It looks at limit messages after a position, and returns the
	// position of the last one; zero when there are no more.
	PruneMessages(ctx context.Context, before time.Time, after int64, limit int) (last, deleted int64, err error)
}

// ArchiveFile is a file of archived events of an app.
type ArchiveFile struct {
	Number          int64 // from 1
	Name            string
	Digest          [32]byte // SHA-256 of the file
	Bytes, Events   int64
	FirstAt, LastAt time.Time // the range of the events' times
	Last            bridge.EventKey
	CreatedAt       time.Time
}

// Place is the place of an event in the feed of its app. The zero value is before the first.
type Place struct{ Major, Minor int64 }

// PlacedEvent is the key of an event with its place.
type PlacedEvent struct {
	bridge.EventKey
	Place Place
}

// Archived returns the fault of a reader whose next events are only in the archive.
func Archived(op string) error {
	return fault.New(fault.Expired, op, "The events after that one were moved to the archive.")
}

// errGap is an order of which a store has later events and not the earlier ones.
var errGap = errors.New("events of the order are missing that no snapshot has")

// Histories is what ReadHistory needs of a store.
type Histories interface {
	Snapshots
	Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error)
}

// ReadHistory reads what a store has of the events of an order, also while the order is compacted.
//
// Faults: NotFound; Internal when the store lacks events that no snapshot has; those of the
// store.
func ReadHistory(ctx context.Context, from Histories, id bridge.OrderID) (h history.History, err error) {
	for {
		h.Events, err = from.Events(ctx, id, h.Archived())
		if err == nil || fault.KindOf(err) != fault.Expired {
			return h, err
		}
		s, err := from.Snapshot(ctx, id)
		switch {
		case err == nil && s.Order.Sequence > h.Archived():
			h.Snapshot = &s
		case err == nil || fault.KindOf(err) == fault.NotFound:
			return history.History{}, fault.Wrap(fault.Internal, "store.ReadHistory", errGap)
		default:
			return history.History{}, err
		}
	}
}
