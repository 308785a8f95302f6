package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// mostInPage bounds a page of a list, whatever is asked for.
const mostInPage = 1000

// page is the part of a list, newest first, that begins behind the one named before,
// and of which matches says what belongs to it.
func page[T any](op string, list []T, before string, id func(T) string, limit int, matches func(T) bool) ([]T, error) {
	if before != "" {
		at := slices.IndexFunc(list, func(item T) bool { return id(item) == before })
		if at < 0 {
			return nil, fault.New(fault.NotFound, op, "The list has no such entry to go on behind.")
		}
		list = list[at+1:]
	}
	var found []T
	for _, item := range list {
		if len(found) < min(limit, mostInPage) && matches(item) {
			found = append(found, item)
		}
	}
	return found, nil
}

// Orders implements bridge.Store.
func (s *Store) Orders(ctx context.Context, q bridge.OrderQuery) ([]bridge.Order, error) {
	const op = "memstore.Orders"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	orders, err := s.ordersOf(q.App)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(orders, func(a, b bridge.Order) int { return cmp.Compare(b.ID, a.ID) })
	id := func(o bridge.Order) string { return string(o.ID) }
	return page(op, orders, string(q.Before), id, q.Limit, func(o bridge.Order) bool { return s.matchesOrder(&q, &o) })
}

func (s *Store) ordersOf(app string) ([]bridge.Order, error) {
	var orders []bridge.Order
	for id := range s.orders {
		o, err := s.read(id)
		if err != nil {
			return nil, err
		}
		if o.App == app {
			orders = append(orders, o)
		}
	}
	return orders, nil
}

func (s *Store) matchesOrder(q *bridge.OrderQuery, o *bridge.Order) bool {
	var newest string
	if p := o.LastPayment(); p != nil {
		newest = p.Wallet
	}
	switch {
	case q.Status != "" && q.Status != o.Status,
		q.Reference != "" && q.Reference != o.Reference,
		q.Wallet != "" && q.Wallet != newest,
		!q.From.IsZero() && o.CreatedAt.Before(q.From),
		!q.To.IsZero() && !o.CreatedAt.Before(q.To),
		q.WalletPaymentID != "" && !s.hasPaymentID(o.ID, q.WalletPaymentID):
		return false
	case q.Attention == bridge.AnyAttention:
		return len(o.Attention()) > 0
	}
	return q.Attention == "" || slices.Contains(o.Attention(), bridge.Attention(q.Attention))
}

// hasPaymentID says whether an id of a payment, at any wallet, leads to the order.
func (s *Store) hasPaymentID(id bridge.OrderID, paymentID string) bool {
	for key, owner := range s.payments {
		if owner == id && key.PaymentID == paymentID {
			return true
		}
	}
	return false
}

// refund is a refund's place among all.
type refund struct {
	order  bridge.OrderID
	number int
}

// Refunds implements bridge.Store.
func (s *Store) Refunds(ctx context.Context, q bridge.RefundQuery) ([]bridge.RefundEntry, error) {
	const op = "memstore.Refunds"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var entries []bridge.RefundEntry
	for _, r := range slices.Backward(s.refunds) {
		o, err := s.read(r.order)
		if err != nil {
			return nil, err
		}
		if o.App == q.App {
			entries = append(entries, bridge.RefundEntry{Order: o, Number: r.number})
		}
	}
	id := func(e bridge.RefundEntry) string { return e.Order.ID.RefundID(e.Number) }
	return page(op, entries, q.Before, id, q.Limit, func(e bridge.RefundEntry) bool { return matchesRefund(&q, &e) })
}

func matchesRefund(q *bridge.RefundQuery, e *bridge.RefundEntry) bool {
	if q.Order != "" && q.Order != e.Order.ID {
		return false
	}
	status := e.Order.Refunds[e.Number-1].Status
	return q.Status == "" || q.Status == status || q.Status == wallet.RefundPending && status == wallet.RefundWaiting
}

// Feed implements bridge.Store.
func (s *Store) Feed(ctx context.Context, q bridge.FeedQuery) ([]bridge.FeedEvent, error) {
	const op = "memstore.Feed"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var list []bridge.FeedEvent
	passed := q.After == bridge.EventKey{}
	for _, key := range s.feed {
		o, err := s.read(key.Order)
		switch {
		case err != nil:
			return nil, err
		case o.App != q.App || len(list) >= min(q.Limit, mostInPage):
		case passed:
			event := copyOf(s.orders[key.Order].events[key.Sequence-1])
			list = append(list, bridge.FeedEvent{Event: event, Currency: o.Amount.Currency})
		default:
			passed = key == q.After
		}
	}
	if !passed {
		return nil, fault.New(fault.NotFound, op, "The feed has no such event to go on behind.")
	}
	return list, nil
}

// Deliveries implements bridge.Store.
func (s *Store) Deliveries(ctx context.Context, q bridge.DeliveryQuery) ([]bridge.DeliveryRecord, error) {
	const op = "memstore.Deliveries"
	if err := s.lock(ctx, op); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var records []bridge.DeliveryRecord
	for _, m := range slices.Backward(s.messages) {
		if m.App == q.App {
			records = append(records, bridge.DeliveryRecord{Message: m.Message, Status: m.status, Note: m.note, TriedAt: m.triedAt, Dismissal: m.dismissal})
		}
	}
	id := func(d bridge.DeliveryRecord) string { return d.ID }
	return page(op, records, q.Before, id, q.Limit, func(d bridge.DeliveryRecord) bool {
		return (q.ID == "" || q.ID == d.ID) && (q.Order == "" || q.Order == d.Order) &&
			(q.Endpoint == "" || q.Endpoint == d.Endpoint) && (q.Status == "" || q.Status == d.Status)
	})
}

// held is the claim that holds a key; nil when none does, or none is asked for.
func (s *Store) held(claim *bridge.Claim) *bridge.Claim {
	if claim == nil {
		return nil
	}
	held, taken := s.claims[claimKey{claim.Scope, claim.Key}]
	if !taken {
		return nil
	}
	held = copyClaim(held)
	return &held
}

// take takes a key that is free.
func (s *Store) take(claim *bridge.Claim) bridge.Claim {
	if claim == nil {
		return bridge.Claim{}
	}
	s.claims[claimKey{claim.Scope, claim.Key}] = copyClaim(*claim)
	return copyClaim(*claim)
}
