package history

import (
	"time"

	"github.com/minitill/minitill/bridge"
)

// Snapshot is an order as it stood after one of its events. It takes the place of the events
// up to that one when they are moved to an archive: bridge.Resume folds later events to its Order.
//
// Its JSON is the form in which it is stored.
type Snapshot struct {
	Order bridge.Order `json:"order"`
	At    time.Time    `json:"at"`             // of the last event that is folded into it
	Ended time.Time    `json:"ended,omitzero"` // when the order got its status, as Order.Status says
}

// Advance returns the snapshot after further events, oldest first. It writes to no memory
// that s shares.
func (s Snapshot) Advance(events ...bridge.Event) Snapshot {
	for i := range events {
		before := s.Order.Status
		s.Order, s.At = bridge.Resume(s.Order, events[i]), events[i].At
		switch {
		case events[i].Type == bridge.EventType("order."+string(s.Order.Status)):
			s.Ended = events[i].At
		case s.Order.Status != before:
			s.Ended = time.Time{}
		}
	}
	return s
}

// History is what a store has of the events of an order: all of them, or a snapshot and the
// events after it.
type History struct {
	Snapshot *Snapshot      // nil when no event was archived
	Events   []bridge.Event // oldest first
}

// Replay folds the history to the order. Its Schedule is zero.
func (h *History) Replay() bridge.Order { return h.last().Order }

// Ended returns when the order got its status; zero when no event says so.
func (h *History) Ended() time.Time { return h.last().Ended }

// Archived returns the sequence of the last event that was archived; zero when there is none.
func (h *History) Archived() int64 {
	if h.Snapshot == nil {
		return 0
	}
	return h.Snapshot.Order.Sequence
}

func (h *History) last() Snapshot {
	var s Snapshot
	if h.Snapshot != nil {
		s = *h.Snapshot
	}
	return s.Advance(h.Events...)
}

// Archivable reports whether the events of the order may be archived: nothing of it is due,
// open, under way or waiting for approval, and no person has to look at it. It may change later all the same, by a
// refund or late news: the events after the snapshot follow in the store.
func Archivable(o *bridge.Order, now time.Time) bool {
	for i := range o.Payments {
		if o.Payments[i].Operation != nil {
			return false
		}
	}
	return o.Final() && !o.Unsettled() && o.RefundOpen == 0 && o.DueAt.IsZero() && !o.BusyUntil.After(now) && len(o.Attention()) == 0
}
