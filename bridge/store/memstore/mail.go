package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
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
}

// KeepNotification implements bridge.Store.
func (s *Store) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	if err := s.lock(ctx, "memstore.KeepNotification"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	key := inboxKey{item.Wallet, item.EventID}
	if _, kept := s.inbox[key]; !kept {
		item.Event, item.Body = slices.Clone(item.Event), slices.Clone(item.Body)
		s.inbox[key] = item
	}
	return nil
}

// Inbox implements bridge.Store.
func (s *Store) Inbox(ctx context.Context, id bridge.OrderID) ([]bridge.InboxItem, error) {
	if err := s.lock(ctx, "memstore.Inbox"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var items []bridge.InboxItem
	for _, item := range s.inbox {
		if item.Order == id {
			items = append(items, item)
		}
	}
	slices.SortFunc(items, func(a, b bridge.InboxItem) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), strings.Compare(a.EventID, b.EventID))
	})
	return items, nil
}

// ForgetNotification implements bridge.Store.
func (s *Store) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	if err := s.lock(ctx, "memstore.ForgetNotification"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.inbox, inboxKey{wallet, eventID})
	return nil
}

// Messages implements bridge.Store.
func (s *Store) Messages(ctx context.Context, after string, limit int) ([]bridge.Message, error) {
	if err := s.lock(ctx, "memstore.Messages"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	start := 0
	if after != "" {
		start = 1 + slices.IndexFunc(s.messages, func(m *message) bool { return m.ID == after })
	}
	var list []bridge.Message
	for _, m := range s.messages[start:] {
		if len(list) < limit && m.status == bridge.Undelivered {
			list = append(list, m.Message)
		}
	}
	return list, nil
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
func (s *Store) FinishMessage(ctx context.Context, id string, outcome bridge.Delivery) error {
	const op = "memstore.FinishMessage"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.ID == id {
			m.Attempts, m.triedAt = m.Attempts+1, millis(outcome.At)
			if outcome.Status != bridge.Undelivered || m.status == bridge.Undelivered {
				m.status, m.note, m.RunAt = outcome.Status, outcome.Note, millis(outcome.RunAt)
			}
			return nil
		}
	}
	return fault.New(fault.NotFound, op, "There is no such message.")
}
