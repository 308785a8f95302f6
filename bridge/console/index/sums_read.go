package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
)

// The sums of a segment of time by period and wallet. A period is numbered by the local time
// of its beginning.
var readSums = func() string {
	var sums []string
	for _, c := range sumColumns {
		sums = append(sums, "cast(sum("+c+") as bigint)")
	}
	return "select (at + ?) / ? as period, wallet, " + strings.Join(sums, ", ") + " from " + sumsTable +
		" where app = ? and currency = ? and span = ? and at >= ? and at < ? group by 1, 2"
}()

// Sums returns the sums of each period and wallet in which something happened, the oldest
// first.
//
// Faults: Invalid; Unavailable.
func (x *Index) Sums(ctx context.Context, q SumsQuery) ([]Sums, error) {
	const op = "index.Sums"
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if q.Step != "" && q.Step != Hourly && q.Step != Daily {
		return nil, fault.InvalidField(op, "step", "must be hour or day")
	}
	var found []Sums
	err := x.read(ctx, op, func(tx Tx) error {
		found = nil
		p, err := loadProgress(ctx, tx, q.App)
		if err != nil || p.app == 0 {
			return err
		}
		for _, s := range q.segments() {
			if err := s.read(ctx, tx, p.app, &q, &found); err != nil {
				return err
			}
		}
		return nil
	})
	return slices.DeleteFunc(merge(found), func(s Sums) bool { return s.empty() }), err
}

// segment is a time in which the zone has one offset from UTC. All are in seconds.
type segment struct{ from, to, offset int64 }

// segments cuts the time of a query where the offset of its zone changes.
func (q *SumsQuery) segments() (found []segment) {
	from, to := floor(q.From.Unix(), quarter), floor(q.To.Unix(), quarter)
	for from < to {
		local := time.Unix(from, 0).In(q.Zone)
		_, offset := local.Zone()
		end := to
		if _, change := local.ZoneBounds(); !change.IsZero() {
			end = min(end, max(floor(change.Unix(), quarter), from+quarter))
		}
		found = append(found, segment{from, end, floor(int64(offset), quarter)})
		from = end
	}
	return found
}

// span returns the longest span whose rows make up the segment and its periods.
func (s segment) span() int64 {
	if s.from%hour == 0 && s.to%hour == 0 && s.offset%hour == 0 {
		return hour
	}
	return quarter
}

// length returns the length of a period in seconds. One period of the whole time is longer
// than any segment.
func (q *SumsQuery) length() int64 {
	switch q.Step {
	case Hourly:
		return hour
	case Daily:
		return 24 * hour
	}
	return 1 << 50
}

func (s segment) read(ctx context.Context, tx Tx, app int64, q *SumsQuery, found *[]Sums) error {
	args := []any{s.offset, q.length(), app, string(q.Currency), s.span(), s.from, s.to}
	return tx.Query(ctx, readSums, one(args...), func(_ int, row Row) error {
		var period int64
		var sums Sums
		dest := append([]any{&period, &sums.Wallet}, sums.numbers()...)
		if err := row.Scan(dest...); err != nil {
			return err
		}
		if q.Wallet == "" || q.Wallet == sums.Wallet {
			sums.From, sums.To = q.period(period, s.offset)
			*found = append(*found, sums)
		}
		return nil
	})
}

// numbers returns the fields of the measures, in their order.
func (s *Sums) numbers() []any {
	list := []any{
		&s.Created, &s.Paid, &s.Failed, &s.Canceled, &s.Expired, &s.Voided, &s.Taken, &s.Refunded, &s.Reversed, &s.Fees,
	}
	for i := range s.ToPaid {
		list = append(list, &s.ToPaid[i])
	}
	return list
}

// period returns the time of a period. A day has 23 or 25 hours where the clock changes.
func (q *SumsQuery) period(n, offset int64) (from, to time.Time) {
	switch q.Step {
	case Hourly:
		from = time.Unix(n*hour-offset, 0)
		return from.In(q.Zone), from.Add(time.Hour).In(q.Zone)
	case Daily:
		y, m, d := time.Unix(n*24*hour, 0).UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, q.Zone), time.Date(y, m, d+1, 0, 0, 0, 0, q.Zone)
	}
	return time.Unix(floor(q.From.Unix(), quarter), 0).In(q.Zone), time.Unix(floor(q.To.Unix(), quarter), 0).In(q.Zone)
}

// merge adds sums of the same period and wallet, which come from segments of one day.
func merge(list []Sums) []Sums {
	slices.SortStableFunc(list, func(a, b Sums) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Wallet, b.Wallet))
	})
	var merged []Sums
	for _, s := range list {
		if n := len(merged); n > 0 && merged[n-1].From.Equal(s.From) && merged[n-1].Wallet == s.Wallet {
			merged[n-1].add(&s)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// empty reports whether all that was counted was taken back.
func (s *Sums) empty() bool { return *s == Sums{From: s.From, To: s.To, Wallet: s.Wallet} }

func (s *Sums) add(t *Sums) {
	to, from := s.numbers(), t.numbers()
	for i := range to {
		*to[i].(*int64) += *from[i].(*int64)
	}
}
