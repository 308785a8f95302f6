package indextest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/wallet"
)

var searchTests = []test{
	{"an order is found by whatever one holds", findsByAnyText},
	{"an order is found by amounts as people write them", findsAmounts},
	{"an order is found by all ids that its payments had", findsEveryWalletID},
	{"a search is narrowed by filters", filtersSearches},
	{"a payer's id is held as a digest only", hidesPayers},
	{"a search of an app finds nothing of another", searchesOneApp},
	{"a text that begins many orders' names is answered in part", answersInPart},
}

func findsByAnyText(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{Reference: "INV-2026 / 0042", Payer: "2088 1234", WalletID: "WP-77abc"})
	f.Create(New{Reference: "INV-2025/1", Payer: "2088-other", WalletID: "ZZ-1", At: Noon.Add(-time.Hour), Amount: money(7, "JPY")})
	f.Pay(id, Noon.Add(time.Minute))
	f.Refund(id, Noon.Add(time.Hour), 100, wallet.Money{})
	n := newNode(t, db, f, 100)
	n.follow()
	core := strings.TrimPrefix(string(id), "ord_")
	for _, text := range []string{
		string(id), strings.ToLower(string(id)), " " + string(id) + "\n", core, string(id)[:24], core[:22],
		id.PaymentID(1), id.RefundID(1), "evt_" + core + "-2", id.RequestID(bridge.OpPayment, 1, 0),
		"INV-2026 / 0042", "inv-2026/0042", "inv-2026", "2088 1234", "20881234", "WP-77abc", "wp-77", "12.50", "12,50 php",
		"refund-" + core,
	} {
		n.wantList(index.Query{Text: text}, id)
		n.wantList(index.Query{Text: text, Filter: index.Filter{By: index.ByPaid}}, id)
	}
	for _, text := range []string{"INV-2027", "12.51", "12.50 USD", "2088", "P-77", "ord_7ZZZ", string(id)[:28] + "ZZ", "%", "'", "inv_2026", "\x00"} {
		if text != "\x00" {
			n.wantList(index.Query{Text: text})
		}
	}
}

func findsAmounts(t *testing.T, db index.Database) {
	f := NewFeed()
	dollars := f.Create(New{Amount: money(125000, "USD"), At: Noon.Add(3 * time.Second)})
	yen := f.Create(New{Amount: money(1250, "JPY"), At: Noon.Add(2 * time.Second)})
	dinar := f.Create(New{Amount: money(1250, "KWD"), At: Noon.Add(time.Second)})
	cents := f.Create(New{Amount: money(5, "USD")})
	n := newNode(t, db, f, 100)
	n.follow()
	for text, want := range map[string][]bridge.OrderID{
		"1250": {dollars, yen}, "1250.00": {dollars, yen}, "1,250.00": {dollars, yen}, "1.250,00": {dollars, yen}, "1 250,00": {dollars, yen},
		"1'250.0": {dollars, yen}, "1,250": {dollars, yen, dinar}, "1.25": {dinar}, "1,25": {dinar}, "1.250 KWD": {dinar},
		"USD 1250": {dollars}, "1250usd": {dollars}, "jpy1250": {yen}, "0.05": {cents}, ".05": {cents}, "0,05": {cents}, "00.050 USD": {cents},
		"1250 XYZ": nil, "12.50": nil, "1,25,0": nil, "1.2.3": nil, "-5": nil, ",": nil, "1,250.00.00": nil,
	} {
		n.wantList(index.Query{Text: text}, want...)
	}
}

func findsEveryWalletID(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{WalletID: "first"})
	f.Payment(id, 1, Noon.Add(time.Second), func(p *bridge.Payment) { p.OtherIDs = []string{"second"} })
	f.Payment(id, 1, Noon.Add(2*time.Second), func(p *bridge.Payment) { p.PaidID, p.Status, p.Paid = "third", wallet.Paid, 1250 })
	n := newNode(t, db, f, 1)
	n.follow()
	for _, text := range []string{"first", "second", "third", "thi"} {
		n.wantList(index.Query{Text: text}, id)
	}
}

func filtersSearches(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{Reference: "table-7", Payer: "payer-1"})
	f.Pay(id, Noon.Add(time.Minute))
	f.Flag(id, Noon.Add(2*time.Minute), bridge.LatePayment)
	n := newNode(t, db, f, 100)
	n.follow()
	for _, text := range []string{"table-7", "payer-1", "12.50", string(id), string(id)[:20]} {
		for _, c := range []struct {
			filter index.Filter
			found  bool
		}{
			{index.Filter{Status: wallet.Paid, Wallet: "gcash", Currency: "PHP", Attention: index.AnyAttention}, true},
			{index.Filter{Attention: string(bridge.LatePayment), By: index.ByPaid, From: Noon.Add(time.Minute), To: Noon.Add(2 * time.Minute)}, true},
			{index.Filter{From: Noon, To: Noon.Add(time.Millisecond)}, true},
			{index.Filter{Status: wallet.Failed}, false},
			{index.Filter{Wallet: "alipay"}, false},
			{index.Filter{Currency: "USD"}, false},
			{index.Filter{Attention: string(bridge.DoublePayment)}, false},
			{index.Filter{From: Noon.Add(time.Millisecond)}, false},
			{index.Filter{To: Noon}, false},
			{index.Filter{By: index.ByPaid, To: Noon.Add(time.Minute)}, false},
			{index.Filter{By: index.ByPaid, From: Noon.Add(61 * time.Second)}, false},
		} {
			want := []bridge.OrderID{id}
			if !c.found {
				want = nil
			}
			n.wantList(index.Query{Text: text, Filter: c.filter}, want...)
			count, err := n.Count(context.Background(), index.Query{App: "shop", Text: text, Filter: c.filter})
			if err != nil || count != (index.Count{N: len(want)}) {
				t.Errorf("Count(%q, %+v): got %v, %v, want %d", text, c.filter, count, err, len(want))
			}
		}
	}
}

func hidesPayers(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{Payer: "2088123456"})
	later := bridge.Payer{ID: "2088999999", Wallet: "gcash"}
	n := newNode(t, db, f, 100)
	n.follow()
	n.wantList(index.Query{Text: "2088123456"}, id)
	f.Record(id, bridge.OrderUpdated, Noon.Add(time.Second), bridge.EventData{Payer: &later})
	n.follow()
	n.wantList(index.Query{Text: "2088123456"})
	n.wantList(index.Query{Text: "2088999999"}, id)
	dump(t, db, func(text string) {
		if strings.Contains(text, "2088") || strings.Contains(text, "Tea for two") {
			t.Errorf("the tables hold %q", text)
		}
	})
}

// dump gives every text of the tables that come from orders.
func dump(t *testing.T, db index.Database, see func(string)) {
	t.Helper()
	n := 0
	err := db.Read(context.Background(), func(tx index.Tx) error {
		for _, text := range []string{"select doc from console1_entries", "select list from console1_lists", "select name from console1_names"} {
			err := tx.Query(context.Background(), text, [][]any{{}}, func(_ int, row index.Row) error {
				var s string
				err := row.Scan(&s)
				see(s)
				n++
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("reading the tables: %d rows, %v", n, err)
	}
}

func searchesOneApp(t *testing.T, db index.Database) {
	f := NewFeed()
	ours := f.Create(New{Reference: "R-1", Payer: "payer", WalletID: "W-1"})
	theirs := f.Create(New{App: "other", Reference: "R-1", Payer: "payer", WalletID: "W-1"})
	for _, id := range []bridge.OrderID{ours, theirs} {
		f.Flag(id, Noon.Add(time.Second), bridge.LatePayment)
		f.Pay(id, Noon.Add(time.Second))
	}
	n := newNode(t, db, f, 100)
	n.follow()
	for _, text := range []string{"", "R-1", "payer", "W-1", "12.50", "ord_01"} {
		for _, filter := range []index.Filter{{}, {By: index.ByPaid}, {Attention: index.AnyAttention}, {Status: wallet.Paid, Wallet: "gcash"}} {
			n.wantList(index.Query{App: "shop", Text: text, Filter: filter}, ours)
			n.wantList(index.Query{App: "other", Text: text, Filter: filter}, theirs)
			n.wantList(index.Query{App: "nobody's", Text: text, Filter: filter})
		}
	}
	n.wantList(index.Query{App: "shop", Text: string(theirs)})
	n.wantList(index.Query{App: "other", Text: ours.PaymentID(1)})
	if got := n.sums(index.SumsQuery{App: "other"}); len(got) != 1 || got[0].Taken != 1250 {
		t.Errorf("the sums of the other app: got %+v, want its own 12.50", got)
	}
}

func answersInPart(t *testing.T, db index.Database) {
	f := NewFeed()
	var want bridge.OrderID
	for i := range 1100 {
		id := f.Create(New{Reference: "table-" + strings.Repeat("x", i%3), At: Noon.Add(time.Duration(i) * time.Second)})
		if i == 1099 {
			want = id
		}
	}
	n := newNode(t, db, f, 1000)
	n.follow()
	page, err := n.List(context.Background(), index.Query{App: "shop", Text: "tabl", Limit: 10})
	if err != nil || !page.Partial || len(page.Entries) != 10 {
		t.Errorf("got %d entries, partial %v, %v; want ten of a part", len(page.Entries), page.Partial, err)
	}
	page, err = n.List(context.Background(), index.Query{App: "shop", Text: "table-x", Limit: 10})
	if err != nil || page.Partial || len(page.Entries) != 10 || page.Entries[0].ID != want {
		t.Errorf("a longer text: got %+v, partial %v, %v; want the newest ten of all", page.Entries, page.Partial, err)
	}
	count, err := n.Count(context.Background(), index.Query{App: "shop"})
	if err != nil || count.String() != "1,000+" {
		t.Errorf("Count: got %v, %v, want 1,000+", count, err)
	}
}
