package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// ClaimMessages returns messages of one endpoint that are due, of each order only the
// oldest that is not settled, and moves their RunAt to now and lease.
func (s *Store) ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error) {
	var claimed []bridge.Message
	until := now.Add(lease).UnixMilli()
	err := s.writer.do(ctx, "store.ClaimMessages", func(w *conn) (err error) {
		claimed, err = leaseMessages(w, app, endpoint, now.UnixMilli(), until, int64(limit))
		return err
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

func leaseMessages(w *conn, app, endpoint string, now, until, limit int64) ([]bridge.Message, error) {
	var claimed []bridge.Message
	var positions []int64
	err := w.each(selectMessages, func(row []driver.Value) {
		position, _ := row[0].(int64)
		positions = append(positions, position)
		claimed = append(claimed, dueMessage(row[1:], until))
	}, app, endpoint, now, limit)
	for i := 0; err == nil && i < len(positions); i++ {
		_, err = w.exec(leaseMessage, until, positions[i])
	}
	return claimed, err
}

// dueMessage is a row of the outbox, leased.
func dueMessage(row []driver.Value, until int64) bridge.Message {
	text := func(i int) string { s, _ := row[i].(string); return s }
	number := func(i int) int64 { n, _ := row[i].(int64); return n }
	body, _ := row[6].([]byte)
	return bridge.Message{
		ID: text(0), App: text(1), Endpoint: text(2), Order: bridge.OrderID(text(3)), Sequence: number(4),
		Type: bridge.EventType(text(5)), Body: append([]byte(nil), body...),
		CreatedAt: rows.FromMillis(row[7]), RunAt: rows.FromMillis(until), Attempts: int(number(9)),
	}
}
