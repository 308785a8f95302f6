package sqlstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// KeepNotification puts a notification into the inbox. The same wallet and event id
// are kept once, as they first came.
//
// Faults: Unavailable; Unknown.
func (s *Postgres) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	return s.write(ctx, &task{
		op: "sqlstore.KeepNotification", lock: item.Wallet + "\x00" + item.EventID, text: pgInsertInbox,
		args: []any{
			item.Wallet, item.EventID, item.RequestID, item.PaymentID, string(item.Order),
			blob(item.Event), blob(item.Body), millis(item.ReceivedAt),
		},
	})
}

// Inbox returns the notifications that were kept for an order, oldest first.
func (s *Postgres) Inbox(ctx context.Context, id bridge.OrderID) ([]bridge.InboxItem, error) {
	items, err := query(ctx, s, func(row pgx.CollectableRow) (bridge.InboxItem, error) {
		item := bridge.InboxItem{Order: id}
		var at *int64
		err := row.Scan(&item.Wallet, &item.EventID, &item.RequestID, &item.PaymentID, &item.Event, &item.Body, &at)
		for _, text := range []*string{&item.Wallet, &item.EventID, &item.RequestID, &item.PaymentID} {
			*text = original(*text)
		}
		item.ReceivedAt = fromNullable(at)
		return item, err
	}, pgReadInbox, string(id))
	return items, postgresFault("sqlstore.Inbox", err)
}

// ForgetNotification takes a notification out of the inbox.
func (s *Postgres) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	return s.write(ctx, &task{
		op: "sqlstore.ForgetNotification", lock: wallet + "\x00" + eventID, text: pgDeleteInbox,
		args: []any{wallet, eventID},
	})
}
