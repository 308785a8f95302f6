package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// leased is a due order as it was claimed, and when it had been due.
type leased struct {
	record
	id  string
	due int64
}

// ClaimDueOrders returns orders whose DueAt has passed, the longest waiting first,
// and moves their DueAt to now and lease. An order that somebody is writing is left
// for the next time. A row that cannot be read does not keep the others from being
// looked at: it is an error only when it is alone.
//
// Faults: Unavailable; Unknown. Leases that were taken for nobody end by themselves.
func (s *Postgres) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]bridge.Order, error) {
	const op = "sqlstore.ClaimDueOrders"
	until := now.Add(lease).UnixMilli()
	var due []leased
	t := &task{op: op, text: pgClaimDue, args: []any{now.UnixMilli(), int64(max(limit, 0)), until}}
	t.read = func(found pgx.Rows) (err error) {
		due, err = pgx.AppendRows(due[:0], found, collectLeased)
		t.rows = int64(len(due))
		return err
	}
	if err := s.writeAlone(ctx, t); err != nil {
		return nil, err
	}
	slices.SortFunc(due, func(a, b leased) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) })
	records := make([]record, len(due))
	for i := range due {
		records[i] = due[i].record
		records[i].schedule.DueAt = fromMillis(until)
	}
	return decodeOrders(op, records)
}

func collectLeased(row pgx.CollectableRow) (l leased, err error) {
	var busy *int64
	err = row.Scan(&l.due, &l.id, &l.version, &l.schedule.Looks, &busy, &l.doc)
	l.schedule.BusyUntil = fromNullable(busy)
	return l, err
}

// NextDue is the earliest DueAt of all orders; zero when none is due.
func (s *Postgres) NextDue(ctx context.Context) (time.Time, error) {
	next, err := query(ctx, s, pgx.RowTo[int64], pgReadNextDue)
	if err != nil || len(next) == 0 {
		return time.Time{}, postgresFault("sqlstore.NextDue", err)
	}
	return fromMillis(next[0]), nil
}

// OpenWallets returns the wallets of the newest payments of orders that have a DueAt,
// each once. It reads all of these orders' rows.
//
// Faults: Unavailable.
func (s *Postgres) OpenWallets(ctx context.Context) ([]string, error) {
	names, err := query(ctx, s, pgx.RowTo[string], pgReadOpenWallets)
	return names, postgresFault("sqlstore.OpenWallets", err)
}

// Now is the time by the database's clock, for nodes whose own clocks differ.
//
// Faults: Unavailable.
func (s *Postgres) Now(ctx context.Context) (time.Time, error) {
	now, err := query(ctx, s, pgx.RowTo[time.Time], `select clock_timestamp()`)
	if err != nil {
		return time.Time{}, postgresFault("sqlstore.Now", err)
	}
	return now[0].UTC(), nil
}
