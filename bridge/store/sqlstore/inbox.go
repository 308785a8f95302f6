package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// inboxColumns are the values of insertInbox.
func inboxColumns(item *bridge.InboxItem) []any {
	return []any{
		item.ID, item.Wallet, item.EventID, item.RequestID, item.PaymentID, string(item.Order),
		blob(item.Event), blob(item.Body), item.Reason, bit(item.Confirm), millis(item.ReceivedAt),
	}
}

// inboxSearch finds what is kept for an order, by its id or by a payment's. It is nil
// when there is nothing to search by.
func inboxSearch(id bridge.OrderID, keys []bridge.PaymentKey) *search {
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
		return nil
	}
	return newSearch(readInbox+" where dismissed_at is null and ("+strings.Join(names, " or ")+")", args...).
		add(" order by received_at, event_id, wallet")
}

// inboxItemsSearch is a page of the notifications of some wallets. hint names an index,
// where the database needs to be told.
func inboxItemsSearch(q *bridge.InboxQuery, hint func(index string) string) *search {
	index, dismissed := "inbox_open", "dismissed_at is null"
	if q.Dismissed {
		index, dismissed = "inbox_dismissed", "dismissed_at is not null"
	}
	before := lastID
	if q.Before != "" {
		before = q.Before
	}
	s := newSearch(readInbox+hint(index)+" where "+dismissed+" and id < ?", before).add(" and wallet in (")
	for i, name := range q.Wallets {
		s.add(strings.Repeat(", ", min(i, 1))+"?", name)
	}
	return s.add(") order by id desc limit ?", pageSize(q.Limit))
}

func indexedBy(index string) string { return " indexed by " + index }

// KeepNotification stores a notification. The same wallet and event id are kept once, as
// they first came.
//
// Faults: Conflict when another notification has its id; Unavailable; Unknown.
func (s *Store) KeepNotification(ctx context.Context, item bridge.InboxItem) error {
	return s.writer.do(ctx, "sqlstore.KeepNotification", func(w *conn) error {
		_, err := w.exec(insertInbox, inboxColumns(&item)...)
		return err
	})
}

// Inbox returns the notifications that are kept for an order, oldest first.
//
// Faults: Unavailable.
func (s *Store) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]bridge.InboxItem, error) {
	what := inboxSearch(id, keys)
	if what == nil {
		return nil, nil
	}
	return listOf(ctx, s, "sqlstore.Inbox", what, scanInboxItem)
}

func scanInboxItem(rows *sql.Rows) (bridge.InboxItem, error) {
	var row [14]any
	dest := make([]any, len(row))
	for i := range row {
		dest[i] = &row[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return bridge.InboxItem{}, err
	}
	return inboxItem(row[:]), nil
}

// inboxItem is a row of readInbox, of one handle or the other.
func inboxItem[V any](row []V) bridge.InboxItem {
	text := func(i int) string { s, _ := any(row[i]).(string); return s }
	bytes := func(i int) []byte { b, _ := any(row[i]).([]byte); return slices.Clone(b) }
	return bridge.InboxItem{
		ID: text(0), Wallet: text(1), EventID: text(2), Order: bridge.OrderID(text(3)), RequestID: text(4), PaymentID: text(5),
		Event: bytes(6), Body: bytes(7), Reason: text(8), Confirm: any(row[9]) == int64(1), ReceivedAt: fromMillis(row[10]),
		Dismissal: bridge.Dismissal{By: text(11), Note: text(12), At: fromMillis(row[13])},
	}
}

// InboxItem returns one notification, dismissed or not.
//
// Faults: NotFound; Unavailable.
func (s *Store) InboxItem(ctx context.Context, id string) (bridge.InboxItem, error) {
	const op = "sqlstore.InboxItem"
	list, err := listOf(ctx, s, op, newSearch(queries[selectInboxItem], id), scanInboxItem)
	return onlyItem(op, list, err)
}

func onlyItem(op string, list []bridge.InboxItem, err error) (bridge.InboxItem, error) {
	switch {
	case err != nil:
		return bridge.InboxItem{}, err
	case len(list) == 0:
		return bridge.InboxItem{}, fault.New(fault.NotFound, op, "There is no such notification.")
	}
	return list[0], nil
}

// InboxItems returns notifications of some wallets, the newest first.
//
// Faults: NotFound when Before is no item of these wallets; Unavailable.
func (s *Store) InboxItems(ctx context.Context, q bridge.InboxQuery) ([]bridge.InboxItem, error) {
	const op = "sqlstore.InboxItems"
	if q.Before != "" {
		wallets, err := listOf(ctx, s, op, newSearch(readInboxWallet, q.Before), scanText)
		if err := checkBefore(op, &q, wallets, err); err != nil {
			return nil, err
		}
	}
	if len(q.Wallets) == 0 {
		return nil, nil
	}
	return listOf(ctx, s, op, inboxItemsSearch(&q, indexedBy), scanInboxItem)
}

// checkBefore wants the notification that a page goes on behind to be of one of the
// wallets asked for. found is its wallet.
func checkBefore(op string, q *bridge.InboxQuery, found []string, err error) error {
	if err == nil && (len(found) == 0 || !slices.Contains(q.Wallets, found[0])) {
		err = fault.New(fault.NotFound, op, "The list has no such entry to go on behind.")
	}
	return err
}

// ForgetNotification deletes a notification that was applied.
//
// Faults: Unavailable; Unknown.
func (s *Store) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	return s.writer.do(ctx, "sqlstore.ForgetNotification", func(w *conn) error {
		_, err := w.exec(deleteInbox, wallet, eventID)
		return err
	})
}

// DismissNotification marks a notification as dealt with by a person. The first
// dismissal stays.
//
// Faults: NotFound; Unavailable; Unknown.
func (s *Store) DismissNotification(ctx context.Context, id string, d bridge.Dismissal) (item bridge.InboxItem, err error) {
	const op = "sqlstore.DismissNotification"
	err = s.writer.do(ctx, op, func(w *conn) error {
		if _, err := w.exec(dismissInbox, d.By, d.Note, millis(d.At), id); err != nil {
			return err
		}
		var list []bridge.InboxItem
		err := w.each(selectInboxItem, func(row []driver.Value) { list = append(list, inboxItem(row)) }, id)
		item, err = onlyItem(op, list, err)
		return err
	})
	return item, err
}
