package sqlstore

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
)

// Messages returns messages of the outbox not yet delivered, oldest first, beginning
// behind the one named after. When that one is gone, it begins with the oldest.
func (s *Store) Messages(ctx context.Context, after string, limit int) ([]bridge.Message, error) {
	const op = "sqlstore.Messages"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	rows, err := s.reader.QueryContext(ctx, readMessages, after, limit)
	if err != nil {
		return nil, asFault(op, err)
	}
	list, err := collect(rows, func() (bridge.Message, error) { return scanMessage(rows) })
	return list, asFault(op, err)
}

func scanMessage(rows *sql.Rows) (bridge.Message, error) {
	var m bridge.Message
	var runAt any
	err := rows.Scan(&m.ID, &m.App, &m.Endpoint, &m.Order, &m.Sequence, &m.Type, &m.Body, &runAt)
	m.RunAt = fromMillis(runAt)
	return m, err
}

// KeepNotification puts a notification into the inbox. The same wallet and event id
// are kept once, as they first came.
func (s *Store) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	return s.writer.do(ctx, "sqlstore.KeepNotification", func(w *conn) error {
		_, err := w.exec(insertInbox, item.Wallet, item.EventID, item.RequestID, item.PaymentID,
			blob(item.Body), millis(item.ReceivedAt))
		return err
	})
}
