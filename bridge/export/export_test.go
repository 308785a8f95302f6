package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// books are orders, the newest first, as a store lists them. After so many pages they fail.
type books struct {
	orders []bridge.Order
	events []store.FeedEvent
	pages  int
	most   int // the largest page that was requested
}

var errAway = fault.New(fault.Unavailable, "test", "The store is away.")

func (b *books) page(limit int) error {
	b.most = max(b.most, limit)
	if b.pages--; b.pages < 0 {
		return errAway
	}
	return nil
}

func (b *books) Orders(_ context.Context, q store.OrderQuery) (list []bridge.Order, err error) {
	for _, o := range b.orders {
		if o.App == q.App && (q.Before == "" || o.ID < q.Before) && !o.CreatedAt.Before(q.From) && o.CreatedAt.Before(q.To) && len(list) < q.Limit {
			list = append(list, o)
		}
	}
	return list, b.page(q.Limit)
}

func (b *books) Refunds(_ context.Context, q store.RefundQuery) (list []store.RefundEntry, err error) {
	past := q.Before == ""
	for _, o := range b.orders {
		for n := len(o.Refunds); n > 0; n-- {
			if past && len(list) < q.Limit {
				list = append(list, store.RefundEntry{Order: o, Number: n})
			}
			past = past || o.ID.RefundID(n) == q.Before
		}
	}
	return list, b.page(q.Limit)
}

func (b *books) Feed(_ context.Context, q store.FeedQuery) (list []store.FeedEvent, err error) {
	past := q.After == bridge.EventKey{}
	for _, e := range b.events {
		if past && len(list) < q.Limit {
			list = append(list, e)
		}
		past = past || e.Key() == q.After
	}
	return list, b.page(q.Limit)
}

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// order is a paid order with a fee, and a refund of each outcome.
func order(n int) bridge.Order {
	id := bridge.OrderID(fmt.Sprintf("ord_01JZZZZZZZZZZZZZZZZZZZ%04d", n))
	return bridge.Order{
		ID: id, App: "shop", Status: wallet.Paid, Amount: usd(1000), Paid: 1000, Refunded: 250, Description: `=HYPERLINK("http://evil")`,
		Reference: "007", CreatedAt: noon.Add(time.Duration(n) * time.Second),
		Payments: []bridge.Payment{
			{Number: 1, Wallet: "main", Status: wallet.Failed},
			{Number: 2, Wallet: "main", WalletPaymentID: "90071992547409931", Status: wallet.Paid, Paid: 1000, PaidAt: noon.Add(time.Minute), Fees: []wallet.Fee{{Type: "service", Amount: usd(30)}}},
		},
		Refunds: []bridge.Refund{
			{Number: 1, Payment: 2, Status: wallet.RefundSucceeded, Amount: 250, Reason: "-1+1", CreatedAt: noon.Add(time.Hour)},
			{Number: 2, Payment: 2, Status: wallet.RefundFailed, Amount: 100, CreatedAt: noon.Add(time.Hour)},
		},
	}
}

func many(n int) *books {
	b := &books{pages: 1000}
	for i := n; i > 0; i-- {
		b.orders = append(b.orders, order(i))
	}
	return b
}

func write(t *testing.T, from export.Source, q export.Query) (string, int) {
	t.Helper()
	var out bytes.Buffer
	q.App = "shop"
	if q.Now.IsZero() {
		q.Now = noon.Add(24 * time.Hour)
	}
	n, err := export.Write(t.Context(), &out, from, q)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), n
}

// column returns one column of a CSV, without its name.
func column(t *testing.T, out, name string) (list []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range rows[0] {
		if n == name {
			for _, r := range rows[1:] {
				list = append(list, r[i])
			}
		}
	}
	return list
}

func TestAnOrderIsFollowedByItsRefundsAndAddsUp(t *testing.T) {
	b := many(1)
	b.orders[0].Payments[1].Reversed, b.orders[0].Payments[1].ReversedAt = 100, noon
	out, n := write(t, b, export.Query{Kind: export.Orders, Format: export.CSV})
	if n != 4 {
		t.Errorf("got %d rows, want the order, two refunds and a reversal", n)
	}
	for name, want := range map[string]string{
		"type": "order refund refund reversal", "gross": "10.00 -2.50  -1.00", "fee": "0.30 0.00  0.00", "net": "9.70 -2.50  -1.00",
		"amount": "10.00 -2.50 -1.00 -1.00", "reference": "007 007 007 007", "walletId": "90071992547409931   90071992547409931",
	} {
		if got := strings.Join(column(t, out, name), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if !strings.HasSuffix(out, "\r\n") || strings.Count(out, "\r\n") != 5 {
		t.Errorf("lines do not end as RFC 4180 says: %q", out)
	}
}

func TestTextThatASpreadsheetWouldExecuteIsGuardedAndNumbersAreNot(t *testing.T) {
	b := many(1)
	out, _ := write(t, b, export.Query{Kind: export.Orders, Format: export.CSV})
	if got := column(t, out, "description"); got[0] != `'=HYPERLINK("http://evil")` || got[1] != "'-1+1" {
		t.Errorf("got %q, want a quote in front", got)
	}
	if got := column(t, out, "gross")[1]; got != "-2.50" {
		t.Errorf("got %q, want -2.50 as it is", got)
	}
	lines, _ := write(t, b, export.Query{Kind: export.Orders, Format: export.JSONLines})
	var first map[string]any
	if err := json.Unmarshal([]byte(strings.SplitN(lines, "\n", 2)[0]), &first); err != nil || first["description"] != `=HYPERLINK("http://evil")` || first["gross"] != "10.00" {
		t.Errorf("got %v, %v, want texts as they are", first, err)
	}
}

func TestTheFeeOfAnotherCurrencyIsNotSubtracted(t *testing.T) {
	b := many(1)
	b.orders[0].Payments[1].Fees = append(b.orders[0].Payments[1].Fees, wallet.Fee{Type: "network", Amount: wallet.Money{Minor: 5, Currency: "EUR"}})
	out, _ := write(t, b, export.Query{Kind: export.Orders, Format: export.CSV})
	if fee, net, others := column(t, out, "fee")[0], column(t, out, "net")[0], column(t, out, "otherFees")[0]; fee != "0.30" || net != "" || others != "0.05 EUR" {
		t.Errorf("got fee %q, net %q and others %q", fee, net, others)
	}
}

func TestEveryRowIsReadInPagesAndOnce(t *testing.T) {
	for kind, perOrder := range map[export.Kind]int{export.Orders: 3, export.Refunds: 2} {
		b := many(350)
		pages := 0
		out, n := write(t, b, export.Query{Kind: kind, Format: export.CSV, Page: func(int) error { pages++; return nil }})
		ids := map[string]bool{}
		for _, id := range column(t, out, "id") {
			ids[id] = true
		}
		if n != 350*perOrder || len(ids) != n || b.most > 100 || pages < 4 {
			t.Errorf("%s: got %d rows with %d ids in %d pages of %d at most", kind, n, len(ids), pages, b.most)
		}
	}
}

func TestTimesAreBoundedAndHaveTheOffsetOfTheirZone(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	out, n := write(t, many(10), export.Query{Kind: export.Orders, Format: export.CSV, From: noon.Add(3 * time.Second), To: noon.Add(5 * time.Second), Zone: zone})
	if got := column(t, out, "createdAt"); n != 6 || got[0] != "2026-03-04T14:00:04.000+02:00" {
		t.Errorf("got %d rows, the first of %q", n, got[0])
	}
	_, n = write(t, many(10), export.Query{Kind: export.Orders, Format: export.CSV, Now: noon.Add(5 * time.Second), To: noon.Add(time.Hour)})
	if n != 12 {
		t.Errorf("got %d rows, want none that is younger than the export", n)
	}
}

func TestEventsEndWhereTheExportBegan(t *testing.T) {
	b := &books{pages: 100}
	for i := range 1000 {
		b.events = append(b.events, store.FeedEvent{Currency: "USD", Event: bridge.Event{
			Order: order(1).ID, Sequence: int64(i + 1), Type: bridge.PaymentUpdated, At: noon.Add(time.Duration(i) * time.Second), Source: bridge.FromQuery,
		}})
	}
	out, n := write(t, b, export.Query{Kind: export.Events, Format: export.CSV, Now: noon.Add(250 * time.Second)})
	if n != 250 || b.pages != 100-4 {
		t.Errorf("got %d rows after %d pages", n, 100-b.pages)
	}
	if got := column(t, out, "sequence"); got[249] != "250" {
		t.Errorf("the last is %s", got[249])
	}
}

func TestAFaultInTheMiddleIsReported(t *testing.T) {
	b := many(350)
	b.pages = 2
	var out bytes.Buffer
	n, err := export.Write(t.Context(), &out, b, export.Query{Kind: export.Orders, Format: export.CSV, App: "shop", Now: noon.Add(time.Hour)})
	if !errors.Is(err, errAway) || n != 600 {
		t.Errorf("got %d rows and %v, want those of two pages and the fault", n, err)
	}
}

func TestAnUnknownKindOrFormatIsRefused(t *testing.T) {
	for _, q := range []export.Query{{Kind: "people", Format: export.CSV}, {Kind: export.Orders, Format: "xlsx"}} {
		if _, err := export.Write(t.Context(), new(bytes.Buffer), many(1), q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: got %v, want Invalid", q, err)
		}
	}
}

func TestFeesAreRowsOfTheirOwnInTheirCurrencies(t *testing.T) {
	b := many(1)
	o := &b.orders[0]
	o.Payments[1].Fees = append(o.Payments[1].Fees, wallet.Fee{Type: "network", Amount: wallet.Money{Minor: 5, Currency: "EUR"}})
	o.Refunds[0].Fee, o.Refunds[1].Fee = usd(-10), usd(7) // the second refund has failed
	out, n := write(t, b, export.Query{Kind: export.Fees, Format: export.CSV})
	if got := strings.Join(column(t, out, "amount"), " "); n != 3 || got != "0.30 0.05 -0.10" {
		t.Errorf("got %d fees of %s, want 0.30 0.05 -0.10", n, got)
	}
	if got := strings.Join(column(t, out, "currency"), " "); got != "USD EUR USD" {
		t.Errorf("got currencies %s", got)
	}
}

func TestRowsAreCountedUpToABound(t *testing.T) {
	for orders, want := range map[int]int{0: 0, 7: 21, 350: 1050} {
		n, more, err := export.Count(t.Context(), many(orders), export.Query{Kind: export.Orders, App: "shop", Now: noon.Add(24 * time.Hour)})
		if n != want || more || err != nil {
			t.Errorf("%d orders: got %d, %t, %v, want %d rows", orders, n, more, err, want)
		}
	}
	long := &books{pages: 1000}
	for i := range 1_050 {
		long.events = append(long.events, store.FeedEvent{Currency: "USD", Event: bridge.Event{Order: order(1).ID, Sequence: int64(i + 1), Type: bridge.PaymentUpdated, At: noon}})
	}
	if n, more, err := export.Count(t.Context(), long, export.Query{Kind: export.Events, App: "shop", Now: noon.Add(time.Hour)}); n != 1_000 || !more || err != nil {
		t.Errorf("got %d, %t, %v, want a bound", n, more, err)
	}
	b := many(350)
	b.pages = 2
	if _, _, err := export.Count(t.Context(), b, export.Query{Kind: export.Orders, App: "shop", Now: noon.Add(time.Hour)}); !errors.Is(err, errAway) {
		t.Errorf("got %v, want the fault", err)
	}
}
