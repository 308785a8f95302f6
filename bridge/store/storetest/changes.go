package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var changeTests = []test{
	{"events come in order and without gaps", eventsInOrder},
	{"the events replay to the order byte for byte", replayEqualsRow},
	{"an empty change writes nothing and returns the order", emptyChange},
	{"a change of the schedule alone leaves the order as it is", scheduleAlone},
	{"an error from change leaves nothing behind", failingChange},
	{"a panic in change leaves nothing behind", panickingChange},
	{"a duplicate event leaves nothing of its change behind", duplicateEvent},
	{"a duplicate message leaves nothing of its change behind", duplicateMessage},
	{"a wallet's payment id leads to its first order", paymentIDs},
}

func eventsInOrder(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1); AddPaid(c, 2); AddPaid(c, 3) })
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 4) })
	replays(t, s, id)
	after, err := s.Events(context.Background(), id, 3)
	if err != nil || len(after) != 2 || after[0].Sequence != 4 || after[1].Sequence != 5 {
		t.Errorf("events after 3: got %+v, %v, want sequences 4 and 5", after, err)
	}
	if none, err := s.Events(context.Background(), id, 5); err != nil || len(none) != 0 {
		t.Errorf("events after the last: got %d, %v, want none and no error", len(none), err)
	}
}

func replayEqualsRow(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	odd := wallet.Money{Minor: 999, Currency: "IQD"}
	got := update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1234)
		Add(c, bridge.RefundPending, bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: wallet.RefundPending, RequestID: "F1", Amount: 34, CreatedAt: Epoch,
		}})
		Add(c, bridge.RefundSucceeded, bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: wallet.RefundSucceeded, RequestID: "F1", Amount: 34, CreatedAt: Epoch,
		}})
		Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.AmountMismatch, Observed: &odd, Hint: "9000"})
	})
	if got.Paid != 1234 || got.Refunded != 34 || text(t, got.Attention()) != `["amount_mismatch"]` {
		t.Fatalf("the order: got %d paid, %d refunded, attention %q", got.Paid, got.Refunded, got.Attention())
	}
	same(t, "what UpdateOrder returns", got, order(t, s, id))
	replays(t, s, id)
	if seen := events(t, s, id)[4].Data.Observed; seen == nil || *seen != odd {
		t.Errorf("the amount observed: got %v, want %v", seen, odd)
	}
}

func emptyChange(t *testing.T, s Store) {
	c := NewOrder(t)
	id := create(t, s, c)
	got := update(t, s, id, func(*bridge.Change) {})
	same(t, "the order", got, c.Order)
	if n := len(events(t, s, id)); n != 1 {
		t.Errorf("events: got %d, want 1", n)
	}
}

func scheduleAlone(t *testing.T, s Store) {
	c := NewOrder(t)
	id := create(t, s, c)
	want := bridge.Schedule{DueAt: Epoch.Add(time.Hour), IdleQueries: 2, BusyUntil: Epoch.Add(time.Minute)}
	update(t, s, id, func(c *bridge.Change) { c.Order.Schedule = want })
	got := order(t, s, id)
	same(t, "the order", got, c.Order)
	if got.Schedule != want {
		t.Errorf("the schedule: got %+v, want %+v", got.Schedule, want)
	}
	if update(t, s, id, func(c *bridge.Change) { AddPaid(c, 1) }).Schedule != want {
		t.Error("a change without a new schedule lost the old one")
	}
}

func failingChange(t *testing.T, s Store) {
	c := NewOrder(t)
	id := create(t, s, c)
	refusal := errors.New("refused")
	got, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		fill(c)
		return refusal
	})
	if err != refusal {
		t.Errorf("UpdateOrder: got %v, want the very error that change returned", err)
	}
	same(t, "the order returned beside the error", got, c.Order)
	untouched(t, s, c)
}

func panickingChange(t *testing.T, s Store) {
	c := NewOrder(t)
	id := create(t, s, c)
	func() {
		defer func() {
			if p := recover(); p != "bad" {
				t.Errorf("the panic that reaches the caller: got %v, want bad", p)
			}
		}()
		_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
			fill(c)
			panic("bad")
		})
		t.Errorf("UpdateOrder returned %v instead of passing on the panic", err)
	}()
	untouched(t, s, c)
	update(t, s, id, func(c *bridge.Change) { AddPaid(c, 5) })
}

func duplicateEvent(t *testing.T, s Store) {
	refusedChange(t, s, func(c *bridge.Change) { c.Events[0].Sequence = 1 })
}

func duplicateMessage(t *testing.T, s Store) {
	refusedChange(t, s, func(c *bridge.Change) { c.Messages = append(c.Messages, c.Messages[0]) })
}

// refusedChange checks that nothing is left of a change that cannot be stored.
func refusedChange(t *testing.T, s Store, spoil func(*bridge.Change)) {
	t.Helper()
	c := NewOrder(t)
	id := create(t, s, c)
	_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		fill(c)
		spoil(c)
		return nil
	})
	wantKind(t, "UpdateOrder", err, fault.Conflict)
	untouched(t, s, c)
}

var filledKey = bridge.PaymentKey{Wallet: "sandbox", PaymentID: "W1"}

// fill puts something of every kind into a change.
func fill(c *bridge.Change) {
	AddPaid(c, 1)
	c.Order.DueAt = Epoch.Add(time.Hour)
	c.Messages = []bridge.Message{message(c.Order.ID, "dlv_1", 2)}
	c.PaymentIDs = []bridge.PaymentKey{filledKey}
}

// untouched checks that nothing of fill was stored.
func untouched(t testing.TB, s Store, c *bridge.Change) {
	t.Helper()
	got := order(t, s, c.Order.ID)
	same(t, "the order", got, c.Order)
	if got.Schedule != c.Order.Schedule {
		t.Errorf("the schedule: got %+v, want %+v", got.Schedule, c.Order.Schedule)
	}
	same(t, "its events", events(t, s, c.Order.ID), c.Events)
	if list := messages(t, s); len(list) != 0 {
		t.Errorf("messages: got %d, want none", len(list))
	}
	_, err := s.OrderByPaymentID(context.Background(), filledKey)
	wantKind(t, "OrderByPaymentID", err, fault.NotFound)
}

func paymentIDs(t *testing.T, s Store) {
	first, second := create(t, s, NewOrder(t)), create(t, s, NewOrder(t))
	for _, id := range []bridge.OrderID{first, first, second} {
		update(t, s, id, func(c *bridge.Change) {
			AddPaid(c, c.Order.Paid+1)
			c.PaymentIDs = []bridge.PaymentKey{filledKey}
		})
	}
	got, err := s.OrderByPaymentID(context.Background(), filledKey)
	if err != nil || got != first {
		t.Errorf("OrderByPaymentID: got %s, %v, want %s", got, err, first)
	}
	_, err = s.OrderByPaymentID(context.Background(), bridge.PaymentKey{Wallet: "other", PaymentID: filledKey.PaymentID})
	wantKind(t, "the same id at another wallet", err, fault.NotFound)
}
