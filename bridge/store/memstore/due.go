package memstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

// ClaimDueOrders implements engine.Store.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]bridge.Order, error) {
	return locked(ctx, s, "memstore.ClaimDueOrders", func() (orders []bridge.Order, err error) {
		var due []bridge.OrderID
		for id, r := range s.orders {
			if !r.schedule.DueAt.IsZero() && !r.schedule.DueAt.After(now) {
				due = append(due, id)
			}
		}
		slices.SortFunc(due, func(a, b bridge.OrderID) int {
			return cmp.Or(s.orders[a].schedule.DueAt.Compare(s.orders[b].schedule.DueAt), cmp.Compare(a, b))
		})
		for _, id := range due[:min(max(limit, 0), len(due))] {
			s.orders[id].schedule.DueAt = millis(now.Add(lease))
			orders = append(orders, s.orders[id].read())
		}
		return orders, nil
	})
}

// NextDue implements engine.Store.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	return locked(ctx, s, "memstore.NextDue", func() (next time.Time, err error) {
		for _, r := range s.orders {
			if at := r.schedule.DueAt; !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		return next, nil
	})
}

// OpenWallets implements engine.Store.
func (s *Store) OpenWallets(ctx context.Context) ([]string, error) {
	return locked(ctx, s, "memstore.OpenWallets", func() (names []string, err error) {
		for _, r := range s.orders {
			p := r.order.LastPayment()
			if p != nil && !r.schedule.DueAt.IsZero() && !slices.Contains(names, p.Wallet) {
				names = append(names, p.Wallet)
			}
		}
		slices.Sort(names)
		return names, nil
	})
}
