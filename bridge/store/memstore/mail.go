package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// ClaimMessages implements engine.Store.
func (s *Store) ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error) {
	return locked(ctx, s, "memstore.ClaimMessages", func() (claimed []bridge.Message, err error) {
		waits := map[bridge.OrderID]bool{} // orders that have an older undelivered message
		for _, m := range s.messages {
			if m.App != app || m.Endpoint != endpoint || m.Status != store.Undelivered || waits[m.Order] {
				continue
			}
			waits[m.Order] = true
			if !m.RunAt.After(now) && len(claimed) < limit {
				m.RunAt = millis(now.Add(lease))
				claimed = append(claimed, m.Message)
			}
		}
		return claimed, nil
	})
}

// FinishMessage implements engine.Store.
func (s *Store) FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error {
	const op = "memstore.FinishMessage"
	return s.do(ctx, op, func() error {
		m := s.message(func(m *store.DeliveryRecord) bool { return m.ID == id })
		if m == nil {
			return notFound(op, "message")
		}
		if takes(m, attempt, outcome.Status) {
			m.Attempts++
			m.Status, m.Note, m.TriedAt, m.RunAt = outcome.Status, outcome.Note, millis(outcome.At), millis(outcome.RunAt)
			m.Took, m.Answer = outcome.Took.Truncate(time.Millisecond), outcome.Answer
			m.Dismissal = store.Dismissal{}
		}
		return nil
	})
}

// takes reports whether the outcome of an attempt is stored.
func takes(m *store.DeliveryRecord, attempt int, outcome store.DeliveryStatus) bool {
	if outcome == store.Delivered {
		return m.Status != store.Delivered
	}
	return m.Status == store.Undelivered && m.Attempts == attempt
}

// message is the first message that matches, or nil.
func (s *Store) message(matches func(*store.DeliveryRecord) bool) *store.DeliveryRecord {
	at := slices.IndexFunc(s.messages, matches)
	if at < 0 {
		return nil
	}
	return s.messages[at]
}

// ReplayMessage implements engine.Store.
func (s *Store) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	return s.changeMessage(ctx, "memstore.ReplayMessage", app, id, claim, func(m *store.DeliveryRecord) error {
		m.Status, m.Note, m.TriedAt, m.Attempts = store.Undelivered, "", time.Time{}, 0
		m.RunAt, m.CreatedAt, m.Dismissal = millis(now), millis(now), store.Dismissal{}
		m.Took, m.Answer = 0, store.Answer{}
		return nil
	})
}

// DismissMessage implements engine.Store.
func (s *Store) DismissMessage(ctx context.Context, app, id string, d store.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.DismissMessage"
	return s.changeMessage(ctx, op, app, id, claim, func(m *store.DeliveryRecord) error {
		switch m.Status {
		case store.Dead:
			d.At = millis(d.At)
			m.Status, m.Dismissal = store.Dismissed, d
		case store.Dismissed:
		default:
			return fault.New(fault.Conflict, op, "The message is not dead.")
		}
		return nil
	})
}

// changeMessage changes a message of an app together with a claim, which may be nil.
func (s *Store) changeMessage(ctx context.Context, op, app, id string, claim *bridge.Claim, change func(*store.DeliveryRecord) error) (bridge.Claim, error) {
	return s.claimed(ctx, op, claim, func() error {
		m := s.message(func(m *store.DeliveryRecord) bool { return m.App == app && m.ID == id })
		if m == nil {
			return notFound(op, "message")
		}
		return change(m)
	})
}
