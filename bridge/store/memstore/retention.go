package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// archive is a file of archived events, with how many entries of the feed are up to its end.
type archive struct {
	store.ArchiveFile
	end int
}

// Snapshot implements engine.Store.
func (s *Store) Snapshot(ctx context.Context, id bridge.OrderID) (history.Snapshot, error) {
	const op = "memstore.Snapshot"
	return locked(ctx, s, op, func() (history.Snapshot, error) {
		r := s.orders[id]
		if r == nil || r.snapshot == nil {
			return history.Snapshot{}, notFound(op, "snapshot")
		}
		return copyOf(*r.snapshot), nil
	})
}

// horizon is the last archive file of an app.
func (s *Store) horizon(app string) (last archive) {
	if list := s.archives[app]; len(list) > 0 {
		last = list[len(list)-1]
	}
	return last
}

// Horizon implements store.Archives.
func (s *Store) Horizon(ctx context.Context, app string) (store.ArchiveFile, error) {
	return locked(ctx, s, "memstore.Horizon", func() (store.ArchiveFile, error) { return s.horizon(app).ArchiveFile, nil })
}

// Archives implements store.Archives.
func (s *Store) Archives(ctx context.Context, app string, after int64, limit int) ([]store.ArchiveFile, error) {
	return locked(ctx, s, "memstore.Archives", func() (list []store.ArchiveFile, err error) {
		for _, a := range s.archives[app] {
			if a.Number > after && len(list) < min(limit, maxPage) {
				list = append(list, a.ArchiveFile)
			}
		}
		return list, nil
	})
}

// AddArchive implements store.Retention.
func (s *Store) AddArchive(ctx context.Context, app string, f store.ArchiveFile) error {
	const op = "memstore.AddArchive"
	f.FirstAt, f.LastAt, f.CreatedAt = millis(f.FirstAt), millis(f.LastAt), millis(f.CreatedAt)
	return s.do(ctx, op, func() error {
		last := s.horizon(app)
		at := slices.Index(s.feed, f.Last)
		switch {
		case last.Number == f.Number && last.Digest == f.Digest && last.Name == f.Name:
			return nil
		case f.Number != last.Number+1 || at < 0 || s.orders[f.Last.Order].order.App != app || s.event(f.Last) == nil:
			return fault.New(fault.Conflict, op, "Another file was archived meanwhile.")
		}
		s.archives[app] = append(s.archives[app], archive{f, at + 1})
		return nil
	})
}

// ArchivedEvents implements store.Retention.
func (s *Store) ArchivedEvents(ctx context.Context, app string, after store.Place, limit int) ([]store.PlacedEvent, error) {
	return locked(ctx, s, "memstore.ArchivedEvents", func() (list []store.PlacedEvent, err error) {
		for i := int(after.Minor); i < s.horizon(app).end && len(list) < limit; i++ {
			if key := s.feed[i]; s.orders[key.Order].order.App == app && s.event(key) != nil {
				list = append(list, store.PlacedEvent{EventKey: key, Place: store.Place{Minor: int64(i + 1)}})
			}
		}
		return list, nil
	})
}

// Compact implements store.Retention.
func (s *Store) Compact(ctx context.Context, app string, snapshots []history.Snapshot) (events int64, err error) {
	return locked(ctx, s, "memstore.Compact", func() (int64, error) {
		for i := range snapshots {
			events += s.compact(app, &snapshots[i])
		}
		return events, nil
	})
}

func (s *Store) compact(app string, snapshot *history.Snapshot) int64 {
	last := bridge.EventKey{Order: snapshot.Order.ID, Sequence: snapshot.Order.Sequence}
	r := s.orders[last.Order]
	if r == nil || r.order.App != app || !r.schedule.DueAt.IsZero() || len(r.order.Attention()) > 0 || s.event(last) == nil {
		return 0
	}
	if at := slices.Index(s.feed, last); at < 0 || at >= s.horizon(app).end {
		return 0
	}
	if s.message(func(m *store.DeliveryRecord) bool { return m.Order == last.Order && m.Status == store.Undelivered }) != nil {
		return 0
	}
	n := last.Sequence - r.archived()
	r.events = slices.Clone(r.events[n:])
	made := copyOf(*snapshot)
	r.snapshot = &made
	return n
}

// archived is the sequence of the last event that was archived.
func (r *order) archived() int64 {
	if r.snapshot == nil {
		return 0
	}
	return r.snapshot.Order.Sequence
}

// event is an event that is in the store, or nil.
func (s *Store) event(key bridge.EventKey) *bridge.Event {
	r := s.orders[key.Order]
	if r == nil || key.Sequence <= r.archived() || key.Sequence > r.version {
		return nil
	}
	return &r.events[key.Sequence-r.archived()-1]
}

// PruneMessages implements store.Retention.
func (s *Store) PruneMessages(ctx context.Context, before time.Time, after int64, limit int) (last, deleted int64, err error) {
	err = s.do(ctx, "memstore.PruneMessages", func() error {
		from := min(int(after), len(s.messages))
		to := min(from+limit, len(s.messages))
		kept := slices.DeleteFunc(slices.Clone(s.messages[from:to]), func(m *store.DeliveryRecord) bool {
			settled := m.Status == store.Delivered || m.Status == store.Dismissed
			at := m.TriedAt
			if at.IsZero() {
				at = m.CreatedAt
			}
			return settled && at.Before(before)
		})
		deleted = int64(to - from - len(kept))
		if to < len(s.messages) {
			last = int64(from + len(kept))
		}
		s.messages = slices.Concat(s.messages[:from], kept, s.messages[to:])
		return nil
	})
	return last, deleted, err
}

// PruneAnswers implements engine.Store.
func (s *Store) PruneAnswers(ctx context.Context, before time.Time) error {
	return s.do(ctx, "memstore.PruneAnswers", func() error {
		for key, claim := range s.claims {
			switch {
			case !claim.CreatedAt.Before(before):
			case claim.Subject == "":
				delete(s.claims, key)
			default:
				claim.Answer = nil
				s.claims[key] = claim
			}
		}
		return nil
	})
}

// eventsAfter are the events of an order after a sequence.
func (r *order) eventsAfter(op string, after int64) ([]bridge.Event, error) {
	if after = max(after, 0); after < r.archived() {
		return nil, store.Archived(op)
	}
	return copyOf(r.events[min(after-r.archived(), int64(len(r.events))):]), nil
}

// feedStart is how many entries of the feed a page begins behind.
func (s *Store) feedStart(op string, q *store.FeedQuery) (int, error) {
	end := s.horizon(q.App).end
	if q.After == (bridge.EventKey{}) {
		return 0, archivedBefore(op, 0, end)
	}
	r, at := s.orders[q.After.Order], slices.Index(s.feed, q.After)
	if at < 0 || r.order.App != q.App {
		return 0, fault.New(fault.NotFound, op, "The feed has no such event to go on behind.")
	}
	return at + 1, archivedBefore(op, at+1, end)
}

// archivedBefore returns the fault of a place before the horizon.
func archivedBefore(op string, place, end int) error {
	if place < end {
		return store.Archived(op)
	}
	return nil
}
