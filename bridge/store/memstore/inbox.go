package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

func newInbox() table[store.InboxItem] {
	return table[store.InboxItem]{what: "notification", times: func(i *store.InboxItem) []*time.Time {
		return []*time.Time{&i.ReceivedAt, &i.Dismissal.At}
	}}
}

func ofItem(id string) func(*store.InboxItem) bool {
	return func(i *store.InboxItem) bool { return i.ID == id }
}

func ofEvent(wallet, id string) func(*store.InboxItem) bool {
	return func(i *store.InboxItem) bool { return i.Wallet == wallet && i.EventID == id }
}

// KeepNotification implements engine.Store.
func (s *Store) KeepNotification(ctx context.Context, item store.InboxItem) error {
	const op = "memstore.KeepNotification"
	return s.do(ctx, op, func() error {
		if s.inbox.find(ofEvent(item.Wallet, item.EventID)) != nil {
			return nil
		}
		item.Dismissal = store.Dismissal{}
		return s.inbox.add(op, item, ofItem(item.ID))
	})
}

// Inbox implements engine.Store.
func (s *Store) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]store.InboxItem, error) {
	return locked(ctx, s, "memstore.Inbox", func() ([]store.InboxItem, error) {
		items := s.inbox.list(func(item *store.InboxItem) bool {
			named := id != "" && item.Order == id ||
				item.PaymentID != "" && slices.Contains(keys, bridge.PaymentKey{Wallet: item.Wallet, PaymentID: item.PaymentID})
			return named && item.Dismissal.At.IsZero()
		})
		slices.SortFunc(items, func(a, b store.InboxItem) int {
			return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), strings.Compare(a.EventID, b.EventID), strings.Compare(a.Wallet, b.Wallet))
		})
		return items, nil
	})
}

// InboxItem implements engine.Store.
func (s *Store) InboxItem(ctx context.Context, id string) (store.InboxItem, error) {
	const op = "memstore.InboxItem"
	return locked(ctx, s, op, func() (store.InboxItem, error) { return s.inbox.get(op, ofItem(id)) })
}

// InboxItems implements engine.Store.
func (s *Store) InboxItems(ctx context.Context, q store.InboxQuery) ([]store.InboxItem, error) {
	const op = "memstore.InboxItems"
	return locked(ctx, s, op, func() ([]store.InboxItem, error) {
		items := s.inbox.list(func(item *store.InboxItem) bool { return slices.Contains(q.Wallets, item.Wallet) })
		slices.SortFunc(items, func(a, b store.InboxItem) int { return strings.Compare(b.ID, a.ID) })
		id := func(item *store.InboxItem) string { return item.ID }
		return page(op, items, q.Before, id, q.Limit, func(item *store.InboxItem) bool {
			return item.Dismissal.At.IsZero() != q.Dismissed
		})
	})
}

// ForgetNotification implements engine.Store.
func (s *Store) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	return s.do(ctx, "memstore.ForgetNotification", func() error {
		s.inbox.remove(ofEvent(wallet, eventID))
		return nil
	})
}

// DismissNotification implements engine.Store.
func (s *Store) DismissNotification(ctx context.Context, id string, d store.Dismissal) (store.InboxItem, error) {
	const op = "memstore.DismissNotification"
	return locked(ctx, s, op, func() (store.InboxItem, error) {
		if item := s.inbox.find(ofItem(id)); item != nil && item.value.Dismissal.At.IsZero() {
			d.At = millis(d.At)
			item.value.Dismissal = d
		}
		return s.inbox.get(op, ofItem(id))
	})
}
