package memstore

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Restoration implements bridge.Store.
func (s *Store) Restoration(ctx context.Context) (bridge.Restoration, error) {
	if err := s.lock(ctx, "memstore.Restoration"); err != nil {
		return bridge.Restoration{}, err
	}
	defer s.mu.Unlock()
	return s.restoration, nil
}

// MarkRestored implements bridge.Store.
func (s *Store) MarkRestored(ctx context.Context, now, since time.Time) (bridge.Restoration, error) {
	const op = "memstore.MarkRestored"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Restoration{}, err
	}
	defer s.mu.Unlock()
	for id, r := range s.orders {
		o, err := s.read(id)
		if err != nil {
			return bridge.Restoration{}, err
		}
		if !o.DueAt.IsZero() || !o.CreatedAt.Before(since) {
			r.schedule.DueAt, r.schedule.Looks = millis(now), bridge.Unasked
		}
	}
	s.restoration = bridge.Restoration{Epoch: s.restoration.Epoch + 1, RestoredAt: millis(now)}
	return s.restoration, nil
}

// UnaskedOrders implements bridge.Store.
func (s *Store) UnaskedOrders(ctx context.Context) (int, error) {
	if err := s.lock(ctx, "memstore.UnaskedOrders"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.orders {
		if r.schedule.Looks == bridge.Unasked {
			n++
		}
	}
	return n, nil
}

// LiftRestoration implements bridge.Store.
func (s *Store) LiftRestoration(ctx context.Context, d bridge.Dismissal) (bridge.Restoration, error) {
	const op = "memstore.LiftRestoration"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Restoration{}, err
	}
	defer s.mu.Unlock()
	if !s.restoration.Held() {
		return bridge.Restoration{}, fault.New(fault.Conflict, op, "No money is held out.")
	}
	s.restoration.Lifted = truncatedDismissal(d)
	return s.restoration, nil
}
