package sqlstore

import (
	"context"
	"database/sql"

	"github.com/minitill/minitill/bridge"
)

// Messages returns messages of the outbox that are neither delivered nor dead, oldest
// first, beginning behind the one named after. When that one is gone, it begins with
// the oldest.
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
	var createdAt, runAt any
	err := rows.Scan(&m.ID, &m.App, &m.Endpoint, &m.Order, &m.Sequence, &m.Type, &m.Body, &createdAt, &runAt, &m.Attempts)
	m.CreatedAt, m.RunAt = fromMillis(createdAt), fromMillis(runAt)
	return m, err
}

// KeepNotification puts a notification into the inbox. The same wallet and event id
// are kept once, as they first came.
func (s *Store) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	return s.writer.do(ctx, "sqlstore.KeepNotification", func(w *conn) error {
		_, err := w.exec(insertInbox, item.Wallet, item.EventID, item.RequestID, item.PaymentID,
			string(item.Order), blob(item.Event), blob(item.Body), millis(item.ReceivedAt))
		return err
	})
}

// Inbox returns the notifications that were kept for an order, oldest first.
func (s *Store) Inbox(ctx context.Context, id bridge.OrderID) ([]bridge.InboxItem, error) {
	const op = "sqlstore.Inbox"
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	rows, err := s.reader.QueryContext(ctx, readInbox, string(id))
	if err != nil {
		return nil, asFault(op, err)
	}
	items, err := collect(rows, func() (bridge.InboxItem, error) {
		item := bridge.InboxItem{Order: id}
		var at any
		err := rows.Scan(&item.Wallet, &item.EventID, &item.RequestID, &item.PaymentID, &item.Event, &item.Body, &at)
		item.ReceivedAt = fromMillis(at)
		return item, err
	})
	return items, asFault(op, err)
}

// ForgetNotification takes a notification out of the inbox.
func (s *Store) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	return s.writer.do(ctx, "sqlstore.ForgetNotification", func(w *conn) error {
		_, err := w.exec(deleteInbox, wallet, eventID)
		return err
	})
}
