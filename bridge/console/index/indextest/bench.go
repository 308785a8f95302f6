package indextest

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/wallet"
)

// kathmandu is the app's zone: no day of it is one of UTC's hours.
var kathmandu = time.FixedZone("Kathmandu", 5*3600+45*60)

// Bench fills an index from a stream of orders, and reports how long it took and how long each
// kind of search, list and sum takes.
func Bench(b *testing.B, db index.Database, orders int) {
	s := &Stream{Orders: orders}
	x := index.New(db, index.Config{Source: s, Apps: []string{"shop"}, Zones: map[string]*time.Location{"shop": kathmandu}, Step: 1000})
	began, cpu := time.Now(), processor()
	for more := true; more; {
		var err error
		if more, err = x.RunOnce(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d orders: filled in %v, %v of processor time for an order, that of making its events included", orders,
		time.Since(began).Round(time.Second), (processor()-cpu)/time.Duration(orders))
	for _, c := range s.questions() {
		measure(b, x, c.name, c.query)
	}
}

func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type question struct {
	name  string
	query func(x *index.Index) (rows, found int, err error)
}

// questions are the queries of a console.
func (s *Stream) questions() (all []question) {
	list := func(name string, q index.Query) {
		q.App = "shop"
		all = append(all, question{"list " + name, func(x *index.Index) (int, int, error) {
			page, err := x.List(context.Background(), q)
			return page.Read, len(page.Entries), err
		}}, question{"count " + name, func(x *index.Index) (int, int, error) {
			c, err := x.Count(context.Background(), q)
			return 0, c.N, err
		}})
	}
	old := s.CreatedAt(s.Orders / 2)
	month := index.Filter{From: old, To: old.AddDate(0, 1, 0)}
	list("all", index.Query{})
	list("failed", index.Query{Filter: index.Filter{Status: wallet.Failed}})
	list("voided, which is rare", index.Query{Filter: index.Filter{Status: wallet.Voided}})
	list("authorized, of which there are none", index.Query{Filter: index.Filter{Status: wallet.Authorized}})
	list("attention", index.Query{Filter: index.Filter{Attention: index.AnyAttention}})
	list("attention, failed, maya", index.Query{Filter: index.Filter{Attention: "late_payment", Status: wallet.Failed, Wallet: "maya"}})
	list("maya, expired, USD", index.Query{Filter: index.Filter{Wallet: "maya", Status: wallet.Expired, Currency: "USD"}})
	list("created in a month, failed, alipay", index.Query{Filter: index.Filter{Status: wallet.Failed, Wallet: "alipay", From: month.From, To: month.To}})
	list("paid in a minute", index.Query{Filter: index.Filter{By: index.ByPaid, From: old, To: old.Add(time.Minute)}})
	list("paid, USD, maya", index.Query{Filter: index.Filter{By: index.ByPaid, Wallet: "maya", Currency: "USD"}})
	n := s.Orders / 3
	list("by id", index.Query{Text: string(s.ID(n))})
	list("by the beginning of an id", index.Query{Text: string(s.ID(n))[:16]})
	list("by payment id", index.Query{Text: s.ID(n).PaymentID(1)})
	list("by reference", index.Query{Text: fmt.Sprintf("inv-%08d", n)})
	list("by the beginning of a reference", index.Query{Text: fmt.Sprintf("inv-%08d", n)[:9]})
	list("by the beginning of all references", index.Query{Text: "INV"})
	list("by a wallet's payment id", index.Query{Text: fmt.Sprintf("20261120%010d", n)})
	list("by a payer", index.Query{Text: "payer-77"})
	list("by a payer of many", index.Query{Text: "payer-heavy"})
	list("by a payer of many, voided", index.Query{Text: "payer-heavy", Filter: index.Filter{Status: wallet.Voided}})
	list("by an amount of many", index.Query{Text: "12,50 php"})
	list("by an amount of many, voided", index.Query{Text: "12.50", Filter: index.Filter{Status: wallet.Voided}})
	list("by an amount of many, attention", index.Query{Text: "12.50", Filter: index.Filter{Attention: index.AnyAttention}})
	list("by an amount of many, paid in a minute", index.Query{Text: "12.50", Filter: index.Filter{By: index.ByPaid, From: old, To: old.Add(time.Minute)}})
	list("by an amount of few", index.Query{Text: "433.21"})
	list("by nothing that is there", index.Query{Text: "no such thing"})
	sums := func(name string, q index.SumsQuery) {
		q.App, q.Currency = "shop", "PHP"
		all = append(all, question{"sums " + name, func(x *index.Index) (int, int, error) {
			list, err := x.Sums(context.Background(), q)
			return 0, len(list), err
		}})
	}
	sums("of a day by hour", index.SumsQuery{From: Noon.AddDate(0, 0, -1), To: Noon, Step: index.Hourly})
	sums("of 90 days by day", index.SumsQuery{From: Noon.AddDate(0, 0, -90), To: Noon, Step: index.Daily})
	sums("of 90 days by day, in Kathmandu", index.SumsQuery{From: Noon.AddDate(0, 0, -90), To: Noon, Step: index.Daily, Zone: kathmandu})
	sums("of 90 days by day, in Kolkata, which is not the app's zone", index.SumsQuery{From: Noon.AddDate(0, 0, -90), To: Noon, Step: index.Daily, Zone: time.FixedZone("Kolkata", 5*3600+30*60)})
	sums("of a year", index.SumsQuery{From: Noon.AddDate(-1, 0, 0), To: Noon})
	return all
}

// measure runs a query often and reports the median and the 95th percentile.
func measure(b *testing.B, x *index.Index, name string, query func(*index.Index) (int, int, error)) {
	const times = 40
	var took []time.Duration
	var rows, found int
	for range times {
		began := time.Now()
		var err error
		if rows, found, err = query(x); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.Logf("%-55s p50 %8v  p95 %8v  read %5d  found %4d", name, took[times/2].Round(10*time.Microsecond),
		took[times*95/100].Round(10*time.Microsecond), rows, found)
}
