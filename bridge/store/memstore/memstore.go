package memstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Store is a bridge.Store in memory.
type Store struct {
	mu       sync.Mutex
	closed   bool
	orders   map[bridge.OrderID]*row
	claims   map[claimKey]bridge.Claim
	payments map[bridge.PaymentKey]bridge.OrderID
	inbox    map[inboxKey]bridge.InboxItem
	messages []*message

	feed      []bridge.EventKey // in the order of their commits
	refunds   []refund          // in the order of their creation
	endpoints []*endpoint
	changed   int64 // how often endpoints were added, changed or removed
	keys      []bridge.APIKey

	agreements  []*agreement // in the order of their creation
	restoration bridge.Restoration
	documents   map[string]document
}

type row struct {
	order    bridge.Order // shared with no caller
	schedule bridge.Schedule
	version  int64
	events   []bridge.Event
}

type (
	claimKey struct{ scope, key string }
	inboxKey struct{ wallet, event string }
)

var _ bridge.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{
		orders: map[bridge.OrderID]*row{}, claims: map[claimKey]bridge.Claim{},
		payments: map[bridge.PaymentKey]bridge.OrderID{}, inbox: map[inboxKey]bridge.InboxItem{}, documents: map[string]document{},
	}
}

// lock refuses when the store is closed or nobody waits for the answer any more.
func (s *Store) lock(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fault.New(fault.Unavailable, op, "The store is closed.")
	}
	return nil
}

// CreateOrder implements bridge.Store.
func (s *Store) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	const op = "memstore.CreateOrder"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	var claim bridge.Claim
	if c.Claim != nil {
		if held, taken := s.claims[claimKey{c.Claim.Scope, c.Claim.Key}]; taken {
			return copyClaim(held), nil
		}
		claim = copyClaim(*c.Claim)
	}
	if s.orders[c.Order.ID] != nil {
		return bridge.Claim{}, fault.New(fault.Conflict, op, "The order exists already.")
	}
	r := &row{}
	if err := s.commit(op, r, c); err != nil {
		return bridge.Claim{}, err
	}
	s.orders[c.Order.ID] = r
	if c.Claim != nil {
		s.claims[claimKey{claim.Scope, claim.Key}] = claim
	}
	return copyClaim(claim), nil
}

// commit checks everything before it writes anything.
func (s *Store) commit(op string, r *row, c *bridge.Change) error {
	order, events := copyOf(c.Order), copyOf(c.Events)
	next := r.version
	for _, e := range events {
		if next++; e.Sequence != next {
			return fault.New(fault.Conflict, op, "The event exists already, or one before it is missing.")
		}
	}
	sent := map[string]bool{}
	for _, m := range c.Messages {
		if sent[m.ID] || slices.ContainsFunc(s.messages, func(have *message) bool { return have.ID == m.ID }) {
			return fault.New(fault.Conflict, op, "The message exists already.")
		}
		sent[m.ID] = true
	}
	r.order, r.schedule, r.version = order, truncated(c.Order.Schedule), c.Order.Sequence
	r.events = append(r.events, events...)
	for _, e := range events {
		s.note(e)
	}
	for _, m := range c.Messages {
		s.messages = append(s.messages, &message{Message: m, status: bridge.Undelivered})
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

// Order implements bridge.Store.
func (s *Store) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	if err := s.lock(ctx, "memstore.Order"); err != nil {
		return bridge.Order{}, err
	}
	defer s.mu.Unlock()
	return s.read(id)
}

func (s *Store) read(id bridge.OrderID) (bridge.Order, error) {
	r := s.orders[id]
	if r == nil {
		return bridge.Order{}, fault.New(fault.NotFound, "memstore.Order", "There is no such order.")
	}
	o := copyOf(r.order)
	o.Schedule = r.schedule
	return o, nil
}

// UpdateOrder implements bridge.Store. As with other stores, change runs unlocked
// and runs again when another was quicker.
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
func (s *Store) readForUpdate(ctx context.Context, op string, id bridge.OrderID) (bridge.Order, int64, error) {
	if err := s.lock(ctx, op); err != nil {
		return bridge.Order{}, 0, err
	}
	defer s.mu.Unlock()
	o, err := s.read(id)
	return o, s.changed, err
}

// swap commits c unless the order has changed since it was read or, where c has events,
// the endpoints have.
func (s *Store) swap(ctx context.Context, op string, c *bridge.Change, endpoints int64) (bool, error) {
	if err := s.lock(ctx, op); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	r := s.orders[c.Order.ID]
	if r.version != c.Before().Sequence || r.schedule != c.Before().Schedule || len(c.Events) > 0 && s.changed != endpoints {
		return false, nil
	}
	return true, s.commit(op, r, c)
}

// Claim implements bridge.Store.
func (s *Store) Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error) {
	const op = "memstore.Claim"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	if s.orders[bridge.OrderID(claim.Subject)] == nil {
		return bridge.Claim{}, fault.New(fault.NotFound, op, "There is no such order.")
	}
	key := claimKey{claim.Scope, claim.Key}
	if held, taken := s.claims[key]; taken {
		return copyClaim(held), nil
	}
	s.claims[key] = copyClaim(claim)
	return claim, nil
}

// HeldClaim implements bridge.Store.
func (s *Store) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	const op = "memstore.HeldClaim"
	if err := s.lock(ctx, op); err != nil {
		return bridge.Claim{}, err
	}
	defer s.mu.Unlock()
	held := s.held(&bridge.Claim{Scope: scope, Key: key})
	if held == nil {
		return bridge.Claim{}, fault.New(fault.NotFound, op, "The key is free.")
	}
	return *held, nil
}

// Events implements bridge.Store.
func (s *Store) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	const op = "memstore.Events"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	r := s.orders[id]
	if r == nil {
		return nil, fault.New(fault.NotFound, op, "There is no such order.")
	}
	return copyOf(r.events[min(max(after, 0), int64(len(r.events))):]), nil
}

// OrderByPaymentID implements bridge.Store.
func (s *Store) OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error) {
	const op = "memstore.OrderByPaymentID"
	if err := s.lock(ctx, op); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	id, ok := s.payments[key]
	if !ok {
		return "", fault.New(fault.NotFound, op, "No order has this payment.")
	}
	return id, nil
}

// Prune implements bridge.Store.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	if err := s.lock(ctx, "memstore.Prune"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for key, claim := range s.claims {
		if claim.CreatedAt.Before(before) {
			delete(s.claims, key)
		}
	}
	return nil
}

// Ping implements bridge.Store.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.lock(ctx, "memstore.Ping"); err != nil {
		return err
	}
	s.mu.Unlock()
	return nil
}

// Close implements bridge.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func copyClaim(c bridge.Claim) bridge.Claim {
	if c.Answer != nil {
		c.Answer = &bridge.Answer{Status: c.Answer.Status, Body: slices.Clone(c.Answer.Body)}
	}
	return c
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
