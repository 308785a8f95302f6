package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
)

// ClaimDueOrders implements engine.Store.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	return locked(ctx, s, "memstore.ClaimDueOrders", func() (orders []bridge.Order, err error) {
		due := map[string][]bridge.OrderID{}
		for id, r := range s.orders {
			if !r.schedule.DueAt.IsZero() && !r.schedule.DueAt.After(now) {
				due[r.wallet()] = append(due[r.wallet()], id)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(limits)) {
			orders = append(orders, s.lease(due[name], limits[name], millis(now.Add(lease)))...)
		}
		return orders, nil
	})
}

// lease moves the DueAt of the orders that wait longest, and returns them.
func (s *Store) lease(due []bridge.OrderID, limit int, until time.Time) (orders []bridge.Order) {
	slices.SortFunc(due, func(a, b bridge.OrderID) int {
		return cmp.Or(s.orders[a].schedule.DueAt.Compare(s.orders[b].schedule.DueAt), cmp.Compare(a, b))
	})
	for _, id := range due[:min(max(limit, 0), len(due))] {
		s.orders[id].schedule.DueAt = until
		orders = append(orders, s.orders[id].read())
	}
	return orders
}

// wallet returns the wallet of the order's newest payment.
func (r *order) wallet() string {
	if p := r.order.LastPayment(); p != nil {
		return p.Wallet
	}
	return ""
}

// DueWallets implements engine.Store.
func (s *Store) DueWallets(ctx context.Context) (map[string]time.Time, error) {
	return locked(ctx, s, "memstore.DueWallets", func() (map[string]time.Time, error) {
		first := map[string]time.Time{}
		for _, r := range s.orders {
			name, at := r.wallet(), r.schedule.DueAt
			if known, ok := first[name]; !at.IsZero() && (!ok || at.Before(known)) {
				first[name] = at
			}
		}
		return first, nil
	})
}
