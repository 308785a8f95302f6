package memstore

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Restoration implements bridge.Store.
func (s *Store) Restoration(ctx context.Context) (bridge.Restoration, error) {
	return locked(ctx, s, "memstore.Restoration", func() (bridge.Restoration, error) { return s.restoration, nil })
}

// MarkRestored implements bridge.Store.
func (s *Store) MarkRestored(ctx context.Context, now, since time.Time) (bridge.Restoration, error) {
	return locked(ctx, s, "memstore.MarkRestored", func() (bridge.Restoration, error) {
		for _, r := range s.orders {
			if !r.schedule.DueAt.IsZero() || !r.order.CreatedAt.Before(since) {
				r.schedule.DueAt, r.schedule.Looks = millis(now), bridge.Unasked
			}
		}
		s.restoration = bridge.Restoration{Epoch: s.restoration.Epoch + 1, RestoredAt: millis(now)}
		return s.restoration, nil
	})
}

// UnaskedOrders implements bridge.Store.
func (s *Store) UnaskedOrders(ctx context.Context) (int, error) {
	return locked(ctx, s, "memstore.UnaskedOrders", func() (n int, err error) {
		for _, r := range s.orders {
			if r.schedule.Looks == bridge.Unasked {
				n++
			}
		}
		return n, nil
	})
}

// LiftRestoration implements bridge.Store.
func (s *Store) LiftRestoration(ctx context.Context, d bridge.Dismissal) (bridge.Restoration, error) {
	const op = "memstore.LiftRestoration"
	return locked(ctx, s, op, func() (bridge.Restoration, error) {
		if !s.restoration.Held() {
			return bridge.Restoration{}, fault.New(fault.Conflict, op, "No money is held out.")
		}
		d.At = millis(d.At)
		s.restoration.Lifted = d
		return s.restoration, nil
	})
}
