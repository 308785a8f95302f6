package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

var mailTests = []test{
	{"messages come as they were written, oldest first", messagesInOrder},
	{"messages are read page by page", messagePages},
	{"a notification is kept once", inboxOnce},
}

func message(id bridge.OrderID, name string, sequence int64) bridge.Message {
	return bridge.Message{
		ID: name, App: "shop", Endpoint: "end_1", Order: id, Sequence: sequence, Type: bridge.OrderPaid,
		Body: []byte("{\"n\": 1}\n\x00\xff"), RunAt: Epoch.Add(time.Second),
	}
}

func messages(t testing.TB, s bridge.Store, after string, limit int) []bridge.Message {
	t.Helper()
	list, err := s.Messages(context.Background(), after, limit)
	if err != nil {
		t.Fatalf("Messages: got %v, want nil", err)
	}
	return list
}

func messagesInOrder(t *testing.T, s bridge.Store) {
	c := NewOrder(t)
	first := message(c.Order.ID, "dlv_9", 1)
	c.Messages = []bridge.Message{first}
	id := create(t, s, c)
	second, third := message(id, "dlv_5", 2), message(id, "dlv_1", 3)
	third.RunAt = time.Time{}
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1)
		AddPaid(c, 2)
		c.Messages = []bridge.Message{second, third}
	})
	same(t, "the messages", messages(t, s, "", 10), []bridge.Message{first, second, third})
}

func messagePages(t *testing.T, s bridge.Store) {
	const total = 7
	for i := range total {
		c := NewOrder(t)
		c.Messages = []bridge.Message{message(c.Order.ID, fmt.Sprint("dlv_", i), 1)}
		create(t, s, c)
	}
	after, seen := "", 0
	for page := messages(t, s, after, 3); len(page) > 0; page = messages(t, s, after, 3) {
		for _, m := range page {
			if want := fmt.Sprint("dlv_", seen); m.ID != want {
				t.Errorf("message %d: got %s, want %s", seen, m.ID, want)
			}
			after = m.ID
			seen++
		}
	}
	if seen != total {
		t.Errorf("messages over all pages: got %d, want %d", seen, total)
	}
}

func inboxOnce(t *testing.T, s bridge.Store) {
	item := bridge.InboxItem{
		Wallet: "sandbox", EventID: "e1", RequestID: "R1", PaymentID: "W1",
		Body: []byte{0, 1, 255}, ReceivedAt: Epoch,
	}
	for _, change := range []func(){
		func() {},
		func() { item.Body = []byte("again") },
		func() { item.Wallet, item.Body, item.ReceivedAt = "other", nil, time.Time{} },
	} {
		change()
		if err := s.KeepNotification(context.Background(), item); err != nil {
			t.Errorf("KeepNotification: got %v, want nil", err)
		}
	}
}
