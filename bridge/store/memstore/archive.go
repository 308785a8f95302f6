package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// maxPage bounds a page of a list, whatever is requested.
const maxPage = 1000

// page is the part of a list, newest first, that begins behind the one named before,
// and of which matches describes what belongs to it.
func page[T any](op string, list []T, before string, id func(*T) string, limit int, matches func(*T) bool) ([]T, error) {
	if before != "" {
		at := slices.IndexFunc(list, func(item T) bool { return id(&item) == before })
		if at < 0 {
			return nil, fault.New(fault.NotFound, op, "The list has no such entry to go on behind.")
		}
		list = list[at+1:]
	}
	var found []T
	for i := range list {
		if len(found) < min(limit, maxPage) && matches(&list[i]) {
			found = append(found, list[i])
		}
	}
	return found, nil
}

// Orders implements engine.Store.
func (s *Store) Orders(ctx context.Context, q store.OrderQuery) ([]bridge.Order, error) {
	const op = "memstore.Orders"
	return locked(ctx, s, op, func() ([]bridge.Order, error) {
		var orders []bridge.Order
		for _, r := range s.orders {
			if r.order.App == q.App {
				orders = append(orders, r.read())
			}
		}
		slices.SortFunc(orders, func(a, b bridge.Order) int { return cmp.Compare(b.ID, a.ID) })
		id := func(o *bridge.Order) string { return string(o.ID) }
		return page(op, orders, string(q.Before), id, q.Limit, func(o *bridge.Order) bool { return s.matchesOrder(&q, o) })
	})
}

func (s *Store) matchesOrder(q *store.OrderQuery, o *bridge.Order) bool {
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
	case q.Attention == store.AnyAttention:
		return len(o.Attention()) > 0
	}
	return q.Attention == "" || slices.Contains(o.Attention(), bridge.Attention(q.Attention))
}

// hasPaymentID reports whether an id of a payment, at any wallet, leads to the order.
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

// Refunds implements engine.Store.
func (s *Store) Refunds(ctx context.Context, q store.RefundQuery) ([]store.RefundEntry, error) {
	const op = "memstore.Refunds"
	return locked(ctx, s, op, func() ([]store.RefundEntry, error) {
		var entries []store.RefundEntry
		for _, r := range slices.Backward(s.refunds) {
			if o := s.orders[r.order]; o.order.App == q.App {
				entries = append(entries, store.RefundEntry{Order: o.read(), Number: r.number})
			}
		}
		id := func(e *store.RefundEntry) string { return e.Order.ID.RefundID(e.Number) }
		return page(op, entries, q.Before, id, q.Limit, func(e *store.RefundEntry) bool { return matchesRefund(&q, e) })
	})
}

func matchesRefund(q *store.RefundQuery, e *store.RefundEntry) bool {
	if q.Order != "" && q.Order != e.Order.ID {
		return false
	}
	status := e.Order.Refunds[e.Number-1].Status
	return q.Status == "" || q.Status == status || q.Status == wallet.RefundPending && status == wallet.RefundWaiting
}

// Feed implements engine.Store.
func (s *Store) Feed(ctx context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	const op = "memstore.Feed"
	return locked(ctx, s, op, func() (list []store.FeedEvent, err error) {
		from, err := s.feedStart(op, &q)
		if err != nil {
			return nil, err
		}
		for _, key := range s.feed[from:] {
			if o := &s.orders[key.Order].order; o.App == q.App && len(list) < min(q.Limit, maxPage) {
				list = append(list, store.FeedEvent{Event: copyOf(*s.event(key)), Currency: o.Amount.Currency})
			}
		}
		return list, nil
	})
}

// Deliveries implements engine.Store.
func (s *Store) Deliveries(ctx context.Context, q store.DeliveryQuery) ([]store.DeliveryRecord, error) {
	const op = "memstore.Deliveries"
	return locked(ctx, s, op, func() ([]store.DeliveryRecord, error) {
		var records []store.DeliveryRecord
		for _, m := range slices.Backward(s.messages) {
			if m.App == q.App {
				records = append(records, *m)
			}
		}
		id := func(d *store.DeliveryRecord) string { return d.ID }
		return page(op, records, q.Before, id, q.Limit, func(d *store.DeliveryRecord) bool {
			return (q.ID == "" || q.ID == d.ID) && (q.Order == "" || q.Order == d.Order) &&
				(q.Endpoint == "" || q.Endpoint == d.Endpoint) && (q.Status == "" || q.Status == d.Status)
		})
	})
}
