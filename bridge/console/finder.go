package console

import (
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Finder finds orders of one app for a list.
type Finder interface {
	// Find returns a page of the orders that match, the newest first.
	//
	// Faults: Invalid for a cursor of another list; those of the store.
	Find(ctx context.Context, s Search) (Found, error)
}

// Search is what a person looks for. A zero field selects all.
type Search struct {
	App       string // required
	Text      string // an id, a reference, a payer, an amount
	Status    wallet.Status
	Wallet    string
	Attention string    // an open reason, or store.AnyAttention
	From, To  time.Time // created in [From, To)
	After     string    // the Next of the page before
	Limit     int
}

// Found is a page of orders.
type Found struct {
	Orders []Line
	Next   string // the cursor of the next page; empty on the last
	Count  string // how many there are in all, bounded: "1,000+"; empty: not counted
	// Partial reports that more orders match a text than were read.
	Partial bool
	Behind  behind
}

// Line is an order in a list.
type Line struct {
	ID             bridge.OrderID
	Status         wallet.Status
	Wallet         string
	Reference      string
	Amount         wallet.Money
	Paid, Refunded wallet.Money
	RefundPending  wallet.Money
	Attention      []bridge.Attention
	CreatedAt      time.Time
}

func lineOf(o *bridge.Order) Line {
	l := Line{
		ID: o.ID, Status: o.Status, Reference: o.Reference, Amount: o.Amount, Paid: o.Money(o.Paid),
		Refunded: o.Money(o.Refunded), RefundPending: o.Money(o.RefundOpen), Attention: o.Attention(), CreatedAt: o.CreatedAt,
	}
	if p := o.LastPayment(); p != nil {
		l.Wallet = p.Wallet
	}
	return l
}

// listing is the Finder of a store without an index: it knows ids and references.
type listing struct {
	store  store.Archive
	orders Orders
}

// Find implements Finder.
func (l listing) Find(ctx context.Context, s Search) (Found, error) {
	q := store.OrderQuery{
		App: s.App, Status: s.Status, Wallet: s.Wallet, Attention: s.Attention,
		From: s.From, To: s.To, Before: bridge.OrderID(s.After), Limit: s.Limit + 1,
	}
	if s.Text != "" {
		return l.named(ctx, q, strings.TrimSpace(s.Text))
	}
	list, err := l.store.Orders(ctx, q)
	if fault.KindOf(err) == fault.NotFound {
		err = invalid("after", "is not of this list")
	}
	return foundOf(list, s.Limit), err
}

// named finds orders by an id of ours, a wallet's payment id, or the merchant's reference.
func (l listing) named(ctx context.Context, q store.OrderQuery, text string) (Found, error) {
	if id, ok := orderIn(text); ok {
		o, err := l.orders.Order(ctx, id)
		if fault.KindOf(err) == fault.NotFound || err == nil && o.App != q.App {
			return Found{}, nil
		}
		return foundOf([]bridge.Order{o}, 1), err
	}
	size := q.Limit - 1
	byID, byReference := q, q
	byID.WalletPaymentID, byReference.Reference = text, text
	list, err := l.store.Orders(ctx, byID)
	if err == nil && len(list) == 0 {
		list, err = l.store.Orders(ctx, byReference)
	}
	return foundOf(list, size), err
}

// orderIn returns the order of an order's, payment's or refund's id.
func orderIn(text string) (bridge.OrderID, bool) {
	if id, ok := bridge.ParseOrderID(text); ok {
		return id, true
	}
	if id, _, ok := bridge.ParseRefundID(text); ok {
		return id, true
	}
	if core, ok := strings.CutPrefix(text, "pay_"); ok {
		core, _, _ = strings.Cut(core, "-")
		return bridge.ParseOrderID("ord_" + core)
	}
	return "", false
}

func foundOf(list []bridge.Order, size int) Found {
	var f Found
	if len(list) > size {
		list = list[:size]
		f.Next = string(list[size-1].ID)
	}
	for i := range list {
		f.Orders = append(f.Orders, lineOf(&list[i]))
	}
	return f
}
