package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
)

// ClaimDueOrders returns orders whose DueAt has passed, the longest waiting first,
// and moves their DueAt to now and lease. A row that cannot be read does not keep
// the others from being looked at: it is an error only when it is alone.
func (s *Store) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]bridge.Order, error) {
	const op = "sqlstore.ClaimDueOrders"
	var due []record
	until := now.Add(lease).UnixMilli()
	err := s.writer.do(ctx, op, func(w *conn) (err error) {
		due, err = leaseOrders(w, now.UnixMilli(), until, int64(limit))
		return err
	})
	if err != nil {
		return nil, err
	}
	return decodeOrders(op, due)
}

func leaseOrders(w *conn, now, until, limit int64) ([]record, error) {
	var due []record
	var rowids []int64
	err := w.each(selectDue, func(row []driver.Value) {
		rowid, _ := row[0].(int64)
		rowids = append(rowids, rowid)
		due = append(due, dueRecord(row, until))
	}, now, limit)
	for i := 0; err == nil && i < len(rowids); i++ {
		_, err = w.exec(leaseDue, until, rowids[i])
	}
	return due, err
}

func dueRecord(row []driver.Value, until int64) record {
	version, _ := row[1].(int64)
	looks, _ := row[2].(int64)
	doc, _ := row[4].(string)
	return record{
		version: version + 1,
		schedule: bridge.Schedule{
			DueAt: fromMillis(until), Looks: int(looks), BusyUntil: fromMillis(row[3]),
		},
		doc: []byte(doc),
	}
}

func decodeOrders(op string, list []record) ([]bridge.Order, error) {
	var failed error
	orders := make([]bridge.Order, 0, len(list))
	for i := range list {
		o, err := list[i].order(op)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		orders = append(orders, o)
	}
	if len(orders) > 0 {
		return orders, nil
	}
	return nil, failed
}

// NextDue is the earliest DueAt of all orders; zero when none is due.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	const op = "sqlstore.NextDue"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return time.Time{}, asFault(op, err)
	}
	var ms int64
	switch err := s.reader.QueryRowContext(ctx, readNextDue).Scan(&ms); {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, asFault(op, err)
	}
	return fromMillis(ms), nil
}

// OpenWallets returns the wallets of the newest payments of orders that have a DueAt,
// each once. It reads all of these orders' rows.
//
// Faults: Unavailable.
func (s *Store) OpenWallets(ctx context.Context) ([]string, error) {
	return listOf(ctx, s, "sqlstore.OpenWallets", newSearch(readOpenWallets), scanText)
}
