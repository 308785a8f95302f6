package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// message is a message with what became of it.
type message struct {
	bridge.Message
	status  bridge.DeliveryStatus
	note    string
	triedAt time.Time

	dismissal bridge.Dismissal // zero unless the status is Dismissed
}

// ClaimMessages implements bridge.Store.
func (s *Store) ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error) {
	if err := s.lock(ctx, "memstore.ClaimMessages"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var claimed []bridge.Message
	waits := map[bridge.OrderID]bool{} // orders of which an older message is not settled
	for _, m := range s.messages {
		if m.App != app || m.Endpoint != endpoint || m.status != bridge.Undelivered || waits[m.Order] {
			continue
		}
		waits[m.Order] = true
		if !m.RunAt.After(now) && len(claimed) < limit {
			m.RunAt = millis(now.Add(lease))
			claimed = append(claimed, m.Message)
		}
	}
	return claimed, nil
}

// FinishMessage implements bridge.Store.
func (s *Store) FinishMessage(ctx context.Context, id string, attempt int, outcome bridge.Delivery) error {
	const op = "memstore.FinishMessage"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	m := s.message(func(m *message) bool { return m.ID == id })
	if m == nil {
		return fault.New(fault.NotFound, op, "There is no such message.")
	}
	if m.takes(attempt, outcome.Status) {
		m.Attempts++
		m.status, m.note, m.triedAt, m.RunAt = outcome.Status, outcome.Note, millis(outcome.At), millis(outcome.RunAt)
		m.dismissal = bridge.Dismissal{}
	}
	return nil
}

// takes says whether the outcome of an attempt is stored.
func (m *message) takes(attempt int, outcome bridge.DeliveryStatus) bool {
	if outcome == bridge.Delivered {
		return m.status != bridge.Delivered
	}
	return m.status == bridge.Undelivered && m.Attempts == attempt
}

// message is the first message that matches, or nil.
func (s *Store) message(matches func(*message) bool) *message {
	at := slices.IndexFunc(s.messages, matches)
	if at < 0 {
		return nil
	}
	return s.messages[at]
}

// ReplayMessage implements bridge.Store.
func (s *Store) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	return s.changeMessage(ctx, "memstore.ReplayMessage", app, id, claim, func(m *message) error {
		m.status, m.note, m.triedAt, m.Attempts = bridge.Undelivered, "", time.Time{}, 0
		m.RunAt, m.CreatedAt, m.dismissal = millis(now), millis(now), bridge.Dismissal{}
		return nil
	})
}

// DismissMessage implements bridge.Store.
func (s *Store) DismissMessage(ctx context.Context, app, id string, d bridge.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.DismissMessage"
	return s.changeMessage(ctx, op, app, id, claim, func(m *message) error {
		switch m.status {
		case bridge.Dead:
			m.status, m.dismissal = bridge.Dismissed, truncatedDismissal(d)
		case bridge.Dismissed:
		default:
			return fault.New(fault.Conflict, op, "The message is not dead.")
		}
		return nil
	})
}

// changeMessage changes a message of an app together with a claim, which may be nil.
func (s *Store) changeMessage(ctx context.Context, op, app, id string, claim *bridge.Claim, change func(*message) error) (bridge.Claim, error) {
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	if held := s.held(claim); held != nil {
		return *held, nil
	}
	m := s.message(func(m *message) bool { return m.App == app && m.ID == id })
	if m == nil {
		return bridge.Claim{}, fault.New(fault.NotFound, op, "There is no such message.")
	}
	if err := change(m); err != nil {
		return bridge.Claim{}, err
	}
	return s.take(claim), nil
}
