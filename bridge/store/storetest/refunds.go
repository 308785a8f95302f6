package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var refundTests = []test{
	{"refunds are listed newest first, each as it stands", refundsNewestFirst},
	{"refunds are read page by page", refundPages},
	{"refunds are found by order and status", refundsByFilter},
	{"a refund that fails to be stored is not listed", refundOfNoChange},
}

// addRefund appends an event of an order's nth refund.
func addRefund(c *bridge.Change, n int, status wallet.RefundStatus) {
	kinds := map[wallet.RefundStatus]bridge.EventType{
		wallet.RefundSucceeded: bridge.RefundSucceeded, wallet.RefundFailed: bridge.RefundFailed,
	}
	kind, ended := kinds[status]
	if !ended {
		kind = bridge.RefundPending
	}
	Add(c, kind, bridge.EventData{Refund: &bridge.Refund{
		Number: n, Payment: 1, Status: status, RequestID: "F", Amount: 1, CreatedAt: Epoch,
	}})
}

// refunded makes a paid order of an app with one refund of each status, in this order.
func refunded(t testing.TB, s Store, app string, statuses ...wallet.RefundStatus) bridge.OrderID {
	t.Helper()
	id := createAt(t, s, app, 0, asItIs)
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1234) })
	for i, status := range statuses {
		update(t, s, id, func(c *bridge.Change) {
			addRefund(c, i+1, wallet.RefundPending)
			if status != wallet.RefundPending {
				addRefund(c, i+1, status)
			}
		})
	}
	return id
}

func refundIDs(t testing.TB, s Store, q store.RefundQuery) (ids []string) {
	t.Helper()
	list, err := s.Refunds(context.Background(), q)
	if err != nil {
		t.Fatalf("Refunds(%+v): got %v, want nil", q, err)
	}
	for _, e := range list {
		same(t, "the order of a refund", e.Order, order(t, s, e.Order.ID))
		ids = append(ids, e.Order.ID.RefundID(e.Number))
	}
	return ids
}

func refundsNewestFirst(t *testing.T, s Store) {
	a := refunded(t, s, "shop", wallet.RefundPending)
	refunded(t, s, "other", wallet.RefundPending)
	b := refunded(t, s, "shop", wallet.RefundPending)
	update(t, s, a, func(c *bridge.Change) {
		addRefund(c, 1, wallet.RefundSucceeded)
		addRefund(c, 2, wallet.RefundPending)
		addRefund(c, 3, wallet.RefundPending)
	})
	want := []string{a.RefundID(3), a.RefundID(2), b.RefundID(1), a.RefundID(1)}
	if got := refundIDs(t, s, store.RefundQuery{App: "shop", Limit: 10}); !slices.Equal(got, want) {
		t.Errorf("refunds: got %v, want %v", got, want)
	}
	if got := refundIDs(t, s, store.RefundQuery{App: "nobody's", Limit: 10}); len(got) != 0 {
		t.Errorf("refunds of an app that is not there: got %v, want none", got)
	}
}

func refundPages(t *testing.T, s Store) {
	var want []string
	for range 3 {
		id := refunded(t, s, "shop", wallet.RefundPending, wallet.RefundFailed)
		want = append([]string{id.RefundID(2), id.RefundID(1)}, want...)
	}
	for _, size := range []int{1, 2, 4, 6} {
		var got []string
		q := store.RefundQuery{App: "shop", Limit: size}
		for page := refundIDs(t, s, q); len(page) > 0; page = refundIDs(t, s, q) {
			got = append(got, page...)
			q.Before = page[len(page)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("over all pages of %d: got %v, want %v", size, got, want)
		}
	}
}

func refundsByFilter(t *testing.T, s Store) {
	a := refunded(t, s, "shop", wallet.RefundSucceeded, wallet.RefundPending, wallet.RefundWaiting, wallet.RefundFailed)
	b := refunded(t, s, "shop", wallet.RefundPending)
	foreign := refunded(t, s, "other", wallet.RefundPending)
	for name, test := range map[string]struct {
		q    store.RefundQuery
		want []string
	}{
		"succeeded":               {store.RefundQuery{Status: wallet.RefundSucceeded}, []string{a.RefundID(1)}},
		"failed":                  {store.RefundQuery{Status: wallet.RefundFailed}, []string{a.RefundID(4)}},
		"pending or waiting":      {store.RefundQuery{Status: wallet.RefundPending}, []string{b.RefundID(1), a.RefundID(3), a.RefundID(2)}},
		"waiting":                 {store.RefundQuery{Status: wallet.RefundWaiting}, []string{a.RefundID(3)}},
		"of an order":             {store.RefundQuery{Order: a}, []string{a.RefundID(4), a.RefundID(3), a.RefundID(2), a.RefundID(1)}},
		"pending of an order":     {store.RefundQuery{Order: a, Status: wallet.RefundPending}, []string{a.RefundID(3), a.RefundID(2)}},
		"behind one, of an order": {store.RefundQuery{Order: a, Before: a.RefundID(3)}, []string{a.RefundID(2), a.RefundID(1)}},
		"behind one, pending":     {store.RefundQuery{Status: wallet.RefundPending, Before: b.RefundID(1)}, []string{a.RefundID(3), a.RefundID(2)}},
		"of another app's order":  {store.RefundQuery{Order: foreign}, nil},
		"of no order":             {store.RefundQuery{Order: NewOrder(t).Order.ID}, nil},
	} {
		test.q.App, test.q.Limit = "shop", 10
		if got := refundIDs(t, s, test.q); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func refundOfNoChange(t *testing.T, s Store) {
	id := refunded(t, s, "shop")
	_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		addRefund(c, 1, wallet.RefundPending)
		c.Events[0].Sequence = 1
		return nil
	})
	wantKind(t, "UpdateOrder", err, fault.Conflict)
	if got := refundIDs(t, s, store.RefundQuery{App: "shop", Limit: 10}); len(got) != 0 {
		t.Errorf("refunds: got %v, want none", got)
	}
}
