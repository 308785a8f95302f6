package memstore

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Restoration implements engine.Store.
func (s *Store) Restoration(ctx context.Context) (store.Restoration, error) {
	return locked(ctx, s, "memstore.Restoration", func() (store.Restoration, error) { return s.restoration, nil })
}

// MarkRestored implements engine.Store.
func (s *Store) MarkRestored(ctx context.Context, now, since time.Time) (store.Restoration, error) {
	return locked(ctx, s, "memstore.MarkRestored", func() (store.Restoration, error) {
		for _, r := range s.orders {
			if !r.schedule.DueAt.IsZero() || !r.order.CreatedAt.Before(since) {
				r.schedule.DueAt, r.schedule.IdleQueries = millis(now), bridge.NeverQueried
			}
		}
		s.restoration = store.Restoration{Epoch: s.restoration.Epoch + 1, RestoredAt: millis(now)}
		return s.restoration, nil
	})
}

// UnqueriedOrders implements engine.Store.
func (s *Store) UnqueriedOrders(ctx context.Context) (int, error) {
	return locked(ctx, s, "memstore.UnqueriedOrders", func() (n int, err error) {
		for _, r := range s.orders {
			if r.schedule.IdleQueries == bridge.NeverQueried {
				n++
			}
		}
		return n, nil
	})
}

// LiftRestoration implements engine.Store.
func (s *Store) LiftRestoration(ctx context.Context, d store.Dismissal) (store.Restoration, error) {
	const op = "memstore.LiftRestoration"
	return locked(ctx, s, op, func() (store.Restoration, error) {
		if !s.restoration.Held() {
			return store.Restoration{}, fault.New(fault.Conflict, op, "No money is held out.")
		}
		d.At = millis(d.At)
		s.restoration.Lifted = d
		return s.restoration, nil
	})
}
