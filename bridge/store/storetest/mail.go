package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var mailTests = []test{
	{"messages come as they were written, oldest first", messagesInOrder},
	{"of each order the oldest message goes first", messagesGoInOrder},
	{"no two workers share a message", messagesAreLeased},
	{"a message that is dead or delivered is settled", messagesSettle},
}

func message(id bridge.OrderID, name string, sequence int64) bridge.Message {
	return bridge.Message{
		ID: name, App: "shop", Endpoint: "end_1", Order: id, Sequence: sequence, Type: bridge.OrderPaid,
		Body: []byte("{\"n\": 1}\n\x00\xff"), RunAt: Epoch.Add(time.Second),
	}
}

// messages are those of the shop that are neither delivered nor dead, oldest first.
func messages(t testing.TB, s Store) []bridge.Message {
	t.Helper()
	records, err := s.Deliveries(context.Background(), store.DeliveryQuery{App: "shop", Status: store.Undelivered, Limit: 100})
	if err != nil {
		t.Fatalf("Deliveries: got %v, want nil", err)
	}
	var list []bridge.Message
	for _, record := range slices.Backward(records) {
		list = append(list, record.Message)
	}
	return list
}

func messagesInOrder(t *testing.T, s Store) {
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
	same(t, "the messages", messages(t, s), []bridge.Message{first, second, third})
}

// fillOutbox writes two orders with two messages each.
func fillOutbox(t testing.TB, s Store) {
	t.Helper()
	for _, order := range []string{"a", "b"} {
		c := NewOrder(t)
		for i := range 2 {
			m := message(c.Order.ID, fmt.Sprint("dlv_", order, i), int64(i+1))
			m.CreatedAt = Epoch
			c.Messages = append(c.Messages, m)
		}
		create(t, s, c)
	}
}

func claimMail(t testing.TB, m Store, at time.Time, limit int) (ids []string) {
	t.Helper()
	list, err := m.ClaimMessages(context.Background(), "shop", "end_1", at, time.Minute, limit)
	if err != nil {
		t.Fatalf("ClaimMessages: got %v, want nil", err)
	}
	for _, message := range list {
		if !message.RunAt.Equal(at.Add(time.Minute)) || !message.CreatedAt.Equal(Epoch) || len(message.Body) == 0 {
			t.Errorf("claimed %+v, leased until %v", message, at.Add(time.Minute))
		}
		ids = append(ids, message.ID)
	}
	return ids
}

// finish stores the outcome of a message's first attempt.
func finish(t testing.TB, m Store, id string, outcome store.Delivery) {
	t.Helper()
	finishAttempt(t, m, id, 0, outcome)
}

func finishAttempt(t testing.TB, m Store, id string, attempt int, outcome store.Delivery) {
	t.Helper()
	if err := m.FinishMessage(context.Background(), id, attempt, outcome); err != nil {
		t.Fatalf("FinishMessage: got %v, want nil", err)
	}
}

func messagesGoInOrder(t *testing.T, s Store) {
	m, at := s, Epoch.Add(time.Minute)
	fillOutbox(t, s)
	same(t, "before their time", claimMail(t, m, Epoch, 10), nil)
	same(t, "the first of each order", claimMail(t, m, at, 10), []string{"dlv_a0", "dlv_b0"})
	same(t, "while these are under way", claimMail(t, m, at, 10), nil)
	finish(t, m, "dlv_a0", store.Delivery{Status: store.Delivered})
	same(t, "when one of them was taken", claimMail(t, m, at, 10), []string{"dlv_a1"})
	finish(t, m, "dlv_b0", store.Delivery{Status: store.Undelivered, RunAt: at.Add(time.Hour)})
	same(t, "when the other waits for its next attempt", claimMail(t, m, at.Add(59*time.Second), 10), nil)
	finish(t, m, "dlv_a1", store.Delivery{Status: store.Delivered})
	same(t, "an hour later", claimMail(t, m, at.Add(time.Hour), 10), []string{"dlv_b0"})
}

func messagesAreLeased(t *testing.T, s Store) {
	m, at := s, Epoch.Add(time.Minute)
	fillOutbox(t, s)
	same(t, "the first worker's", claimMail(t, m, at, 1), []string{"dlv_a0"})
	same(t, "the second worker's", claimMail(t, m, at, 1), []string{"dlv_b0"})
	same(t, "when the leases have ended", claimMail(t, m, at.Add(time.Minute), 10), []string{"dlv_a0", "dlv_b0"})
}

func messagesSettle(t *testing.T, s Store) {
	m, at := s, Epoch.Add(time.Minute)
	fillOutbox(t, s)
	finish(t, m, "dlv_a0", store.Delivery{Status: store.Dead, Note: "the endpoint answered 500"})
	finish(t, m, "dlv_b0", store.Delivery{Status: store.Delivered})
	var left []string
	for _, message := range messages(t, s) {
		left = append(left, message.ID)
	}
	same(t, "messages that are still tried", left, []string{"dlv_a1", "dlv_b1"})
	same(t, "the orders go on", claimMail(t, m, at, 10), []string{"dlv_a1", "dlv_b1"})
	err := m.FinishMessage(context.Background(), "dlv_nobody's", 0, store.Delivery{Status: store.Delivered})
	wantKind(t, "FinishMessage", err, fault.NotFound)
}
