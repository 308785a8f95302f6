package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var inboxTests = []test{
	{"a notification is kept once", inboxOnce},
	{"a notification is read as it was kept", inboxAsKept},
	{"a notification with another one's id is refused", inboxSameID},
	{"a notification is found by its order until it is forgotten", inboxOfAnOrder},
	{"a notification is found by its payment's id at its wallet", inboxOfAPayment},
	{"a notification that is dismissed stays so and is found no more", inboxDismissed},
	{"notifications of some wallets are listed newest first", inboxPages},
	{"a notification that cannot be stored is an error", inboxRefused},
}

// Dismissal is one to the store's precision.
var Dismissal = store.Dismissal{By: "operator:ann", Note: "seen <&> done", At: Epoch.Add(90 * time.Minute)}

// notificationID is the nth id: they sort by n.
func notificationID(n int) string { return fmt.Sprintf("ntf_01KAGD3Z8Q9M5X7T2V4B6N%04d", n) }

// notification is one of the sandbox, received n seconds after Epoch.
func notification(n int) store.InboxItem {
	return store.InboxItem{
		ID: notificationID(n), Wallet: "sandbox", EventID: fmt.Sprint("e", 9-n), RequestID: "R1", PaymentID: fmt.Sprint("W", n),
		Event: []byte(`{"n":1}`), Body: []byte{0, 1, 255}, Reason: "no such order", Confirm: n%2 == 1,
		ReceivedAt: Epoch.Add(time.Duration(n) * time.Second),
	}
}

func keep(t testing.TB, s Store, items ...store.InboxItem) {
	t.Helper()
	for _, item := range items {
		if err := s.KeepNotification(context.Background(), item); err != nil {
			t.Fatalf("KeepNotification(%s): got %v, want nil", item.ID, err)
		}
	}
}

func wantInbox(t testing.TB, s Store, what string, id bridge.OrderID, keys []bridge.PaymentKey, want ...store.InboxItem) {
	t.Helper()
	got, err := s.Inbox(context.Background(), id, keys)
	if err != nil {
		t.Fatalf("Inbox: got %v, want nil", err)
	}
	same(t, what, got, want)
}

func wantItem(t testing.TB, s Store, want store.InboxItem) {
	t.Helper()
	got, err := s.InboxItem(context.Background(), want.ID)
	if err != nil {
		t.Fatalf("InboxItem: got %v, want nil", err)
	}
	for _, item := range []*store.InboxItem{&got, &want} {
		if len(item.Event) == 0 { // none, however it is written
			item.Event = nil
		}
	}
	same(t, "the notification", got, want)
}

func inboxOnce(t *testing.T, s Store) {
	first := notification(1)
	again, foreign := notification(2), notification(3)
	again.EventID, again.Body = first.EventID, []byte("again")
	foreign.Wallet, foreign.EventID, foreign.Body, foreign.ReceivedAt = "other", first.EventID, nil, time.Time{}
	keep(t, s, first, first, again, foreign)
	wantItem(t, s, first)
	_, err := s.InboxItem(context.Background(), again.ID)
	wantKind(t, "the same event again", err, fault.NotFound)
	got, err := s.InboxItem(context.Background(), foreign.ID)
	if err != nil || got.Wallet != "other" || !got.ReceivedAt.IsZero() || len(got.Body) != 0 {
		t.Errorf("the same event id at another wallet: got %+v, %v, want it kept", got, err)
	}
}

func inboxAsKept(t *testing.T, s Store) {
	full, unread := notification(1), notification(2)
	full.Order, full.Reason = "ord_01KAGD3Z8Q9M5X7T2V4B6N0001", "odd \x00 \xff bytes"
	full.ReceivedAt = Epoch.Add(1234567 * time.Microsecond).In(time.FixedZone("there", 3600))
	unread.Event = []byte{}
	unread.Dismissal = Dismissal // is not the wallet's to say
	keep(t, s, full, unread)
	full.ReceivedAt, unread.Dismissal = Epoch.Add(1234*time.Millisecond), store.Dismissal{}
	if got, err := s.InboxItem(context.Background(), full.ID); err != nil || got.Reason != full.Reason {
		t.Errorf("InboxItem: got reason %q, %v, want %q", got.Reason, err, full.Reason)
	}
	wantItem(t, s, full)
	wantItem(t, s, unread)
	_, err := s.InboxItem(context.Background(), notificationID(3))
	wantKind(t, "InboxItem", err, fault.NotFound)
}

// inboxSameID checks that an id is not reused: a lost notification is lost money.
func inboxSameID(t *testing.T, s Store) {
	first, second := notification(1), notification(2)
	second.ID = first.ID
	keep(t, s, first)
	wantKind(t, "KeepNotification", s.KeepNotification(context.Background(), second), fault.Conflict)
	wantItem(t, s, first)
}

func inboxOfAnOrder(t *testing.T, s Store) {
	ctx, id := context.Background(), NewOrder(t).Order.ID
	first, second, other := notification(1), notification(2), notification(3)
	first.Order, second.Order = id, id
	keep(t, s, second, other, first)
	wantInbox(t, s, "the order's notifications", id, nil, first, second)
	wantInbox(t, s, "those of no order", "", nil)
	for range 2 {
		if err := s.ForgetNotification(ctx, first.Wallet, first.EventID); err != nil {
			t.Fatalf("ForgetNotification: got %v, want nil", err)
		}
	}
	wantInbox(t, s, "the order's notifications when one is forgotten", id, nil, second)
	_, err := s.InboxItem(ctx, first.ID)
	wantKind(t, "one that is forgotten", err, fault.NotFound)
	keep(t, s, first)
	wantInbox(t, s, "when it comes again", id, nil, first, second)
}

func inboxOfAPayment(t *testing.T, s Store) {
	id := NewOrder(t).Order.ID
	byOrder, byPayment, another, nameless := notification(1), notification(2), notification(3), notification(4)
	byOrder.Order = id
	another.Wallet, another.PaymentID = "other", byPayment.PaymentID
	nameless.PaymentID = ""
	keep(t, s, nameless, another, byPayment, byOrder)
	key := func(walletName, paymentID string) bridge.PaymentKey {
		return bridge.PaymentKey{Wallet: walletName, PaymentID: paymentID}
	}
	wantInbox(t, s, "by one key", "", []bridge.PaymentKey{key("sandbox", "W2")}, byPayment)
	wantInbox(t, s, "by the order and keys", id, []bridge.PaymentKey{key("sandbox", "W2"), key("other", "W2"), key("sandbox", "W1")},
		byOrder, byPayment, another)
	wantInbox(t, s, "by keys that nothing has", "", []bridge.PaymentKey{key("other", "W1"), key("sandbox", ""), key("", "")})
}

func inboxDismissed(t *testing.T, s Store) {
	ctx, id := context.Background(), NewOrder(t).Order.ID
	item, other := notification(1), notification(2)
	item.Order, other.Order = id, id
	keep(t, s, item, other)
	item.Dismissal = Dismissal
	later := store.Dismissal{By: "another", At: Epoch.Add(24 * time.Hour)}
	for i, d := range []store.Dismissal{{By: Dismissal.By, Note: Dismissal.Note, At: Dismissal.At.Add(time.Microsecond)}, later} {
		got, err := s.DismissNotification(ctx, item.ID, d)
		if err != nil {
			t.Fatalf("dismissal %d: got %v, want nil", i, err)
		}
		same(t, "the notification dismissed", got, item)
	}
	wantItem(t, s, item)
	wantInbox(t, s, "the order's", id, []bridge.PaymentKey{{Wallet: item.Wallet, PaymentID: item.PaymentID}}, other)
	again := item
	again.ID, again.Dismissal = notificationID(3), store.Dismissal{}
	keep(t, s, again)
	wantItem(t, s, item)
	wantInbox(t, s, "the order's when the event comes again", id, nil, other)
	_, err := s.DismissNotification(ctx, notificationID(9), Dismissal)
	wantKind(t, "DismissNotification", err, fault.NotFound)
}

func inboxPages(t *testing.T, s Store) {
	ctx := context.Background()
	const first = 50 // beside what else the store holds
	var wanted, dismissed []string
	for n := first + 6; n >= first; n-- {
		item := notification(n)
		item.EventID, item.Wallet = fmt.Sprint("p", n), []string{"one", "two", "three"}[n%3]
		keep(t, s, item)
		switch {
		case item.Wallet == "three":
		case n == first+1 || n == first+4:
			if _, err := s.DismissNotification(ctx, item.ID, Dismissal); err != nil {
				t.Fatalf("DismissNotification: got %v, want nil", err)
			}
			dismissed = append(dismissed, item.ID)
		default:
			wanted = append(wanted, item.ID)
		}
	}
	list := func(q store.InboxQuery) (ids []string) {
		t.Helper()
		page, err := s.InboxItems(ctx, q)
		if err != nil {
			t.Fatalf("InboxItems(%+v): got %v, want nil", q, err)
		}
		for _, item := range page {
			wantItem(t, s, item)
			ids = append(ids, item.ID)
		}
		return ids
	}
	wallets := []string{"one", "two"}
	same(t, "all", list(store.InboxQuery{Wallets: wallets, Limit: 10}), wanted)
	same(t, "those dismissed", list(store.InboxQuery{Wallets: wallets, Dismissed: true, Limit: 10}), dismissed)
	same(t, "a page", list(store.InboxQuery{Wallets: wallets, Limit: 1}), wanted[:1])
	same(t, "the next", list(store.InboxQuery{Wallets: wallets, Before: wanted[0], Limit: 10}), wanted[1:])
	for _, q := range []store.InboxQuery{{Limit: 10}, {Wallets: []string{"nobody's"}, Limit: 10}, {Wallets: wallets}, {Wallets: wallets, Limit: -1}} {
		same(t, "none", list(q), nil)
	}
	for _, before := range []string{notificationID(first + 3), notificationID(9999), "\x00\xff"} { // the first is of wallet three
		_, err := s.InboxItems(ctx, store.InboxQuery{Wallets: wallets, Before: before, Limit: 10})
		wantKind(t, "behind "+before, err, fault.NotFound)
	}
}

// inboxRefused checks that a notification is acknowledged only when it is stored.
func inboxRefused(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	wantKind(t, "KeepNotification", s.KeepNotification(ctx, notification(1)), fault.Unavailable)
	_, err := s.InboxItem(context.Background(), notificationID(1))
	wantKind(t, "the notification", err, fault.NotFound)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	wantKind(t, "KeepNotification after Close", s.KeepNotification(context.Background(), notification(1)), fault.Unavailable)
}
