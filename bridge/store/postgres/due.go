package postgres

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// leased is a due order as it was claimed, and when it had been due.
type leased struct {
	rows.Record
	wallet, id string
	due        int64
}

// ClaimDueOrders returns orders whose DueAt has passed, those of each wallet longest
// waiting first, and moves their DueAt to now and lease. An order that is locked by a writer
// is skipped until the next call. A row that cannot be read does not keep the others from being
// looked at: it is an error only when it is alone.
//
// Faults: Unavailable; Unknown. A lease whose answer was lost ends by itself.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	const op = "store.ClaimDueOrders"
	until := now.Add(lease).UnixMilli()
	var due []leased
	wallets := slices.Sorted(maps.Keys(limits))
	most := make([]int64, len(wallets))
	for i, name := range wallets {
		most[i] = int64(max(limits[name], 0))
	}
	t := &task{op: op, text: claimDue, args: []any{now.UnixMilli(), wallets, most, until}}
	t.read = func(found pgx.Rows) (err error) {
		due, err = pgx.AppendRows(due[:0], found, collectLeased)
		t.rows = int64(len(due))
		return err
	}
	if err := s.writeAlone(ctx, t); err != nil {
		return nil, err
	}
	slices.SortFunc(due, func(a, b leased) int {
		return cmp.Or(cmp.Compare(a.wallet, b.wallet), cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id))
	})
	records := make([]rows.Record, len(due))
	for i := range due {
		records[i] = due[i].Record
		records[i].Schedule.DueAt = rows.FromMillis(until)
	}
	return rows.DecodeOrders(op, records)
}

func collectLeased(row pgx.CollectableRow) (l leased, err error) {
	var busy *int64
	err = row.Scan(&l.wallet, &l.due, &l.id, &l.Version, &l.Schedule.IdleQueries, &busy, &l.Doc)
	l.Schedule.BusyUntil = fromNullable(busy)
	return l, err
}

// Now is the time by the database's clock, for nodes whose own clocks differ.
//
// Faults: Unavailable.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	now, err := query(ctx, s, pgx.RowTo[time.Time], `select clock_timestamp()`)
	if err != nil {
		return time.Time{}, postgresFault("store.Now", err)
	}
	return now[0].UTC(), nil
}
