package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// endpoint is an endpoint with the number of its changes.
type endpoint struct {
	bridge.Endpoint
	version int
}

// copyEndpoint is an endpoint as a store on disk reads it again.
func copyEndpoint(e bridge.Endpoint) bridge.Endpoint {
	for _, t := range []*time.Time{&e.PreviousUntil, &e.FailingSince, &e.CreatedAt} {
		*t = millis(*t)
	}
	if e.Events = slices.Clone(e.Events); len(e.Events) == 0 {
		e.Events = nil
	}
	return e
}

// Endpoints implements bridge.Store.
func (s *Store) Endpoints(ctx context.Context) ([]bridge.Endpoint, int64, error) {
	if err := s.lock(ctx, "memstore.Endpoints"); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	var list []bridge.Endpoint
	for _, e := range s.endpoints {
		list = append(list, copyEndpoint(e.Endpoint))
	}
	return list, s.changed, nil
}

// AddEndpoint implements bridge.Store.
func (s *Store) AddEndpoint(ctx context.Context, e bridge.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.AddEndpoint"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	if held := s.held(claim); held != nil {
		return *held, nil
	}
	if s.endpoint(e.App, e.ID) != nil {
		return bridge.Claim{}, fault.New(fault.Conflict, op, "The endpoint exists already.")
	}
	s.endpoints = append(s.endpoints, &endpoint{Endpoint: copyEndpoint(e)})
	s.changed++
	return s.take(claim), nil
}

// endpoint is an app's endpoint, or nil.
func (s *Store) endpoint(app, id string) *endpoint {
	at := slices.IndexFunc(s.endpoints, func(e *endpoint) bool { return e.App == app && e.ID == id })
	if at < 0 {
		return nil
	}
	return s.endpoints[at]
}

// UpdateEndpoint implements bridge.Store. As with orders, change runs unlocked and runs
// again when another was quicker.
func (s *Store) UpdateEndpoint(ctx context.Context, app, id string, claim *bridge.Claim, change func(*bridge.Endpoint) error) (bridge.Endpoint, bridge.Claim, error) {
	const op = "memstore.UpdateEndpoint"
	for {
		before, held, err := s.endpointOrClaim(ctx, op, app, id, claim)
		if err != nil || held != nil {
			return before.Endpoint, copyClaimOf(held), err
		}
		next := before
		next.Events = slices.Clone(next.Events)
		if err := change(&next.Endpoint); err != nil {
			return before.Endpoint, bridge.Claim{}, err
		}
		next.ID, next.App, next.CreatedAt = before.ID, before.App, before.CreatedAt
		taken, done, err := s.swapEndpoint(ctx, op, &next, claim)
		if err != nil || done {
			return copyEndpoint(next.Endpoint), taken, err
		}
	}
}

// endpointOrClaim is an endpoint as it is, and the claim when that is held already.
func (s *Store) endpointOrClaim(ctx context.Context, op, app, id string, claim *bridge.Claim) (endpoint, *bridge.Claim, error) {
	if err := s.lock(ctx, op); err != nil {
		return endpoint{}, nil, err
	}
	defer s.mu.Unlock()
	held, e := s.held(claim), s.endpoint(app, id)
	switch {
	case e != nil:
		return *e, held, nil
	case held != nil:
		return endpoint{}, held, nil
	}
	return endpoint{}, nil, noEndpoint(op)
}

// swapEndpoint stores next unless the endpoint has changed since it was read, or the
// claim's key was taken.
func (s *Store) swapEndpoint(ctx context.Context, op string, next *endpoint, claim *bridge.Claim) (bridge.Claim, bool, error) {
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, false, err
	}
	defer s.mu.Unlock()
	e := s.endpoint(next.App, next.ID)
	if e == nil || e.version != next.version || s.held(claim) != nil {
		return bridge.Claim{}, false, nil
	}
	*e = endpoint{copyEndpoint(next.Endpoint), next.version + 1}
	s.changed++
	return s.take(claim), true, nil
}

func copyClaimOf(held *bridge.Claim) bridge.Claim {
	if held == nil {
		return bridge.Claim{}
	}
	return *held
}

func noEndpoint(op string) error { return fault.New(fault.NotFound, op, "There is no such endpoint.") }

// RemoveEndpoint implements bridge.Store.
func (s *Store) RemoveEndpoint(ctx context.Context, app, id string) error {
	const op = "memstore.RemoveEndpoint"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.endpoint(app, id) == nil {
		return noEndpoint(op)
	}
	s.changed++
	s.endpoints = slices.DeleteFunc(s.endpoints, func(e *endpoint) bool { return e.App == app && e.ID == id })
	for _, m := range s.messages {
		if m.App == app && m.Endpoint == id && m.status == bridge.Undelivered {
			m.status, m.note, m.RunAt = bridge.Dead, "the endpoint was removed", time.Time{}
		}
	}
	return nil
}

// DueEndpoints implements bridge.Store.
func (s *Store) DueEndpoints(ctx context.Context, now time.Time) ([]bridge.EndpointKey, error) {
	if err := s.lock(ctx, "memstore.DueEndpoints"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var due []bridge.EndpointKey
	for _, m := range s.messages {
		key := bridge.EndpointKey{App: m.App, Endpoint: m.Endpoint}
		if m.status == bridge.Undelivered && !m.RunAt.IsZero() && !m.RunAt.After(now) && !slices.Contains(due, key) {
			due = append(due, key)
		}
	}
	return due, nil
}

// AddAPIKey implements bridge.Store.
func (s *Store) AddAPIKey(ctx context.Context, k bridge.APIKey) error {
	const op = "memstore.AddAPIKey"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.keys, func(have bridge.APIKey) bool { return have.ID == k.ID || have.Digest == k.Digest }) {
		return fault.New(fault.Conflict, op, "The key exists already.")
	}
	s.keys = append(s.keys, copyKey(k))
	return nil
}

func copyKey(k bridge.APIKey) bridge.APIKey {
	k.Scopes, k.Networks = slices.Clone(k.Scopes), slices.Clone(k.Networks)
	for _, t := range []*time.Time{&k.CreatedAt, &k.ExpiresAt, &k.UsedAt, &k.RevokedAt} {
		*t = millis(*t)
	}
	return k
}

// APIKey implements bridge.Store.
func (s *Store) APIKey(ctx context.Context, digest [32]byte) (bridge.APIKey, error) {
	const op = "memstore.APIKey"
	if err := s.lock(ctx, op); err != nil {
		return bridge.APIKey{}, err
	}
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.keys, func(k bridge.APIKey) bool { return k.Digest == digest })
	if at < 0 {
		return bridge.APIKey{}, noKey(op)
	}
	return copyKey(s.keys[at]), nil
}

func noKey(op string) error { return fault.New(fault.NotFound, op, "There is no such key.") }

// APIKeys implements bridge.Store.
func (s *Store) APIKeys(ctx context.Context, app string) ([]bridge.APIKey, error) {
	if err := s.lock(ctx, "memstore.APIKeys"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var list []bridge.APIKey
	for _, k := range s.keys {
		if app == "" || k.App == app {
			list = append(list, copyKey(k))
		}
	}
	return list, nil
}

// RevokeAPIKey implements bridge.Store.
func (s *Store) RevokeAPIKey(ctx context.Context, id, by string, at time.Time) error {
	const op = "memstore.RevokeAPIKey"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.keys, func(k bridge.APIKey) bool { return k.ID == id })
	if i < 0 {
		return noKey(op)
	}
	if s.keys[i].RevokedAt.IsZero() {
		s.keys[i].RevokedBy, s.keys[i].RevokedAt = by, millis(at)
	}
	return nil
}

// UseAPIKey implements bridge.Store.
func (s *Store) UseAPIKey(ctx context.Context, id string, at time.Time) error {
	if err := s.lock(ctx, "memstore.UseAPIKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for i := range s.keys {
		if k := &s.keys[i]; k.ID == id && (k.UsedAt.IsZero() || !k.UsedAt.Add(bridge.KeyUsePeriod).After(at)) {
			k.UsedAt = millis(at)
		}
	}
	return nil
}
