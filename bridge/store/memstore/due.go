package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

// ClaimDueOrders implements bridge.Store.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]bridge.Order, error) {
	if err := s.lock(ctx, "memstore.ClaimDueOrders"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var due []bridge.OrderID
	for id, r := range s.orders {
		if !r.schedule.DueAt.IsZero() && !r.schedule.DueAt.After(now) {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b bridge.OrderID) int {
		if c := s.orders[a].schedule.DueAt.Compare(s.orders[b].schedule.DueAt); c != 0 {
			return c
		}
		return map[bool]int{true: -1, false: 1}[a < b]
	})
	due = due[:min(max(limit, 0), len(due))]
	orders := make([]bridge.Order, len(due))
	for i, id := range due {
		s.orders[id].schedule.DueAt = millis(now.Add(lease))
		o, err := s.read(id)
		if err != nil {
			return nil, err
		}
		orders[i] = o
	}
	return orders, nil
}

// NextDue implements bridge.Store.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	if err := s.lock(ctx, "memstore.NextDue"); err != nil {
		return time.Time{}, err
	}
	defer s.mu.Unlock()
	var next time.Time
	for _, r := range s.orders {
		if at := r.schedule.DueAt; !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}

// OpenWallets implements bridge.Store.
func (s *Store) OpenWallets(ctx context.Context) ([]string, error) {
	if err := s.lock(ctx, "memstore.OpenWallets"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var names []string
	for id, r := range s.orders {
		if r.schedule.DueAt.IsZero() {
			continue
		}
		o, err := s.read(id)
		if err != nil {
			return nil, err
		}
		if p := o.LastPayment(); p != nil && !slices.Contains(names, p.Wallet) {
			names = append(names, p.Wallet)
		}
	}
	slices.Sort(names)
	return names, nil
}
