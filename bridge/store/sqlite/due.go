package sqlite

import (
	"context"
	"database/sql/driver"
	"maps"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// ClaimDueOrders returns orders whose DueAt has passed, those of each wallet longest
// waiting first, and moves their DueAt to now and lease. A row that cannot be read does not
// keep the others from being returned: it is an error only when it is alone.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	const op = "store.ClaimDueOrders"
	var due []rows.Record
	until := now.Add(lease).UnixMilli()
	err := s.writer.do(ctx, op, func(w *conn) error {
		due = nil
		for _, wallet := range slices.Sorted(maps.Keys(limits)) {
			claimed, err := leaseOrders(w, wallet, now.UnixMilli(), until, int64(max(limits[wallet], 0)))
			if err != nil {
				return err
			}
			due = append(due, claimed...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rows.DecodeOrders(op, due)
}

func leaseOrders(w *conn, wallet string, now, until, limit int64) ([]rows.Record, error) {
	var due []rows.Record
	var rowids []int64
	err := w.each(selectDue, func(row []driver.Value) {
		rowid, _ := row[0].(int64)
		rowids = append(rowids, rowid)
		due = append(due, dueRecord(row, until))
	}, wallet, now, limit)
	for i := 0; err == nil && i < len(rowids); i++ {
		_, err = w.exec(leaseDue, until, rowids[i])
	}
	return due, err
}

func dueRecord(row []driver.Value, until int64) rows.Record {
	version, _ := row[1].(int64)
	idleQueries, _ := row[2].(int64)
	doc, _ := row[4].(string)
	return rows.Record{
		Version: version + 1,
		Schedule: bridge.Schedule{
			DueAt: rows.FromMillis(until), IdleQueries: int(idleQueries), BusyUntil: rows.FromMillis(row[3]),
		},
		Doc: []byte(doc),
	}
}
