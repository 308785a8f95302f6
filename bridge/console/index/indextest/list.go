package indextest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var listTests = []test{
	{"an entry shows the order as it stands", showsOrders},
	{"every combination of filters lists what matches, newest first", listsByFilters},
	{"a list goes on behind its page while orders come", goesOn},
	{"a cursor of another list is refused", refusesCursors},
	{"a list reads few rows, however rare what it looks for is", readsFewRows},
}

func showsOrders(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{Reference: "INV 7"})
	f.Pay(id, Noon.Add(time.Minute))
	f.Refund(id, Noon.Add(time.Hour), 250, wallet.Money{})
	f.Payment(id, 1, Noon.Add(2*time.Hour), func(p *bridge.Payment) { p.Reversed = 100 })
	f.Flag(id, Noon.Add(3*time.Hour), bridge.PaymentReversed)
	n := newNode(t, db, f, 2)
	n.follow()
	page, err := n.List(context.Background(), index.Query{App: "shop"})
	if err != nil || len(page.Entries) != 1 {
		t.Fatalf("got %+v, %v, want one entry", page, err)
	}
	php := func(minor int64) wallet.Money { return money(minor, "PHP") }
	want := index.Entry{
		ID: id, App: "shop", Status: wallet.Paid, Wallet: "gcash", Reference: "INV 7",
		Amount: php(1250), Paid: php(1250), Refunded: php(250), RefundPending: php(0), Reversed: php(100),
		Attention: []bridge.Attention{bridge.PaymentReversed},
		CreatedAt: Noon, PaidAt: Noon.Add(time.Minute), ChangedAt: Noon.Add(3 * time.Hour), Version: 6,
	}
	if got := fmt.Sprintf("%+v", page.Entries[0]); got != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %s\nwant %+v", got, want)
	}
	f.Clear(id, Noon.Add(4*time.Hour), bridge.PaymentReversed)
	n.follow()
	n.wantList(index.Query{Filter: index.Filter{Attention: index.AnyAttention}})
}

// mixed fills a feed with orders of several wallets, currencies and ends, the same each time.
func mixed(f *Feed, orders int) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for i := range orders {
		at := Noon.Add(time.Duration(i/3) * time.Minute)
		currency := wallet.Currency(pick("PHP", "PHP", "USD"))
		id := f.Create(New{
			App: pick("shop", "shop", "shop", "other"), At: at, Amount: money(int64(100+r.IntN(4)), currency),
			Reference: pick("", "R-1", "R-2"), Payer: pick("", "ann", "bob"), Wallet: pick("gcash", "alipay", "-"),
		})
		if f.Order(id).LastPayment() == nil {
			continue
		}
		later := at.Add(time.Duration(r.IntN(200)) * time.Minute)
		switch r.IntN(7) {
		case 0, 1:
			f.Pay(id, later)
		case 2:
			f.End(id, later, wallet.Failed)
			f.Retry(id, later.Add(time.Second), pick("gcash", "alipay"))
			if r.IntN(2) == 0 {
				f.Payment(id, 2, later.Add(time.Minute), func(p *bridge.Payment) { p.Status, p.Paid = wallet.Paid, 100 })
			}
		case 3:
			f.End(id, later, wallet.Expired)
		case 4:
			f.End(id, later, wallet.Failed)
		}
		if r.IntN(5) == 0 {
			f.Flag(id, later.Add(time.Hour), bridge.Attention(pick(string(bridge.LatePayment), string(bridge.DoublePayment))))
		}
	}
}

// paidAt returns when an order was paid; zero when it was not.
func (f *Feed) paidAt(id bridge.OrderID) time.Time {
	for _, e := range f.events[f.orders[id].App] {
		if e.Order == id && e.Type == bridge.OrderPaid {
			return e.At
		}
	}
	return time.Time{}
}

// matching returns the ids of orders that match, newest first, by looking at all of them.
func (f *Feed) matching(app string, q *index.Filter) (ids []bridge.OrderID) {
	times := make(map[bridge.OrderID]time.Time)
	for id := range f.orders {
		o := f.orders[id]
		at, name := o.CreatedAt, ""
		if q.By == index.ByPaid {
			at = f.paidAt(id)
		}
		if p := o.LastPayment(); p != nil {
			name = p.Wallet
		}
		flagged := q.Attention == "" || q.Attention == index.AnyAttention && len(o.Attention()) > 0 || o.Flagged(bridge.Attention(q.Attention))
		if o.App == app && !at.IsZero() && flagged && (q.Status == "" || q.Status == o.Status) && (q.Wallet == "" || q.Wallet == name) &&
			(q.Currency == "" || q.Currency == o.Amount.Currency) && (q.From.IsZero() || !at.Before(q.From)) && (q.To.IsZero() || at.Before(q.To)) {
			ids, times[id] = append(ids, id), at
		}
	}
	slices.SortFunc(ids, func(a, b bridge.OrderID) int {
		if c := times[b].Compare(times[a]); q.By == index.ByPaid && c != 0 {
			return c
		}
		return -slices.Compare([]byte(a), []byte(b))
	})
	return ids
}

func listsByFilters(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 150)
	n := newNode(t, db, f, 7)
	n.follow()
	found := 0
	for _, filter := range filters() {
		want := f.matching("shop", &filter)
		found += len(want)
		got := n.list(index.Query{Filter: filter}, 19)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %d orders, want %d, or in another order", filter, len(got), len(want))
		}
		count, err := n.Count(context.Background(), index.Query{App: "shop", Filter: filter})
		if err != nil || count != (index.Count{N: len(want)}) {
			t.Errorf("Count(%+v): got %v, %v, want %d", filter, count, err, len(want))
		}
	}
	if found == 0 {
		t.Error("no filter found an order")
	}
}

// filters returns combinations of all filters, every other one with a time.
func filters() (all []index.Filter) {
	from, to := Noon.Add(30*time.Minute), Noon.Add(90*time.Minute)
	for _, by := range []index.Time{"", index.ByPaid} {
		for _, status := range []wallet.Status{"", wallet.Paid, wallet.Voided} {
			for _, name := range []string{"", "alipay"} {
				for _, why := range []string{"", index.AnyAttention, string(bridge.LatePayment)} {
					for _, currency := range []wallet.Currency{"", "USD"} {
						f := index.Filter{By: by, Status: status, Wallet: name, Attention: why, Currency: currency}
						if (len(all)+len(why))%2 == 0 {
							f.From, f.To = from, to
						}
						all = append(all, f)
					}
				}
			}
		}
	}
	return all
}

func goesOn(t *testing.T, db index.Database) {
	f := NewFeed()
	var want []bridge.OrderID
	for i := range 10 {
		want = append(want, f.Create(New{At: Noon.Add(time.Duration(i) * time.Second)}))
	}
	slices.Reverse(want)
	n := newNode(t, db, f, 100)
	n.follow()
	var got []bridge.OrderID
	q := index.Query{App: "shop", Limit: 4}
	for more := true; more; more = q.After != "" {
		page, err := n.List(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			got = append(got, e.ID)
		}
		q.After = page.Next
		f.Create(New{At: Noon.Add(time.Hour)})
		f.Pay(want[9], Noon.Add(2*time.Hour)) // moves the oldest to another kind
		n.follow()
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func refusesCursors(t *testing.T, db index.Database) {
	n := newNode(t, db, NewFeed(), 10)
	for _, after := range []index.Cursor{"x", "c", "c0-", "c0-01J", "p5-01K00000000000000000000000", "c-1-01K00000000000000000000000", "c0-01K00000000000000000000000-"} {
		_, err := n.List(context.Background(), index.Query{App: "shop", After: after})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want Invalid", after, err)
		}
	}
	_, err := n.List(context.Background(), index.Query{App: "shop", Filter: index.Filter{By: "updated"}})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a list by an unknown time: got %v, want Invalid", err)
	}
}

// readsFewRows queries what is rare among much that is alike: one amount, one payer, one
// wallet, one end.
func readsFewRows(t *testing.T, db index.Database) {
	f := NewFeed()
	const orders = 400
	var rare bridge.OrderID
	for i := range orders {
		id := f.Create(New{At: Noon.Add(time.Duration(i) * time.Second), Reference: fmt.Sprint("R-", i), Payer: "ann"})
		switch {
		case i == 5:
			rare = id
			f.End(id, Noon.Add(time.Hour), wallet.Failed)
			f.Flag(id, Noon.Add(time.Hour), bridge.LatePayment)
		default:
			f.Pay(id, Noon.Add(time.Duration(i+10)*time.Second))
		}
	}
	n := newNode(t, db, f, 1000)
	n.follow()
	const limit, kinds = 20, 2
	for _, q := range []index.Query{
		{}, {Filter: index.Filter{Status: wallet.Failed}}, {Filter: index.Filter{Attention: index.AnyAttention}},
		{Filter: index.Filter{Status: wallet.Failed, Wallet: "gcash", Attention: string(bridge.LatePayment), To: Noon.Add(time.Minute)}},
		{Filter: index.Filter{Status: wallet.Voided}}, {Filter: index.Filter{By: index.ByPaid, To: Noon.Add(time.Minute)}},
		{Text: "12.50"}, {Text: "12.50", Filter: index.Filter{Status: wallet.Failed}}, {Text: "ann", Filter: index.Filter{Status: wallet.Failed}},
		{Text: "ann", Filter: index.Filter{By: index.ByPaid, From: Noon.Add(time.Hour)}}, {Text: "R-5"}, {Text: string(rare)},
	} {
		q.App, q.Limit = "shop", limit
		page, err := n.List(context.Background(), q)
		most := kinds*(limit+1) + limit + 1
		if q.Text == "R-5" {
			most = 2 * (1 + 10 + 100) // each name that begins so, and its order
		}
		if err != nil || page.Read > most {
			t.Errorf("%+v: read %d rows, %v; want at most %d of %d orders", q, page.Read, err, most, orders)
		}
		if q.Filter.Status == wallet.Failed && (len(page.Entries) != 1 || page.Entries[0].ID != rare) {
			t.Errorf("%+v: got %d entries, want %s", q, len(page.Entries), rare)
		}
	}
}
