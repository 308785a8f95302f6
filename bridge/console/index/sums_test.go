package index

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

// Each period begins where the one before ended, also on the days on which clocks change.
func TestPeriodsLeaveNoGap(t *testing.T) {
	for _, name := range []string{
		"UTC", "Asia/Manila", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago", "Asia/Beirut", "Europe/Berlin",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []Step{"", Hourly, Daily} {
			length := 30 * 24 * time.Hour
			if step == Daily {
				length = 366 * 24 * time.Hour
			}
			for from := time.Date(2026, 1, 3, 7, 0, 0, 0, time.UTC); from.Year() == 2026; from = from.Add(length) {
				wantPeriods(t, SumsQuery{Step: step, Zone: zone, From: from, To: from.Add(length)})
			}
		}
	}
}

func wantPeriods(t *testing.T, q SumsQuery) {
	t.Helper()
	list, err := q.periods()
	if err != nil || len(list) == 0 {
		t.Errorf("%+v: got %d periods, %v", q, len(list), err)
		return
	}
	at := q.From.Unix()
	for _, p := range list {
		if p.from != at || p.begin > p.from || p.end < p.to || p.to <= p.from {
			t.Errorf("%s: got the period %+v after %d", q.Zone, p, at)
		}
		local := time.Unix(p.begin, 0).In(q.Zone)
		before := time.Unix(p.begin-1, 0).In(q.Zone)
		if q.Step == Daily && local.Day() == before.Day() {
			t.Errorf("%s: a day begins at %v", q.Zone, local)
		}
		covered := p.from
		for _, r := range cover(p.from, p.to, day, hour, quarter) {
			if r.from != covered || r.from%r.span != 0 || r.to%r.span != 0 || r.to <= r.from {
				t.Errorf("%+v: got the run %+v after %d", p, r, covered)
			}
			covered = r.to
		}
		if at = p.to; covered != at {
			t.Errorf("%+v is covered up to %d", p, covered)
		}
	}
	if at != q.To.Unix() {
		t.Errorf("%s: got periods up to %d, want %d", q.Zone, at, q.To.Unix())
	}
}

func TestSumsOfTooManyPeriodsAreRefused(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, q := range []SumsQuery{
		{From: from, To: from.Add((MaxPeriods + 1) * time.Hour), Step: Hourly}, {From: from, To: from.AddDate(3, 0, 0), Step: Daily},
		{From: from, To: from.AddDate(0, 0, 1), Step: "week"},
	} {
		if _, err := q.periods(); !errors.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v, want Invalid", q, err)
		}
	}
	if list, err := (&SumsQuery{From: from, To: from.Add(MaxPeriods * time.Hour), Step: Hourly}).periods(); err != nil || len(list) != MaxPeriods {
		t.Errorf("got %d periods, %v, want %d", len(list), err, MaxPeriods)
	}
}
