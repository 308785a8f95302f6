package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

func newEndpoints() table[store.Endpoint] {
	return table[store.Endpoint]{
		what: "endpoint",
		times: func(e *store.Endpoint) []*time.Time {
			return []*time.Time{&e.PreviousUntil, &e.FailingSince, &e.CreatedAt}
		},
		keep: func(next, before *store.Endpoint) {
			next.ID, next.App, next.CreatedAt = before.ID, before.App, before.CreatedAt
			if len(next.Events) == 0 {
				next.Events = nil
			}
		},
	}
}

func newKeys() table[store.APIKey] {
	return table[store.APIKey]{what: "key", times: func(k *store.APIKey) []*time.Time {
		return []*time.Time{&k.CreatedAt, &k.ExpiresAt, &k.UsedAt, &k.RevokedAt}
	}}
}

func ofEndpoint(app, id string) func(*store.Endpoint) bool {
	return func(e *store.Endpoint) bool { return e.App == app && e.ID == id }
}

// Endpoints implements engine.Store.
func (s *Store) Endpoints(ctx context.Context) (list []store.Endpoint, version int64, err error) {
	err = s.do(ctx, "memstore.Endpoints", func() error {
		list, version = s.endpoints.list(func(*store.Endpoint) bool { return true }), s.changed
		return nil
	})
	return list, version, err
}

// AddEndpoint implements engine.Store.
func (s *Store) AddEndpoint(ctx context.Context, e store.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.AddEndpoint"
	return s.claimed(ctx, op, claim, func() error {
		s.endpoints.keep(&e, &e)
		err := s.endpoints.add(op, e, ofEndpoint(e.App, e.ID))
		if err == nil {
			s.changed++
		}
		return err
	})
}

// UpdateEndpoint implements engine.Store.
func (s *Store) UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*store.Endpoint) error) (store.Endpoint, bridge.Claim, error) {
	return update(ctx, s, "memstore.UpdateEndpoint", &s.endpoints, ofEndpoint(app, id), claim, change, func() { s.changed++ })
}

// RemoveEndpoint implements engine.Store.
func (s *Store) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "memstore.RemoveEndpoint"
	return s.do(ctx, op, func() error {
		if s.endpoints.remove(ofEndpoint(app, id)) == 0 {
			return notFound(op, s.endpoints.what)
		}
		s.changed++
		for _, m := range s.messages {
			if m.App == app && m.Endpoint == id && m.Status == store.Undelivered {
				m.Status, m.Note, m.RunAt = store.Dead, "the endpoint was removed", time.Time{}
			}
		}
		return nil
	})
}

// DueEndpoints implements engine.Store.
func (s *Store) DueEndpoints(ctx context.Context, now time.Time) (due []store.EndpointKey, err error) {
	err = s.do(ctx, "memstore.DueEndpoints", func() error {
		for _, m := range s.messages {
			key := store.EndpointKey{App: m.App, Endpoint: m.Endpoint}
			if m.Status == store.Undelivered && !m.RunAt.IsZero() && !m.RunAt.After(now) && !slices.Contains(due, key) {
				due = append(due, key)
			}
		}
		return nil
	})
	return due, err
}

// AddAPIKey implements engine.Store.
func (s *Store) AddAPIKey(ctx context.Context, k store.APIKey) error {
	const op = "memstore.AddAPIKey"
	return s.do(ctx, op, func() error {
		return s.keys.add(op, k, func(have *store.APIKey) bool { return have.ID == k.ID || have.Digest == k.Digest })
	})
}

// APIKey implements engine.Store.
func (s *Store) APIKey(ctx context.Context, digest [32]byte) (store.APIKey, error) {
	const op = "memstore.APIKey"
	return locked(ctx, s, op, func() (store.APIKey, error) {
		return s.keys.get(op, func(k *store.APIKey) bool { return k.Digest == digest })
	})
}

// APIKeys implements engine.Store.
func (s *Store) APIKeys(ctx context.Context, app string) ([]store.APIKey, error) {
	return locked(ctx, s, "memstore.APIKeys", func() ([]store.APIKey, error) {
		return s.keys.list(func(k *store.APIKey) bool { return app == "" || k.App == app }), nil
	})
}

// RevokeAPIKey implements engine.Store.
func (s *Store) RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error {
	const op = "memstore.RevokeAPIKey"
	return s.do(ctx, op, func() error {
		k := s.keys.find(func(k *store.APIKey) bool { return k.ID == id })
		if k == nil {
			return notFound(op, s.keys.what)
		}
		if k.value.RevokedAt.IsZero() {
			k.value.RevokedBy, k.value.RevokedAt = by, millis(at)
		}
		return nil
	})
}

// UseAPIKey implements engine.Store.
func (s *Store) UseAPIKey(ctx context.Context, id string, at time.Time) error {
	return s.do(ctx, "memstore.UseAPIKey", func() error {
		k := s.keys.find(func(k *store.APIKey) bool { return k.ID == id })
		if k != nil && (k.value.UsedAt.IsZero() || !k.value.UsedAt.Add(store.KeyUsePeriod).After(at)) {
			k.value.UsedAt = millis(at)
		}
		return nil
	})
}
