package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// copyItem is a notification as a store on disk reads it again.
func copyItem(item bridge.InboxItem) bridge.InboxItem {
	item.Event, item.Body = slices.Clone(item.Event), slices.Clone(item.Body)
	item.ReceivedAt, item.Dismissal = millis(item.ReceivedAt), truncatedDismissal(item.Dismissal)
	return item
}

func truncatedDismissal(d bridge.Dismissal) bridge.Dismissal {
	d.At = millis(d.At)
	return d
}

// KeepNotification implements bridge.Store.
func (s *Store) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	const op = "memstore.KeepNotification"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	key := inboxKey{item.Wallet, item.EventID}
	if _, kept := s.inbox[key]; kept {
		return nil
	}
	if s.item(item.ID) != nil {
		return fault.New(fault.Conflict, op, "Another notification has this id.")
	}
	item.Dismissal = bridge.Dismissal{}
	s.inbox[key] = copyItem(item)
	return nil
}

// item is the notification of that id, or nil.
func (s *Store) item(id string) *bridge.InboxItem {
	for _, item := range s.inbox {
		if item.ID == id {
			return &item
		}
	}
	return nil
}

// Inbox implements bridge.Store.
func (s *Store) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]bridge.InboxItem, error) {
	if err := s.lock(ctx, "memstore.Inbox"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	items := s.items(func(item *bridge.InboxItem) bool {
		named := id != "" && item.Order == id ||
			item.PaymentID != "" && slices.Contains(keys, bridge.PaymentKey{Wallet: item.Wallet, PaymentID: item.PaymentID})
		return named && item.Dismissal.At.IsZero()
	})
	slices.SortFunc(items, func(a, b bridge.InboxItem) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), strings.Compare(a.EventID, b.EventID), strings.Compare(a.Wallet, b.Wallet))
	})
	return items, nil
}

func (s *Store) items(matches func(*bridge.InboxItem) bool) (items []bridge.InboxItem) {
	for _, item := range s.inbox {
		if matches(&item) {
			items = append(items, copyItem(item))
		}
	}
	return items
}

// InboxItem implements bridge.Store.
func (s *Store) InboxItem(ctx context.Context, id string) (bridge.InboxItem, error) {
	const op = "memstore.InboxItem"
	if err := s.lock(ctx, op); err != nil {
		return bridge.InboxItem{}, err
	}
	defer s.mu.Unlock()
	item := s.item(id)
	if item == nil {
		return bridge.InboxItem{}, noItem(op)
	}
	return copyItem(*item), nil
}

func noItem(op string) error { return fault.New(fault.NotFound, op, "There is no such notification.") }

// InboxItems implements bridge.Store.
func (s *Store) InboxItems(ctx context.Context, q bridge.InboxQuery) ([]bridge.InboxItem, error) {
	const op = "memstore.InboxItems"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	items := s.items(func(item *bridge.InboxItem) bool { return slices.Contains(q.Wallets, item.Wallet) })
	slices.SortFunc(items, func(a, b bridge.InboxItem) int { return strings.Compare(b.ID, a.ID) })
	id := func(item bridge.InboxItem) string { return item.ID }
	return page(op, items, q.Before, id, q.Limit, func(item bridge.InboxItem) bool {
		return item.Dismissal.At.IsZero() != q.Dismissed
	})
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

// DismissNotification implements bridge.Store.
func (s *Store) DismissNotification(ctx context.Context, id string, d bridge.Dismissal) (bridge.InboxItem, error) {
	const op = "memstore.DismissNotification"
	if err := s.lock(ctx, op); err != nil {
		return bridge.InboxItem{}, err
	}
	defer s.mu.Unlock()
	item := s.item(id)
	if item == nil {
		return bridge.InboxItem{}, noItem(op)
	}
	if item.Dismissal.At.IsZero() {
		item.Dismissal = truncatedDismissal(d)
		s.inbox[inboxKey{item.Wallet, item.EventID}] = *item
	}
	return copyItem(*item), nil
}
