package indextest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/wallet"
)

var sumsTests = []test{
	{"sums hold counts and money of the hour in which they happened", sumsByHour},
	{"sums are of one currency, and a fee counts in its own", sumsByCurrency},
	{"an order that is paid after it failed no longer counts as failed", movesOutcomes},
	{"hours and days begin where the app's time zone has them", sumsInZones},
	{"days of the app's own zone are added up as they are written", sumsOfOwnDays},
	{"the sums of the hours are the sum of the whole", sumsAddUp},
	{"orders count by the time until they were paid", countsTimeToPaid},
}

func sumsByHour(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	f.Pay(id, Noon.Add(59*time.Minute))
	f.Refund(id, Noon.Add(2*time.Hour), 200, wallet.Money{})
	f.Refund(id, Noon.Add(2*time.Hour+time.Minute), 50, wallet.Money{})
	f.Payment(id, 1, Noon.Add(3*time.Hour), func(p *bridge.Payment) { p.Reversed = 300 })
	f.Create(New{Wallet: "-"})
	f.Create(New{Wallet: "alipay", At: Noon.Add(time.Hour)})
	n := newNode(t, db, f, 3)
	n.follow()
	got := n.sums(index.SumsQuery{Step: index.Hourly})
	want := []string{
		"12  created 1", "12 gcash created 1 paid 1 taken 1250", "13 alipay created 1",
		"14 gcash refunded 250", "15 gcash reversed 300",
	}
	wantSums(t, got, "15", want)
	got = n.sums(index.SumsQuery{Step: index.Hourly, Wallet: "gcash", From: Noon.Add(2 * time.Hour), To: Noon.Add(3 * time.Hour)})
	wantSums(t, got, "15", []string{"14 gcash refunded 250"})
}

// wantSums compares sums with their short forms, which begin with the time of the period.
func wantSums(t *testing.T, got []index.Sums, layout string, want []string) {
	t.Helper()
	var short []string
	for i := range got {
		s := &got[i]
		text := s.From.Format(layout) + " " + s.Wallet
		for _, n := range []struct {
			name string
			n    int64
		}{
			{"created", s.Created}, {"paid", s.Paid}, {"failed", s.Failed}, {"canceled", s.Canceled}, {"expired", s.Expired},
			{"voided", s.Voided}, {"taken", s.Taken}, {"refunded", s.Refunded}, {"reversed", s.Reversed}, {"fees", s.Fees},
		} {
			if n.n != 0 {
				text += fmt.Sprintf(" %s %d", n.name, n.n)
			}
		}
		short = append(short, text)
	}
	if !slices.Equal(short, want) {
		t.Errorf("got  %q\nwant %q", short, want)
	}
}

// sumsOfOwnDays compares the days of an index that has sums of them with those of one that adds
// up hours, where the clock changes, at both ends, and after the app's zone was changed.
func sumsOfOwnDays(t *testing.T, db index.Database) {
	lord, err := time.LoadLocation("Australia/Lord_Howe") // whose clock changes by half an hour
	if err != nil {
		t.Skip("the machine has no time zones: ", err)
	}
	f, from := NewFeed(), time.Date(2026, 4, 3, 0, 0, 0, 0, lord) // the clock changes on the 5th
	for i := range 96 {
		id := f.Create(New{At: from.Add(time.Duration(i) * 55 * time.Minute)})
		if i%3 == 0 {
			f.Pay(id, from.Add(time.Duration(i)*57*time.Minute))
		}
	}
	q := index.SumsQuery{App: "shop", Currency: "PHP", Step: index.Daily, Zone: lord, From: from.Add(time.Hour), To: from.AddDate(0, 0, 4)}
	daily := func(zone *time.Location) []index.Sums {
		n := newNode(t, db, f, 7)
		n.now = n.now.Add(time.Duration(f.Reads()) * time.Hour) // past the lease of the node before
		n.Index = index.New(db, index.Config{Source: f, Apps: []string{"shop"}, Zones: map[string]*time.Location{"shop": zone}, Now: func() time.Time { return n.now }, Step: 7})
		n.follow()
		list, err := n.Sums(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	own := daily(lord)
	f.Create(New{At: from.Add(80 * time.Hour)})
	changed := daily(time.UTC) // the index keeps the zone that it was begun with
	if err := db.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	if again := daily(time.UTC); !slices.Equal(changed, again) || len(own) != 4 || total(changed).Created != total(own).Created+1 {
		t.Errorf("got %v with sums of days, then %v, want %v", own, changed, again)
	}
}

func sumsByCurrency(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{Amount: money(1000, "USD")})
	f.Pay(id, Noon.Add(time.Minute))
	f.Payment(id, 1, Noon.Add(2*time.Minute), func(p *bridge.Payment) {
		p.Fees = []wallet.Fee{{Type: "service", Amount: money(30, "USD")}, {Type: "tax", Amount: money(7, "PHP")}}
	})
	f.Payment(id, 1, Noon.Add(3*time.Minute), func(p *bridge.Payment) {
		p.Fees = []wallet.Fee{{Type: "service", Amount: money(35, "USD")}, {Type: "tax", Amount: money(7, "PHP")}}
	})
	f.Refund(id, Noon.Add(4*time.Minute), 100, money(2, "USD"))
	n := newNode(t, db, f, 1)
	n.follow()
	wantSums(t, n.sums(index.SumsQuery{Currency: "USD"}), "15", []string{"12 gcash created 1 paid 1 taken 1000 refunded 100 fees 37"})
	wantSums(t, n.sums(index.SumsQuery{Currency: "PHP"}), "15", []string{"12 gcash fees 7"})
	f.Create(New{App: "other", Amount: money(1, "JPY")})
	f.Create(New{Amount: money(1, "EUR")})
	n.follow()
	if got, err := n.Currencies(context.Background(), "shop"); err != nil || !slices.Equal(got, []wallet.Currency{"EUR", "USD"}) {
		t.Errorf("the currencies: got %v, %v, want EUR and USD", got, err)
	}
}

func movesOutcomes(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	f.End(id, Noon.Add(30*time.Minute), wallet.Failed)
	expired := f.Create(New{})
	f.End(expired, Noon.Add(time.Hour), wallet.Expired)
	n := newNode(t, db, f, 1)
	n.follow()
	wantSums(t, n.sums(index.SumsQuery{Step: index.Hourly}), "15", []string{"12 gcash created 2 failed 1", "13 gcash expired 1"})
	f.Retry(id, Noon.Add(90*time.Minute), "alipay")
	f.Payment(id, 2, Noon.Add(91*time.Minute), func(p *bridge.Payment) { p.Status, p.Paid = wallet.Paid, 1250 })
	n.follow()
	wantSums(t, n.sums(index.SumsQuery{Step: index.Hourly}), "15",
		[]string{"12 gcash created 2", "13 alipay paid 1 taken 1250", "13 gcash expired 1"})
}

func sumsInZones(t *testing.T, db index.Database) {
	f := NewFeed()
	for _, at := range []string{
		"2026-10-24T21:59:00Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "2026-10-25T23:00:00Z", // days of Berlin, one of 25 hours
		"2026-11-20T18:14:59Z", "2026-11-20T18:15:00Z", // midnight in Kathmandu
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		f.Create(New{At: when})
	}
	n := newNode(t, db, f, 100)
	n.follow()
	berlin, kathmandu := zone(t, "Europe/Berlin"), zone(t, "Asia/Kathmandu")
	october := index.SumsQuery{
		Step: index.Daily, Zone: berlin,
		From: time.Date(2026, 10, 24, 0, 0, 0, 0, berlin), To: time.Date(2026, 10, 27, 0, 0, 0, 0, berlin),
	}
	got := n.sums(october)
	wantSums(t, got, "01-02 15:04", []string{"10-24 00:00 gcash created 1", "10-25 00:00 gcash created 2", "10-26 00:00 gcash created 1"})
	if len(got) == 3 && got[1].To.Sub(got[1].From) != 25*time.Hour {
		t.Errorf("the day on which the clock goes back: got %v, want 25 hours", got[1].To.Sub(got[1].From))
	}
	october.Step = index.Hourly
	wantSums(t, n.sums(october), "01-02 15:04", []string{
		"10-24 23:00 gcash created 1", "10-25 00:00 gcash created 1", "10-25 23:00 gcash created 1", "10-26 00:00 gcash created 1",
	})
	november := index.SumsQuery{
		Step: index.Daily, Zone: kathmandu,
		From: time.Date(2026, 11, 20, 0, 0, 0, 0, kathmandu), To: time.Date(2026, 11, 22, 0, 0, 0, 0, kathmandu),
	}
	wantSums(t, n.sums(november), "01-02 15:04", []string{"11-20 00:00 gcash created 1", "11-21 00:00 gcash created 1"})
	november.Step = index.Hourly
	wantSums(t, n.sums(november), "01-02 15:04", []string{"11-20 23:00 gcash created 1", "11-21 00:00 gcash created 1"})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// sumsAddUp compares sums with the orders that they are of.
func sumsAddUp(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 120)
	n := newNode(t, db, f, 11)
	n.follow()
	whole := total(n.sums(index.SumsQuery{}))
	for _, step := range []index.Step{index.Hourly, index.Daily} {
		for _, z := range []string{"UTC", "Asia/Kathmandu", "Australia/Eucla"} {
			if got := total(n.sums(index.SumsQuery{Step: step, Zone: zone(t, z)})); got != whole {
				t.Errorf("by %s in %s: got %+v\nwant %+v", step, z, got, whole)
			}
		}
	}
	var want index.Sums
	for _, o := range f.orders {
		if o.App != "shop" || o.Amount.Currency != "PHP" {
			continue
		}
		want.Created++
		want.Taken += o.Paid
		switch o.Status {
		case wallet.Paid:
			want.Paid++
		case wallet.Failed:
			want.Failed++
		case wallet.Expired:
			want.Expired++
		}
	}
	whole.ToPaid = want.ToPaid
	if whole != want || want.Paid == 0 || want.Failed == 0 {
		t.Errorf("got  %+v\nwant %+v, as the orders are", whole, want)
	}
}

func total(list []index.Sums) (sum index.Sums) {
	for _, s := range list {
		sum.Created, sum.Paid, sum.Failed, sum.Expired = sum.Created+s.Created, sum.Paid+s.Paid, sum.Failed+s.Failed, sum.Expired+s.Expired
		sum.Taken += s.Taken
		for i, n := range s.ToPaid {
			sum.ToPaid[i] += n
		}
	}
	return sum
}

func countsTimeToPaid(t *testing.T, db index.Database) {
	f := NewFeed()
	for _, took := range []time.Duration{0, 5 * time.Second, 5001 * time.Millisecond, time.Minute, 25 * time.Hour} {
		f.Pay(f.Create(New{}), Noon.Add(took))
	}
	n := newNode(t, db, f, 3)
	n.follow()
	var want [len(index.ToPaidBounds) + 1]int64
	want[0], want[1], want[4], want[12] = 2, 1, 1, 1
	if got := total(n.sums(index.SumsQuery{})).ToPaid; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
