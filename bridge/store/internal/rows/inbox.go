package rows

import (
	"context"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

const (
	readInbox = `select id, wallet, event_id, order_id, request_id, payment_id, event, body, reason, confirm, received_at,
		dismissed_by, dismissed_note, dismissed_at from inbox`
	insertInbox = `insert into inbox (id, wallet, event_id, order_id, request_id, payment_id, event, body, reason, confirm,
		received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (wallet, event_id) do nothing`
	deleteInbox  = `delete from inbox where wallet = ? and event_id = ?`
	dismissInbox = `update inbox set dismissed_by = ?, dismissed_note = ?, dismissed_at = ?
		where id = ? and dismissed_at is null`
)

// inboxFields returns the parts of a notification in the order of insertInbox, then those
// of its dismissal.
func inboxFields(i *store.InboxItem) (item, dismissal []any) {
	return []any{
			&i.ID, &i.Wallet, &i.EventID, (*string)(&i.Order), &i.RequestID, &i.PaymentID, &i.Event, &i.Body, &i.Reason,
			flag{&i.Confirm}, instant{&i.ReceivedAt},
		}, []any{
			&i.Dismissal.By, &i.Dismissal.Note, instant{&i.Dismissal.At},
		}
}

func scanInboxItem(row Row) (i store.InboxItem, err error) {
	item, dismissal := inboxFields(&i)
	err = row.Scan(append(item, dismissal...)...)
	return i, err
}

// KeepNotification stores a notification. The same wallet and event id are kept once, as
// they first came.
//
// Faults: Conflict when another notification has its id; Unavailable; Unknown.
func (r *Resources) KeepNotification(ctx context.Context, i store.InboxItem) error {
	item, _ := inboxFields(&i)
	args, err := storedAll(nil, item)
	if err == nil {
		_, err = r.db.Exec(ctx, &Statement{
			Op: "store.KeepNotification", Lock: i.Wallet + "\x00" + i.EventID, Text: insertInbox, Args: args,
		})
	}
	return err
}

// shortInbox is how many conditions a prepared query of the inbox may have: an order with one
// payment has two or three, and each status query reads its inbox.
const shortInbox = 3

// Inbox returns the notifications that are kept for an order, oldest first.
//
// Faults: Unavailable.
func (r *Resources) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]store.InboxItem, error) {
	var names []string
	var args []any
	if id != "" {
		names, args = append(names, "order_id = ?"), append(args, string(id))
	}
	for _, key := range keys {
		if key.PaymentID != "" {
			names, args = append(names, "payment_id = ? and wallet = ?"), append(args, key.PaymentID, key.Wallet)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	q := NewSearch(readInbox+" where dismissed_at is null and ("+strings.Join(names, " or ")+")"+
		" order by received_at, event_id, wallet", args...)
	q.Short = len(names) <= shortInbox
	return readAll(ctx, r, "store.Inbox", q, scanInboxItem)
}

// InboxItem returns one notification, dismissed or not.
//
// Faults: NotFound; Unavailable.
func (r *Resources) InboxItem(ctx context.Context, id string) (store.InboxItem, error) {
	return readOne(ctx, r, "store.InboxItem", "notification", NewSearch(readInbox+" where id = ?", id), scanInboxItem)
}

// InboxItems returns notifications of some wallets, the newest first.
//
// Faults: NotFound when Before is no item of these wallets; Unavailable.
func (r *Resources) InboxItems(ctx context.Context, q store.InboxQuery) ([]store.InboxItem, error) {
	const op = "store.InboxItems"
	before := lastID
	if q.Before != "" {
		before = q.Before
		wallet, err := readOne(ctx, r, op, entryBefore, NewSearch("select wallet from inbox where id = ?", before), scanValue[string])
		if err == nil && !slices.Contains(q.Wallets, wallet) {
			err = NotFound(op, entryBefore)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(q.Wallets) == 0 {
		return nil, nil
	}
	return readAll(ctx, r, op, r.inboxPage(&q, before), scanInboxItem)
}

func (r *Resources) inboxPage(q *store.InboxQuery, before string) *Search {
	index, dismissed := "inbox_open", "dismissed_at is null"
	if q.Dismissed {
		index, dismissed = "inbox_dismissed", "dismissed_at is not null"
	}
	s := NewSearch(readInbox+r.dialect.hint(index)+" where "+dismissed+" and id < ?", before).Add(" and wallet in (")
	for i, name := range q.Wallets {
		s.Add(strings.Repeat(", ", min(i, 1))+"?", name)
	}
	return s.Add(") order by id desc limit ?", PageSize(q.Limit))
}

// ForgetNotification deletes a notification that was applied.
//
// Faults: Unavailable; Unknown.
func (r *Resources) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	_, err := r.db.Exec(ctx, &Statement{
		Op: "store.ForgetNotification", Lock: wallet + "\x00" + eventID, Text: deleteInbox, Args: []any{wallet, eventID},
	})
	return err
}

// DismissNotification marks a notification as dealt with by a person. The first
// dismissal stays.
//
// Faults: NotFound; Unavailable; Unknown.
func (r *Resources) DismissNotification(ctx context.Context, id string, d store.Dismissal) (store.InboxItem, error) {
	args := []any{d.By, d.Note, Millis(d.At), id}
	_, err := r.db.Exec(ctx, &Statement{Op: "store.DismissNotification", Lock: id, Text: dismissInbox, Args: args})
	if err != nil {
		return store.InboxItem{}, err
	}
	return r.InboxItem(ctx, id)
}
