package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// counted is an index that answers what a test requires and keeps the last query.
type counted struct {
	last SumsQuery
	sums []Sum
}

func (*counted) Currencies(context.Context, string) ([]wallet.Currency, error) {
	return []wallet.Currency{"USD", "JPY"}, nil
}

func (c *counted) Sums(_ context.Context, q SumsQuery) ([]Sum, error) {
	c.last = q
	return c.sums, nil
}

func TestTheOverviewAddsUpPeriodsAndWallets(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	seconds := func(quick, slow int64) []Bucket {
		return []Bucket{{5 * time.Second, quick}, {time.Minute, slow}, {0, 0}}
	}
	index := &counted{sums: []Sum{
		{From: now.Truncate(time.Hour), Wallet: "purse", Created: 5, Paid: 3, Unpaid: 1, Taken: 1234, Refunded: 100, ToPaid: seconds(1, 2)},
		{From: now.Truncate(time.Hour), Wallet: "other", Created: 1, Paid: 1, Taken: 66, ToPaid: seconds(1, 0)},
		{From: now.Add(-2 * time.Hour).Truncate(time.Hour), Wallet: "purse", Created: 2, Unpaid: 2},
	}}
	w.console.sums = index
	b := w.signedIn("ann", "viewer")
	page := b.get("/console/").want(200, "13.00 USD", "1.00 USD", "80 %", "0 %", "5 s", "12.34 USD")
	if rows := strings.Count(page.Body.String(), `class="point"`); rows != 24 {
		t.Errorf("got %d hours, want 24", rows)
	}
	if q := index.last; q.App != "shop" || q.Currency != "USD" || q.Daily || q.To.Sub(q.From) != 24*time.Hour || !q.To.After(now) {
		t.Errorf("the index was called with %+v", q)
	}
	page = b.get("/console/?span=30d&currency=JPY").want(200)
	if rows := strings.Count(page.Body.String(), `class="point"`); rows != 30 || !index.last.Daily || index.last.Currency != "JPY" {
		t.Errorf("got %d days by %+v, want 30 in JPY", rows, index.last)
	}
	b.get("/console/?span=99d&currency=none").want(200, "24 hours")
}

func TestDaysBeginInTheAppsTimeZoneAndMayHave23Hours(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("the machine has no time zones: ", err)
	}
	q := SumsQuery{Daily: true, Zone: berlin, From: time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), To: time.Date(2026, 3, 31, 0, 0, 0, 0, berlin)}
	var c charts
	c.fill(&q, []Sum{{From: time.Date(2026, 3, 29, 21, 59, 0, 0, time.UTC), Paid: 1}, {From: time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC), Paid: 10}})
	var got []int64
	for _, row := range c.Periods {
		got = append(got, row.Paid)
	}
	if len(got) != 3 || got[0] != 0 || got[1] != 1 || got[2] != 10 {
		t.Errorf("got %v paid a day, want 0, 1, 10", got)
	}
}

func TestNothingIsSaidOfWhatDidNotHappen(t *testing.T) {
	if s := (Sum{Created: 3}); s.Success() != "" || s.Median() != "" {
		t.Errorf("got success %q, median %q, want none", s.Success(), s.Median())
	}
	if s := (Sum{Paid: 1, ToPaid: []Bucket{{time.Second, 0}, {0, 1}}}); s.Median() != "longer" {
		t.Errorf("got %q, want longer", s.Median())
	}
}

func TestTodayAndHoursBeginAtLocalHours(t *testing.T) {
	w := newWorld(t)
	kathmandu := time.FixedZone("Asia/Kathmandu", 5*3600+45*60)
	w.console.apps[0].Zone = kathmandu
	index := &counted{sums: []Sum{{From: w.clock.Now(), Wallet: "purse", Paid: 1, Unpaid: 1, Taken: 100, ToPaid: []Bucket{{30 * time.Second, 1}}}}}
	w.console.sums = index
	b := w.signedIn("ann", "viewer")
	b.get("/console/?span=today").want(200, "Today")
	q := index.last
	if from, to := q.From.In(kathmandu), q.To.In(kathmandu); from.Hour() != 0 || from.Minute() != 0 || to.Minute() != 0 || !to.After(w.clock.Now()) || to.Sub(w.clock.Now()) > time.Hour {
		t.Errorf("today is %v to %v", from, to)
	}
	page := b.get("/console/?span=90d")
	if rows := strings.Count(page.Body.String(), `class="point"`); rows != 90 || !index.last.Daily {
		t.Errorf("got %d days, want 90", rows)
	}
	page.want(200).lacks(`data-rate="0"`)
	if !strings.Contains(page.Body.String(), `data-rate="50" data-seconds="30"`) {
		t.Error("the chart lacks the share and the time of the last day")
	}
	one := b.get("/console/?span=90d&wallet=other")
	one.want(200)
	if strings.Contains(one.Body.String(), `data-rate="50"`) || !strings.Contains(one.Body.String(), "1.00 USD") {
		t.Error("the periods are not those of the wallet that was chosen, or the wallets' table is not of all")
	}
}
