package storetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Epoch is when the orders of the suite are made: to the millisecond, in UTC.
var Epoch = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)

// NewOrder returns the creation of an order as the engine would hand it to a store.
func NewOrder(t testing.TB) *bridge.Change {
	t.Helper()
	id, err := bridge.NewOrderID(Epoch, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := bridge.Order{
		ID: id, App: "shop", Status: wallet.Created, Amount: wallet.Money{Minor: 1234, Currency: "USD"},
		Description: "Two teas & a <cake>", Reference: "R-1",
		Items:    []wallet.Item{{SKU: "tea", Name: "Tea", Quantity: 2, Amount: wallet.Money{Minor: 1234, Currency: "USD"}}},
		Payer:    bridge.Payer{ID: "2088", Wallet: "sandbox"},
		Metadata: map[string]string{"table": "7", "branch": "north", "cashier": "Zoë"},
		Channel:  wallet.MiniProgram, CreatedAt: Epoch, ExpiresAt: Epoch.Add(15 * time.Minute), Sequence: 1,
		Schedule: bridge.Schedule{DueAt: Epoch.Add(5 * time.Second)},
	}
	c := bridge.NewChange(o)
	c.Events = []bridge.Event{{
		Order: id, Sequence: 1, Type: bridge.OrderCreated, At: Epoch, Source: bridge.FromClient,
		Data: bridge.EventData{Order: &o},
	}}
	return c
}

// Add appends an event to c and lets it change the order, as the engine does.
func Add(c *bridge.Change, kind bridge.EventType, data bridge.EventData) {
	before := c.Order
	e := bridge.Event{
		Order: before.ID, Sequence: before.Sequence + 1, Type: kind,
		At: Epoch.Add(time.Duration(before.Sequence) * time.Second), Source: bridge.FromNotification, Data: data,
	}
	start := bridge.Event{Sequence: before.Sequence, Data: bridge.EventData{Order: &before}}
	c.Order = bridge.Replay([]bridge.Event{start, e})
	c.Order.Schedule = before.Schedule
	c.Events = append(c.Events, e)
}

// AddPaid appends an event after which the order's one payment has brought this much.
func AddPaid(c *bridge.Change, minor int64) {
	at := Epoch.Add(time.Minute)
	Add(c, bridge.PaymentUpdated, bridge.EventData{Payment: &bridge.Payment{
		Number: 1, Wallet: "sandbox", Status: wallet.Paid, RequestID: "R1", WalletPaymentID: "W1",
		Paid: minor, CreatedAt: Epoch, PaidAt: at, Code: "SUCCESS",
	}})
}

// Stored stores a new order.
func Stored(t testing.TB, s Store) bridge.OrderID {
	t.Helper()
	return create(t, s, NewOrder(t))
}

func create(t testing.TB, s Store, c *bridge.Change) bridge.OrderID {
	t.Helper()
	if _, err := s.CreateOrder(context.Background(), c); err != nil {
		t.Fatalf("CreateOrder: got %v, want nil", err)
	}
	return c.Order.ID
}

func createDue(t testing.TB, s Store, at time.Time) bridge.OrderID {
	t.Helper()
	c := NewOrder(t)
	c.Order.DueAt = at
	return create(t, s, c)
}

func order(t testing.TB, s Store, id bridge.OrderID) bridge.Order {
	t.Helper()
	o, err := s.Order(context.Background(), id)
	if err != nil {
		t.Fatalf("Order: got %v, want nil", err)
	}
	return o
}

func events(t testing.TB, s Store, id bridge.OrderID) []bridge.Event {
	t.Helper()
	list, err := s.Events(context.Background(), id, 0)
	if err != nil {
		t.Fatalf("Events: got %v, want nil", err)
	}
	return list
}

func update(t testing.TB, s Store, id bridge.OrderID, change func(c *bridge.Change)) bridge.Order {
	t.Helper()
	o, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
		change(c)
		return nil
	})
	if err != nil {
		t.Fatalf("UpdateOrder: got %v, want nil", err)
	}
	return o
}

// same compares by JSON, the form in which an order is stored.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	g, w := text(t, got), text(t, want)
	if g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantKind(t testing.TB, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error, want %s", what, want)
	} else if got := fault.KindOf(err); got != want {
		t.Errorf("%s: got %s (%v), want %s", what, got, err, want)
	}
}
