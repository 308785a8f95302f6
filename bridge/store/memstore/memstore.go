package memstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Store is a engine.Store in memory.
type Store struct {
	mu       sync.Mutex
	closed   bool
	orders   map[bridge.OrderID]*order
	claims   map[claimKey]bridge.Claim
	payments map[bridge.PaymentKey]bridge.OrderID
	messages []*store.DeliveryRecord

	feed      []bridge.EventKey // in the order of their commits
	refunds   []refund          // in the order of their creation
	changed   int64             // how often endpoints were added, changed or removed
	endpoints table[store.Endpoint]
	keys      table[store.APIKey]
	sessions  table[store.OperatorSession]
	audit     table[store.AuditEntry]

	agreements  table[agreement.Agreement]
	inbox       table[store.InboxItem]
	restoration store.Restoration
	documents   map[string]document
	traces      map[bridge.EventKey]string
	archives    map[string][]archive // of each app
}

type order struct {
	order    bridge.Order // shared with no caller
	schedule bridge.Schedule
	version  int64
	events   []bridge.Event // after the snapshot, where there is one
	snapshot *history.Snapshot
}

type claimKey struct{ scope, key string }

// read returns a copy of the order.
func (r *order) read() bridge.Order {
	o := copyOf(r.order)
	o.Schedule = r.schedule
	return o
}

// New returns an empty store.
func New() *Store {
	return &Store{
		orders: map[bridge.OrderID]*order{}, claims: map[claimKey]bridge.Claim{},
		payments: map[bridge.PaymentKey]bridge.OrderID{}, documents: map[string]document{}, traces: map[bridge.EventKey]string{}, archives: map[string][]archive{},
		endpoints: newEndpoints(), keys: newKeys(), sessions: newSessions(), audit: newAudit(), agreements: newAgreements(), inbox: newInbox(),
	}
}

// CreateOrder implements engine.Store.
func (s *Store) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	const op = "memstore.CreateOrder"
	return s.claimed(ctx, op, c.Claim, func() error {
		if s.orders[c.Order.ID] != nil {
			return conflict(op, "order")
		}
		r := new(order)
		err := s.commit(op, r, c)
		if err == nil {
			s.orders[c.Order.ID] = r
		}
		return err
	})
}

// commit checks everything before it writes anything.
func (s *Store) commit(op string, r *order, c *bridge.Change) error {
	events := copyOf(c.Events)
	next := r.version
	for _, e := range events {
		if next++; e.Sequence != next {
			return fault.New(fault.Conflict, op, "The event exists already, or one before it is missing.")
		}
	}
	sent := map[string]bool{}
	for _, m := range c.Messages {
		if sent[m.ID] || s.message(func(have *store.DeliveryRecord) bool { return have.ID == m.ID }) != nil {
			return conflict(op, "message")
		}
		sent[m.ID] = true
	}
	r.order, r.schedule, r.version = copyOf(c.Order), truncated(c.Order.Schedule), c.Order.Sequence
	r.events = append(r.events, events...)
	for _, e := range events {
		s.note(e)
		s.trace(e, c.Trace)
	}
	for _, m := range c.Messages {
		s.messages = append(s.messages, &store.DeliveryRecord{Message: m, Status: store.Undelivered})
	}
	for _, key := range c.PaymentIDs {
		if _, known := s.payments[key]; !known {
			s.payments[key] = c.Order.ID
		}
	}
	s.answer(c.Answer)
	return nil
}

// answer completes a claim that was taken before. There may be no answer.
func (s *Store) answer(a *bridge.KeyAnswer) {
	if a == nil {
		return
	}
	if claim, ok := s.claims[claimKey{a.Scope, a.Key}]; ok && claim.Answer == nil {
		claim.Answer = &bridge.Answer{Status: a.Answer.Status, Body: slices.Clone(a.Answer.Body)}
		s.claims[claimKey{a.Scope, a.Key}] = claim
	}
}

// note lets the lists of the archive know an event.
func (s *Store) note(e bridge.Event) {
	s.feed = append(s.feed, bridge.EventKey{Order: e.Order, Sequence: e.Sequence})
	if r := e.Data.Refund; r != nil && !slices.Contains(s.refunds, refund{e.Order, r.Number}) {
		s.refunds = append(s.refunds, refund{e.Order, r.Number})
	}
}

// Order implements engine.Store.
func (s *Store) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	o, _, err := s.readForUpdate(ctx, "memstore.Order", id)
	return o, err
}

// UpdateOrder implements engine.Store. As with other stores, change runs unlocked
// and runs again after a conflict.
func (s *Store) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	const op = "memstore.UpdateOrder"
	for {
		read, endpoints, err := s.readForUpdate(ctx, op, id)
		if err != nil {
			return bridge.Order{}, err
		}
		c := bridge.NewChange(read)
		c.Endpoints = endpoints
		if err := change(c); err != nil || c.Empty() {
			return read, err
		}
		done, err := s.swap(ctx, op, c, endpoints)
		if err != nil {
			return read, err
		}
		if done {
			c.Order.Schedule = truncated(c.Order.Schedule)
			return c.Order, nil
		}
	}
}

// readForUpdate is an order with the version of the endpoints.
func (s *Store) readForUpdate(ctx context.Context, op string, id bridge.OrderID) (o bridge.Order, endpoints int64, err error) {
	err = s.do(ctx, op, func() error {
		r := s.orders[id]
		if r == nil {
			return notFound(op, "order")
		}
		o, endpoints = r.read(), s.changed
		return nil
	})
	return o, endpoints, err
}

// swap commits c unless the order has changed since it was read or, where c has events,
// the endpoints have.
func (s *Store) swap(ctx context.Context, op string, c *bridge.Change, endpoints int64) (bool, error) {
	return locked(ctx, s, op, func() (bool, error) {
		r := s.orders[c.Order.ID]
		if r.version != c.Before().Sequence || r.schedule != c.Before().Schedule || len(c.Events) > 0 && s.changed != endpoints {
			return false, nil
		}
		return true, s.commit(op, r, c)
	})
}

// Claim implements engine.Store.
func (s *Store) Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.Claim"
	return locked(ctx, s, op, func() (bridge.Claim, error) {
		if s.orders[bridge.OrderID(claim.Subject)] == nil {
			return bridge.Claim{}, notFound(op, "order")
		}
		if held := s.held(&claim); held != nil {
			return *held, nil
		}
		return s.take(&claim), nil
	})
}

// HeldClaim implements engine.Store.
func (s *Store) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	const op = "memstore.HeldClaim"
	return locked(ctx, s, op, func() (bridge.Claim, error) {
		if held := s.held(&bridge.Claim{Scope: scope, Key: key}); held != nil {
			return *held, nil
		}
		return bridge.Claim{}, fault.New(fault.NotFound, op, "The key is free.")
	})
}

// held is the claim that holds a key; nil when none does, or none is requested.
func (s *Store) held(claim *bridge.Claim) *bridge.Claim {
	if claim == nil {
		return nil
	}
	held, taken := s.claims[claimKey{claim.Scope, claim.Key}]
	if !taken {
		return nil
	}
	held = copyOf(held)
	return &held
}

// take takes a key that is free.
func (s *Store) take(claim *bridge.Claim) bridge.Claim {
	if claim == nil {
		return bridge.Claim{}
	}
	s.claims[claimKey{claim.Scope, claim.Key}] = copyOf(*claim)
	return copyOf(*claim)
}

// Events implements engine.Store.
func (s *Store) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "memstore.Events"
	return locked(ctx, s, op, func() ([]bridge.Event, error) {
		r := s.orders[id]
		if r == nil {
			return nil, notFound(op, "order")
		}
		return r.eventsAfter(op, after)
	})
}

// OrderByPaymentID implements engine.Store.
func (s *Store) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	const op = "memstore.OrderByPaymentID"
	return locked(ctx, s, op, func() (bridge.OrderID, error) {
		id, ok := s.payments[key]
		if !ok {
			return "", notFound(op, "payment")
		}
		return id, nil
	})
}

// Prune implements engine.Store.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	return s.do(ctx, "memstore.Prune", func() error {
		for key, claim := range s.claims {
			if claim.CreatedAt.Before(before) {
				delete(s.claims, key)
			}
		}
		return nil
	})
}

// Ping implements engine.Store.
func (s *Store) Ping(ctx context.Context) error {
	return s.do(ctx, "memstore.Ping", func() error { return nil })
}

// Close implements engine.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func truncated(s bridge.Schedule) bridge.Schedule {
	s.DueAt, s.BusyUntil = millis(s.DueAt), millis(s.BusyUntil)
	return s
}

func millis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
