package index

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
)

const nextWallet = "select wallet from " + sumsTable + ` where app = ? and currency = ? and span = ? and wallet > ?
	order by wallet limit 1`

// readSums reads the rows of a span and a wallet between two times.
var readSums = "select at, " + strings.Join(sumColumns[:], ", ") + " from " + sumsTable +
	" where app = ? and currency = ? and span = ? and wallet = ? and at >= ? and at < ? order by at"

// readSum adds up such rows. Where there are none it returns zeros.
var readSum = func() string {
	var sums []string
	for _, c := range sumColumns {
		sums = append(sums, "cast(coalesce(sum("+c+"), 0) as bigint)")
	}
	return "select " + strings.Join(sums, ", ") + " from " + sumsTable + " where app = ? and currency = ? and span = ? and wallet = ? and at >= ? and at < ?"
}()

// MaxPeriods bounds the periods of sums: hours of a month, or days of two years.
const MaxPeriods = 750

// Sums returns the sums of each period and wallet in which something happened, the oldest
// first.
//
// Faults: Invalid for more than MaxPeriods; Unavailable.
func (x *Index) Sums(ctx context.Context, q SumsQuery) ([]Sums, error) {
	const op = "index.Sums"
	periods, err := q.periods()
	if err != nil {
		return nil, err
	}
	var found []Sums
	err = x.read(ctx, op, func(tx Tx) error {
		found = nil
		p, err := loadProgress(ctx, tx, q.App)
		if err != nil || p.app == 0 {
			return err
		}
		wallets, err := q.wallets(ctx, tx, p.app)
		if err != nil {
			return err
		}
		found, err = q.read(ctx, tx, &p, wallets, periods)
		return err
	})
	return found, err
}

// period is a time in seconds; from and to are those parts of it that are wanted.
type period struct{ begin, end, from, to int64 }

// periods returns the periods of a query: local days, which may have 23 or 25 hours, local
// hours, or one.
func (q *SumsQuery) periods() (found []period, err error) {
	const op = "index.Sums"
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	if q.Step != "" && q.Step != Hourly && q.Step != Daily {
		return nil, fault.InvalidField(op, "step", "must be hour or day")
	}
	from, to := floor(q.From.Unix(), quarter), floor(q.To.Unix(), quarter)
	for at := from; at < to; {
		if len(found) == MaxPeriods {
			return nil, fault.InvalidField(op, "from", "must be nearer to the end, or the step longer")
		}
		begin, end := from, to
		local := time.Unix(at, 0).In(zone)
		switch q.Step {
		case Hourly:
			_, offset := local.Zone()
			begin = floor(at+int64(offset), hour) - int64(offset)
			end = begin + hour
		case Daily:
			y, m, d := local.Date()
			begin, end = dayBegin(y, m, d, zone), dayBegin(y, m, d+1, zone)
		}
		if len(found) > 0 { // where the clock changes by half an hour
			begin = at
		}
		found = append(found, period{begin, end, at, min(to, end)})
		at = end
	}
	return found, nil
}

// dayBegin returns the first second of a day. Where the clock goes forward at midnight, that
// is an hour later, and time.Date returns the hour before.
func dayBegin(y int, m time.Month, d int, zone *time.Location) int64 {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if t.Hour() >= 12 {
		_, t = t.ZoneBounds()
	}
	return t.Unix()
}

// wallets returns the wallet of a query, or all that have sums.
func (q *SumsQuery) wallets(ctx context.Context, tx Tx, app int64) (names []string, err error) {
	if q.Wallet != "" {
		return []string{q.Wallet}, nil
	}
	names = []string{""} // of orders without a payment
	for {
		var next string
		err := tx.Query(ctx, nextWallet, one(app, string(q.Currency), day, names[len(names)-1]), func(_ int, row Row) error { return row.Scan(&next) })
		if err != nil || next == "" {
			return names, err
		}
		names = append(names, next)
	}
}

// run is a part of a period that rows of one span make up.
type run struct {
	span, from, to int64
	period         int
}

// cover returns the fewest rows that make up a time: days between hours between quarters.
func cover(from, to int64, spans ...int64) (runs []run) {
	if from >= to || len(spans) == 0 {
		return nil
	}
	span := spans[0]
	low, high := -floor(-from, span), floor(to, span)
	if low >= high {
		return cover(from, to, spans[1:]...)
	}
	runs = append(cover(from, low, spans[1:]...), run{span: span, from: low, to: high})
	return append(runs, cover(high, to, spans[1:]...)...)
}

// wholeDays parts the runs of periods that are whole days of the zone of local days from the
// other periods.
func (q *SumsQuery) wholeDays(zone string, periods []period) (days []run, rest []period) {
	if zone == "" || q.Step != Daily || zoneName(q.Zone) != zone {
		return nil, periods
	}
	rest = slices.Clone(periods)
	for i, p := range periods {
		if p.from == p.begin && p.to == p.end {
			days, rest[i] = append(days, run{localDay, p.from, p.to, i}), period{}
		}
	}
	return days, rest
}

// runsOf returns the runs of one span of all periods, in order.
func runsOf(periods []period, span int64) (runs []run) {
	for i, p := range periods {
		for _, r := range cover(p.from, p.to, day, hour, quarter) {
			if r.period = i; r.span == span {
				runs = append(runs, r)
			}
		}
	}
	return runs
}

// ranges joins runs into the ranges of rows that are read. One row that belongs to no run
// does not end a range: it costs less than another range.
func ranges(runs []run) (joined []run) {
	for _, r := range runs {
		if n := len(joined); n > 0 && r.from <= joined[n-1].to+r.span {
			joined[n-1].to = r.to
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// read adds up the rows of each period and wallet.
func (q *SumsQuery) read(ctx context.Context, tx Tx, of *progress, wallets []string, periods []period) ([]Sums, error) {
	all := make([]Sums, 0, len(periods)*len(wallets))
	for _, p := range periods {
		for _, name := range wallets {
			all = append(all, Sums{From: q.local(p.begin), To: q.local(p.end), Wallet: name})
		}
	}
	days, rest := q.wholeDays(of.zone, periods)
	if err := q.addRows(ctx, tx, of.app, wallets, days, all); err != nil {
		return nil, err
	}
	for _, span := range []int64{day, hour, quarter} {
		single, long := split(runsOf(rest, span))
		if err := q.addRows(ctx, tx, of.app, wallets, single, all); err != nil {
			return nil, err
		}
		if err := q.addLong(ctx, tx, of.app, wallets, long, all); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(s Sums) bool { return s.empty() }), nil
}

// split parts the runs of one row from longer ones. Rows of neighbouring periods are read
// together; the rows of one period are added up by the database, which costs a tenth of
// reading them.
func split(runs []run) (single, long []run) {
	for _, r := range runs {
		if r.to-r.from > r.span {
			long = append(long, r)
		} else {
			single = append(single, r)
		}
	}
	return single, long
}

// sets are the arguments of a statement for each run and wallet, the wallets of a run together.
func (q *SumsQuery) sets(app int64, wallets []string, runs []run) (sets [][]any) {
	for _, r := range runs {
		for _, name := range wallets {
			sets = append(sets, []any{app, string(q.Currency), r.span, name, r.from, r.to})
		}
	}
	return sets
}

// addRows adds the rows of runs that have one row each.
func (q *SumsQuery) addRows(ctx context.Context, tx Tx, app int64, wallets []string, runs []run, all []Sums) error {
	return tx.Query(ctx, readSums, q.sets(app, wallets, ranges(runs)), func(set int, row Row) error {
		var at int64
		var part Sums
		if err := row.Scan(append([]any{&at}, part.numbers()...)...); err != nil {
			return err
		}
		if i, found := runAt(runs, at); found {
			all[runs[i].period*len(wallets)+set%len(wallets)].add(&part)
		}
		return nil
	})
}

// addLong adds the sums of longer runs.
func (q *SumsQuery) addLong(ctx context.Context, tx Tx, app int64, wallets []string, runs []run, all []Sums) error {
	return tx.Query(ctx, readSum, q.sets(app, wallets, runs), func(set int, row Row) error {
		var part Sums
		if err := row.Scan(part.numbers()...); err != nil {
			return err
		}
		all[runs[set/len(wallets)].period*len(wallets)+set%len(wallets)].add(&part)
		return nil
	})
}

// runAt returns the run that a row belongs to.
func runAt(runs []run, at int64) (int, bool) {
	return slices.BinarySearchFunc(runs, at, func(r run, at int64) int {
		switch {
		case r.to <= at:
			return -1
		case r.from > at:
			return 1
		}
		return 0
	})
}

func (q *SumsQuery) local(seconds int64) time.Time {
	if q.Zone == nil {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Unix(seconds, 0).In(q.Zone)
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

// empty reports whether nothing was counted, or all of it was taken back.
func (s *Sums) empty() bool { return *s == Sums{From: s.From, To: s.To, Wallet: s.Wallet} }

func (s *Sums) add(t *Sums) {
	to, from := s.numbers(), t.numbers()
	for i := range to {
		*to[i].(*int64) += *from[i].(*int64)
	}
}
