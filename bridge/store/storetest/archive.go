package storetest

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var archiveTests = []test{
	{"orders are listed newest first, and only the app's own", ordersNewestFirst},
	{"orders are read page by page", orderPages},
	{"orders are found by what they are now", ordersByFilter},
	{"orders are found by the time of their creation", ordersByTime},
	{"orders are found by each reason for attention", ordersByAttention},
	{"orders are found by each of their payments' ids at a wallet", ordersByPaymentID},
	{"a list does not continue behind an unknown cursor", missingCursors},
}

// createAt makes an order of an app at a time after Epoch.
func createAt(t testing.TB, s Store, app string, after time.Duration, edit func(c *bridge.Change)) bridge.OrderID {
	t.Helper()
	c := NewOrder(t)
	id, err := bridge.NewOrderID(Epoch.Add(after), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Order
	o.ID, o.App, o.CreatedAt = id, app, Epoch.Add(after)
	c.Order, c.Events[0].Order = o, id
	edit(c)
	made := c.Order
	c.Events[0].Data.Order = &made
	return create(t, s, c)
}

func asItIs(*bridge.Change) {}

func listed(t testing.TB, s Store, q store.OrderQuery) (ids []bridge.OrderID) {
	t.Helper()
	list, err := s.Orders(context.Background(), q)
	if err != nil {
		t.Fatalf("Orders(%+v): got %v, want nil", q, err)
	}
	for _, o := range list {
		read := order(t, s, o.ID)
		same(t, "the order as listed", o, read)
		if o.Schedule != read.Schedule {
			t.Errorf("the schedule as listed: got %+v, want %+v", o.Schedule, read.Schedule)
		}
		ids = append(ids, o.ID)
	}
	return ids
}

func ordersNewestFirst(t *testing.T, s Store) {
	if got := listed(t, s, store.OrderQuery{App: "shop", Limit: 10}); len(got) != 0 {
		t.Errorf("orders of an empty store: got %v, want none", got)
	}
	first := createAt(t, s, "shop", 0, asItIs)
	third := createAt(t, s, "shop", 2*time.Second, asItIs)
	createAt(t, s, "other", time.Second, asItIs)
	second := createAt(t, s, "shop", time.Second, asItIs)
	update(t, s, first, func(c *bridge.Change) { AddPaid(c, 1) })
	want := []bridge.OrderID{third, second, first}
	if got := listed(t, s, store.OrderQuery{App: "shop", Limit: 10}); !slices.Equal(got, want) {
		t.Errorf("orders: got %v, want %v", got, want)
	}
	if got := listed(t, s, store.OrderQuery{App: "shop", Limit: 2}); !slices.Equal(got, want[:2]) {
		t.Errorf("the first two: got %v, want %v", got, want[:2])
	}
	for _, q := range []store.OrderQuery{{App: "nobody's", Limit: 10}, {App: "shop"}, {App: "shop", Limit: -1}} {
		if got := listed(t, s, q); len(got) != 0 {
			t.Errorf("%+v: got %v, want none", q, got)
		}
	}
}

func orderPages(t *testing.T, s Store) {
	var want, got []bridge.OrderID
	for i := range 7 {
		want = append(want, createAt(t, s, "shop", -time.Duration(i)*time.Millisecond, asItIs))
	}
	q := store.OrderQuery{App: "shop", Limit: 3}
	for page := listed(t, s, q); len(page) > 0; page = listed(t, s, q) {
		got = append(got, page...)
		q.Before = page[len(page)-1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("over all pages: got %v, want %v", got, want)
	}
}

func ordersByFilter(t *testing.T, s Store) {
	named := func(reference string) func(*bridge.Change) {
		return func(c *bridge.Change) { c.Order.Reference = reference }
	}
	plain := createAt(t, s, "shop", 0, named(""))
	paid := createAt(t, s, "shop", time.Second, named("R-2"))
	late := createAt(t, s, "shop", 2*time.Second, named("R-2"))
	odd := createAt(t, s, "shop", 3*time.Second, named("R\x00\x01"))
	createAt(t, s, "other", 4*time.Second, named("R-2"))
	for _, id := range []bridge.OrderID{paid, late} {
		update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1234) })
	}
	update(t, s, late, func(c *bridge.Change) {
		Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.LatePayment})
	})
	update(t, s, odd, func(c *bridge.Change) {
		Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.UnknownPayment})
	})
	for name, test := range map[string]struct {
		q    store.OrderQuery
		want []bridge.OrderID
	}{
		"any":                      {store.OrderQuery{}, []bridge.OrderID{odd, late, paid, plain}},
		"paid":                     {store.OrderQuery{Status: wallet.Paid}, []bridge.OrderID{late, paid}},
		"not yet paid":             {store.OrderQuery{Status: wallet.Created}, []bridge.OrderID{odd, plain}},
		"of a wallet":              {store.OrderQuery{Wallet: "sandbox"}, []bridge.OrderID{late, paid}},
		"of another wallet":        {store.OrderQuery{Wallet: "other"}, nil},
		"by reference":             {store.OrderQuery{Reference: "R-2"}, []bridge.OrderID{late, paid}},
		"by an odd reference":      {store.OrderQuery{Reference: "R\x00\x01"}, []bridge.OrderID{odd}},
		"with attention":           {store.OrderQuery{Attention: store.AnyAttention}, []bridge.OrderID{odd, late}},
		"for one reason":           {store.OrderQuery{Attention: string(bridge.LatePayment)}, []bridge.OrderID{late}},
		"for a reason without any": {store.OrderQuery{Attention: string(bridge.DoublePayment)}, nil},
		"everything at once":       {store.OrderQuery{Status: wallet.Paid, Wallet: "sandbox", Reference: "R-2", Attention: store.AnyAttention}, []bridge.OrderID{late}},
		"behind one that matches":  {store.OrderQuery{Reference: "R-2", Before: late}, []bridge.OrderID{paid}},
		"behind one that does not": {store.OrderQuery{Reference: "R-2", Before: odd}, []bridge.OrderID{late, paid}},
	} {
		test.q.App, test.q.Limit = "shop", 10
		if got := listed(t, s, test.q); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func ordersByAttention(t *testing.T, s Store) {
	flag := func(id bridge.OrderID, reasons ...bridge.Attention) {
		update(t, s, id, func(c *bridge.Change) {
			for _, why := range reasons {
				Add(c, bridge.OrderAttention, bridge.EventData{Attention: why})
			}
		})
	}
	want := func(what string, attention string, ids ...bridge.OrderID) {
		t.Helper()
		same(t, what, listed(t, s, store.OrderQuery{App: "shop", Attention: attention, Limit: 10}), ids)
	}
	late, double, foreign := string(bridge.LatePayment), string(bridge.DoublePayment), string(bridge.ForeignRefund)
	one := createAt(t, s, "shop", 0, asItIs)
	many := createAt(t, s, "shop", time.Second, asItIs)
	createAt(t, s, "shop", 2*time.Second, asItIs)
	flag(one, bridge.LatePayment)
	flag(many, bridge.LatePayment, bridge.DoublePayment)
	flag(many, bridge.ForeignRefund)
	want("any reason", store.AnyAttention, many, one)
	want("the first reason", late, many, one)
	want("one in the middle", double, many)
	want("the last reason", foreign, many)
	for _, other := range []string{"late", "payment", "late_payment ", "LATE_PAYMENT", "late%", "refund_mismatch"} {
		want("what is no reason, "+other, other)
	}
	update(t, s, many, func(c *bridge.Change) { AddPaid(c, 1) })
	want("a reason after another change", double, many)
	clearFlags(t, s, many, bridge.LatePayment)
	want("a reason that was cleared", late, one)
	want("one that was not", double, many)
	clearFlags(t, s, many, bridge.DoublePayment, bridge.ForeignRefund)
	want("any reason when one order has none any more", store.AnyAttention, one)
}

// clearFlags stores an order whose flags of these reasons are cleared.
func clearFlags(t testing.TB, s Store, id bridge.OrderID, reasons ...bridge.Attention) {
	t.Helper()
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, c.Order.Paid+1)
		c.Order.Flags = slices.Clone(c.Order.Flags)
		for i := range c.Order.Flags {
			if slices.Contains(reasons, c.Order.Flags[i].Why) {
				c.Order.Flags[i].Cleared = true
			}
		}
	})
}

func ordersByPaymentID(t *testing.T, s Store) {
	ids := func(keys ...bridge.PaymentKey) func(*bridge.Change) {
		return func(c *bridge.Change) { c.PaymentIDs = keys }
	}
	want := func(what, paymentID string, found ...bridge.OrderID) {
		t.Helper()
		same(t, what, listed(t, s, store.OrderQuery{App: "shop", WalletPaymentID: paymentID, Limit: 10}), found)
	}
	first := createAt(t, s, "shop", 0, ids(bridge.PaymentKey{Wallet: "sandbox", PaymentID: "W1"}))
	second := createAt(t, s, "shop", time.Second, asItIs)
	createAt(t, s, "other", 2*time.Second, ids(bridge.PaymentKey{Wallet: "third", PaymentID: "W1"}))
	update(t, s, second, ids(bridge.PaymentKey{Wallet: "purse", PaymentID: "W1"}, bridge.PaymentKey{Wallet: "sandbox", PaymentID: "W2"}))
	update(t, s, second, ids(bridge.PaymentKey{Wallet: "purse", PaymentID: "W2"}, bridge.PaymentKey{Wallet: "sandbox", PaymentID: "W1"}))
	want("an id that two wallets gave", "W1", second, first)
	want("an id that two wallets gave one order", "W2", second)
	want("an id of no payment", "W3")
	for key, id := range map[bridge.PaymentKey]bridge.OrderID{
		{Wallet: "sandbox", PaymentID: "W1"}: first, {Wallet: "purse", PaymentID: "W1"}: second, {Wallet: "sandbox", PaymentID: "W2"}: second,
	} {
		if got, err := s.OrderByPaymentID(context.Background(), key); err != nil || got != id {
			t.Errorf("OrderByPaymentID of %v: got %s, %v, want %s", key, got, err, id)
		}
	}
	q := store.OrderQuery{App: "shop", WalletPaymentID: "W1", Before: second, Limit: 10}
	same(t, "behind the newest", listed(t, s, q), []bridge.OrderID{first})
}

func ordersByTime(t *testing.T, s Store) {
	var ids []bridge.OrderID // newest first
	for _, after := range []time.Duration{2, 1, 0} {
		ids = append(ids, createAt(t, s, "shop", after*time.Millisecond, asItIs))
	}
	zone := time.FixedZone("there", -7*3600)
	for name, test := range map[string]struct {
		from, to time.Time
		want     []bridge.OrderID
	}{
		"from is within":        {Epoch.Add(time.Millisecond), time.Time{}, ids[:2]},
		"to is not within":      {time.Time{}, Epoch.Add(2 * time.Millisecond), ids[1:]},
		"in another zone":       {Epoch.In(zone), Epoch.Add(time.Millisecond).In(zone), ids[2:]},
		"between milliseconds":  {Epoch.Add(time.Microsecond), Epoch.Add(time.Millisecond + time.Microsecond), ids[1:2]},
		"nothing in between":    {Epoch, Epoch, nil},
		"the wrong way round":   {Epoch.Add(time.Hour), Epoch, nil},
		"before all time":       {time.Time{}, time.Unix(-5, 0), nil},
		"from before all time":  {time.Unix(-5, 0), time.Time{}, ids},
		"after all time":        {time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, nil},
		"until after all times": {time.Time{}, time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), ids},
	} {
		got := listed(t, s, store.OrderQuery{App: "shop", From: test.from, To: test.to, Limit: 10})
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func missingCursors(t *testing.T, s Store) {
	ctx := context.Background()
	foreign := refunded(t, s, "other", wallet.RefundPending)
	update(t, s, foreign, func(c *bridge.Change) {
		AddPaid(c, 1234)
		m := message(foreign, "dlv_1", c.Order.Sequence)
		m.App = "other"
		c.Messages = []bridge.Message{m}
	})
	for _, id := range []bridge.OrderID{foreign, NewOrder(t).Order.ID, "ord_", "\x00\xff"} {
		_, err := s.Orders(ctx, store.OrderQuery{App: "shop", Before: id, Limit: 1})
		wantKind(t, "Orders", err, fault.NotFound)
		_, err = s.Feed(ctx, store.FeedQuery{App: "shop", After: bridge.EventKey{Order: id, Sequence: 1}, Limit: 1})
		wantKind(t, "Feed", err, fault.NotFound)
	}
	_, err := s.Feed(ctx, store.FeedQuery{App: "other", After: bridge.EventKey{Order: foreign, Sequence: 99}, Limit: 1})
	wantKind(t, "Feed behind an event that the order does not have", err, fault.NotFound)
	for _, id := range []string{foreign.RefundID(1), NewOrder(t).Order.ID.RefundID(1), "rfd_", "\x00\xff"} {
		_, err := s.Refunds(ctx, store.RefundQuery{App: "shop", Before: id, Limit: 1})
		wantKind(t, "Refunds", err, fault.NotFound)
	}
	for _, id := range []string{"dlv_1", "dlv_2", "\x00\xff"} {
		_, err := s.Deliveries(ctx, store.DeliveryQuery{App: "shop", Before: id, Limit: 1})
		wantKind(t, "Deliveries", err, fault.NotFound)
	}
}
