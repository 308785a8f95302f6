package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Sums adds up what happened; an index of the store does.
type Sums interface {
	// Currencies returns the currencies in which an app has orders.
	Currencies(ctx context.Context, app string) ([]wallet.Currency, error)
	// Sums returns what happened in each period that has something, per wallet.
	Sums(ctx context.Context, q SumsQuery) ([]Sum, error)
}

// SumsQuery selects sums of one app in one currency.
type SumsQuery struct {
	App      string
	Currency wallet.Currency
	From, To time.Time
	Daily    bool // periods are days in Zone; else hours
	Zone     *time.Location
}

// Sum is what happened at one wallet in one period.
type Sum struct {
	From   time.Time // of the period
	Wallet string    // empty for orders without a payment

	Created, Paid, Unpaid int64 // orders; Unpaid failed, were canceled or expired
	Taken, Refunded       int64 // minor units
	ToPaid                []Bucket
}

// Bucket counts paid orders by the time from creation to payment: at most this long, and
// longer than the bucket before. The last one has no bound.
type Bucket struct {
	AtMost time.Duration // zero: no bound
	N      int64
}

// add adds what another sum has.
func (s *Sum) add(more *Sum) {
	s.Created, s.Paid, s.Unpaid = s.Created+more.Created, s.Paid+more.Paid, s.Unpaid+more.Unpaid
	s.Taken, s.Refunded = s.Taken+more.Taken, s.Refunded+more.Refunded
	if s.ToPaid == nil {
		s.ToPaid = slices.Clone(more.ToPaid)
		return
	}
	for i := range min(len(s.ToPaid), len(more.ToPaid)) {
		s.ToPaid[i].N += more.ToPaid[i].N
	}
}

// Success is the share of ended orders that were paid, in percent; empty when none ended.
func (s Sum) Success() string {
	if ended := s.Paid + s.Unpaid; ended > 0 {
		return fmt.Sprintf("%d %%", s.Paid*100/ended)
	}
	return ""
}

// Median is within how long half of the paid orders were paid; empty when none was.
func (s Sum) Median() string { return s.within(50) }

// Most is within how long nine in ten of the paid orders were paid; empty when none was.
func (s Sum) Most() string { return s.within(90) }

func (s Sum) within(percent int64) string {
	b, found := s.bucket(percent)
	switch {
	case !found:
		return ""
	case b.AtMost == 0:
		return "longer"
	}
	return short(b.AtMost)
}

// bucket is the first that has so many percent of the paid orders with those before it.
func (s Sum) bucket(percent int64) (Bucket, bool) {
	var all, seen int64
	for _, b := range s.ToPaid {
		all += b.N
	}
	for _, b := range s.ToPaid {
		if seen += b.N; all > 0 && seen*100 >= all*percent {
			return b, true
		}
	}
	return Bucket{}, false
}

// Rate is Success as a number for a chart; empty when no order ended.
func (s Sum) Rate() string { return strings.TrimSuffix(s.Success(), " %") }

// Seconds is Median as a number for a chart; empty when no order was paid, or most took longer
// than the buckets tell.
func (s Sum) Seconds() string {
	b, found := s.bucket(50)
	if !found || b.AtMost == 0 {
		return ""
	}
	return strconv.FormatInt(int64(b.AtMost/time.Second), 10)
}

// short writes a bound for people: 30 s, 10 min, 6 h.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

// span is a range of time that the overview can show.
type span struct {
	Code, Name string
	days       int // zero: today
	daily      bool
}

var spans = []span{
	{"1d", "24 hours", 1, false}, {"today", "Today", 0, false}, {"7d", "7 days", 7, true}, {"30d", "30 days", 30, true}, {"90d", "90 days", 90, true},
}

// charts are the sums of an app as the overview shows them.
type charts struct {
	Span       string
	Spans      []span
	Currency   wallet.Currency
	Currencies []wallet.Currency
	Wallet     string   // of the periods; empty: all
	Names      []string // of the wallets that have sums
	Periods    []chartRow
	Wallets    []chartRow
	Behind     behind
}

// chartRow is one line of a table, and one point of a chart.
type chartRow struct {
	Sum
	Label           string
	Taken, Refunded wallet.Money
}

// charts reads the sums that the address selects; nil where there are none.
//
// Faults: Invalid; those of the index.
func (p *page) charts(ctx context.Context) (*charts, error) {
	if p.sums == nil {
		return nil, nil
	}
	c := &charts{Span: p.r.FormValue("span"), Spans: spans, Currency: wallet.Currency(p.r.FormValue("currency")), Wallet: p.r.FormValue("wallet")}
	var err error
	if c.Behind, err = p.behind(ctx); err != nil {
		return nil, err
	}
	if c.Currencies, err = p.sums.Currencies(ctx, p.app.Name); err != nil || len(c.Currencies) == 0 {
		return nil, err
	}
	if !slices.Contains(c.Currencies, c.Currency) {
		c.Currency = c.Currencies[0]
	}
	at := max(0, slices.IndexFunc(spans, func(s span) bool { return s.Code == c.Span }))
	c.Span = spans[at].Code
	q := SumsQuery{App: p.app.Name, Currency: c.Currency, Zone: p.zone(), Daily: spans[at].daily}
	q.From, q.To = p.bounds(spans[at])
	found, err := p.sums.Sums(ctx, q)
	if err == nil {
		c.fill(&q, found)
	}
	return c, err
}

// bounds are whole periods up to the present one, which is not over.
func (p *page) bounds(s span) (from, to time.Time) {
	now := p.now().In(p.zone())
	day := func(n int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+n, 0, 0, 0, 0, p.zone())
	}
	switch {
	case s.daily:
		return day(1 - s.days), day(1)
	case s.days == 0:
		return day(0), nextHour(now)
	}
	return nextHour(now).Add(-time.Duration(s.days) * 24 * time.Hour), nextHour(now)
}

// nextHour is the end of the local hour, which need not be one of UTC.
func nextHour(at time.Time) time.Time {
	_, seconds := at.Zone()
	offset := time.Duration(seconds) * time.Second
	return at.Add(offset).Truncate(time.Hour).Add(time.Hour - offset)
}

// fill makes a row for each period, also for those in which nothing happened, and one for
// each wallet.
func (c *charts) fill(q *SumsQuery, found []Sum) {
	for at := q.From; at.Before(q.To); at = q.next(at) {
		row := Sum{From: at}
		for i := range found {
			f := found[i].From
			if shown := c.Wallet == "" || c.Wallet == found[i].Wallet; shown && !f.Before(at) && f.Before(q.next(at)) {
				row.add(&found[i])
			}
		}
		c.Periods = append(c.Periods, c.row(row, q.label(at)))
	}
	byWallet := map[string]*Sum{}
	var names []string
	for i := range found {
		name := found[i].Wallet
		if byWallet[name] == nil {
			byWallet[name], names = &Sum{}, append(names, name)
		}
		byWallet[name].add(&found[i])
	}
	slices.Sort(names)
	c.Names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	for _, name := range names {
		label := name
		if name == "" {
			label = "no payment yet"
		}
		c.Wallets = append(c.Wallets, c.row(*byWallet[name], label))
	}
}

func (c *charts) row(s Sum, label string) chartRow {
	return chartRow{s, label, wallet.Money{Minor: s.Taken, Currency: c.Currency}, wallet.Money{Minor: s.Refunded, Currency: c.Currency}}
}

// next is where the period after the one of a time begins. A day may have 23 or 25 hours.
func (q *SumsQuery) next(at time.Time) time.Time {
	if q.Daily {
		return time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, q.Zone)
	}
	return at.Add(time.Hour)
}

func (q *SumsQuery) label(at time.Time) string {
	if q.Daily {
		return at.In(q.Zone).Format("01-02")
	}
	return at.In(q.Zone).Format("15:04")
}
