package sqlstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// The statements of the inbox.
const (
	pgInsertInbox = `insert into inbox (id, wallet, event_id, request_id, payment_id, order_id, event, body, reason, confirm,
		received_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (wallet, event_id) do nothing`
	pgDeleteInbox     = `delete from inbox where wallet = $1 and event_id = $2`
	pgReadInboxItem   = readInbox + ` where id = $1`
	pgReadInboxWallet = `select wallet from inbox where id = $1`
	pgDismissInbox    = `update inbox set dismissed_by = $1, dismissed_note = $2, dismissed_at = $3
		where id = $4 and dismissed_at is null`
)

// KeepNotification stores a notification. The same wallet and event id are kept once, as
// they first came.
//
// Faults: Conflict when another notification has its id; Unavailable; Unknown.
func (s *Postgres) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	return s.write(ctx, &task{
		op: "sqlstore.KeepNotification", lock: item.Wallet + "\x00" + item.EventID, text: pgInsertInbox, args: inboxColumns(&item),
	})
}

// Inbox returns the notifications that are kept for an order, oldest first.
//
// Faults: Unavailable.
func (s *Postgres) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]bridge.InboxItem, error) {
	what := inboxSearch(id, keys)
	if what == nil {
		return nil, nil
	}
	return pgListOf(ctx, s, "sqlstore.Inbox", what, collectInboxItem)
}

func collectInboxItem(row pgx.CollectableRow) (item bridge.InboxItem, err error) {
	var confirm int64
	var receivedAt, dismissedAt *int64
	d := &item.Dismissal
	err = row.Scan(&item.ID, &item.Wallet, &item.EventID, &item.Order, &item.RequestID, &item.PaymentID, &item.Event, &item.Body,
		&item.Reason, &confirm, &receivedAt, &d.By, &d.Note, &dismissedAt)
	for _, text := range []*string{&item.ID, &item.Wallet, &item.EventID, &item.RequestID, &item.PaymentID, &item.Reason, &d.By, &d.Note} {
		*text = original(*text)
	}
	item.Confirm, item.ReceivedAt, d.At = confirm != 0, fromNullable(receivedAt), fromNullable(dismissedAt)
	return item, err
}

// InboxItem returns one notification, dismissed or not.
//
// Faults: NotFound; Unavailable.
func (s *Postgres) InboxItem(ctx context.Context, id string) (bridge.InboxItem, error) {
	const op = "sqlstore.InboxItem"
	list, err := query(ctx, s, collectInboxItem, pgReadInboxItem, id)
	return onlyItem(op, list, postgresFault(op, err))
}

// InboxItems returns notifications of some wallets, the newest first.
//
// Faults: NotFound when Before is no item of these wallets; Unavailable.
func (s *Postgres) InboxItems(ctx context.Context, q bridge.InboxQuery) ([]bridge.InboxItem, error) {
	const op = "sqlstore.InboxItems"
	if q.Before != "" {
		wallets, err := query(ctx, s, func(row pgx.CollectableRow) (name string, err error) {
			err = row.Scan(&name)
			return original(name), err
		}, pgReadInboxWallet, q.Before)
		if err := checkBefore(op, &q, wallets, postgresFault(op, err)); err != nil {
			return nil, err
		}
	}
	if len(q.Wallets) == 0 {
		return nil, nil
	}
	return pgListOf(ctx, s, op, pgInboxItemsSearch(&q), collectInboxItem)
}

func pgInboxItemsSearch(q *bridge.InboxQuery) *search {
	return inboxItemsSearch(q, func(string) string { return "" })
}

// ForgetNotification deletes a notification that was applied.
//
// Faults: Unavailable; Unknown.
func (s *Postgres) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	return s.write(ctx, &task{
		op: "sqlstore.ForgetNotification", lock: wallet + "\x00" + eventID, text: pgDeleteInbox,
		args: []any{wallet, eventID},
	})
}

// DismissNotification marks a notification as dealt with by a person. The first
// dismissal stays.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Postgres) DismissNotification(ctx context.Context, id string, d bridge.Dismissal) (bridge.InboxItem, error) {
	const op = "sqlstore.DismissNotification"
	t := &task{op: op, lock: id, text: pgDismissInbox, args: []any{d.By, d.Note, millis(d.At), id}}
	if err := s.write(ctx, t); err != nil {
		return bridge.InboxItem{}, err
	}
	return s.InboxItem(ctx, id)
}
