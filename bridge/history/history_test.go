package history

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// refundedLog are the events of an order that is paid, refunded in part, and reversed.
func refundedLog() []bridge.Event {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	paid := bridge.Payment{Number: 1, Wallet: "w", Status: wallet.Paid, RequestID: "R", Paid: 1000, CreatedAt: at, PaidAt: at}
	reversed := paid
	reversed.Reversed, reversed.ReversedAt = 300, at.Add(time.Hour)
	list := []bridge.Event{
		{Type: bridge.OrderCreated, Data: bridge.EventData{Order: &bridge.Order{
			ID: "ord_1", App: "shop", Status: wallet.Created, Amount: wallet.Money{Minor: 1000, Currency: "USD"}, CreatedAt: at,
		}}},
		{Type: bridge.OrderPaid, Data: bridge.EventData{Payment: &paid}},
		{Type: bridge.RefundSucceeded, Data: bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 200, CreatedAt: at,
		}}},
		{Type: bridge.OrderAttention, Data: bridge.EventData{Payment: &reversed, Attention: bridge.PaymentReversed}},
	}
	for i := range list {
		list[i].Order, list[i].Sequence, list[i].At = "ord_1", int64(i+1), at.Add(time.Duration(i)*time.Minute)
	}
	return list
}

func TestASnapshotAtAnyEventReplaysToTheSameOrder(t *testing.T) {
	log := refundedLog()
	want := text(t, bridge.Replay(log))
	for at := range len(log) + 1 {
		for next := at; next <= len(log); next++ {
			stored := reread(t, Snapshot{}.Advance(log[:at]...))
			again := reread(t, stored.Advance(log[at:next]...))
			h := History{Snapshot: &again, Events: log[next:]}
			if got := text(t, h.Replay()); got != want {
				t.Errorf("a snapshot at %d and at %d:\n got %s\nwant %s", at, next, got, want)
			}
			if h.Archived() != int64(next) || !h.Ended().Equal(log[1].At) {
				t.Errorf("a snapshot at %d and at %d: archived up to %d and ended at %s", at, next, h.Archived(), h.Ended())
			}
		}
	}
}

func TestASnapshotIsNotChangedByTheEventsThatFollowIt(t *testing.T) {
	log := refundedLog()
	s := Snapshot{}.Advance(log[:2]...)
	before := text(t, s)
	s.Advance(log[2:]...)
	if after := text(t, s); after != before {
		t.Errorf("got %s\nwant %s", after, before)
	}
}

func TestOnlyASettledOrderIsArchivable(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	settled := func() bridge.Order { return bridge.Replay(refundedLog()[:3]) }
	if o := settled(); !Archivable(&o, now) {
		t.Error("a settled order: got false, want true")
	}
	for what, edit := range map[string]func(*bridge.Order){
		"a status query is due":      func(o *bridge.Order) { o.DueAt = now.Add(time.Hour) },
		"a call is under way":        func(o *bridge.Order) { o.BusyUntil = now.Add(time.Second) },
		"it is not final":            func(o *bridge.Order) { o.Status = wallet.Pending },
		"a payment is open":          func(o *bridge.Order) { o.Payments[0].Status = wallet.Pending },
		"the wallet holds money":     func(o *bridge.Order) { o.Payments[0].LateHold = true },
		"a capture is open":          func(o *bridge.Order) { o.Payments[0].Operation = new(bridge.Operation) },
		"a refund is open":           func(o *bridge.Order) { o.RefundOpen = 1 },
		"a person has to look at it": func(o *bridge.Order) { o.Flags = []bridge.Flag{{Why: bridge.LatePayment}} },
	} {
		o := settled()
		edit(&o)
		if Archivable(&o, now) {
			t.Errorf("%s: got true, want false", what)
		}
	}
}

// reread is a snapshot as it is stored and read again.
func reread(t *testing.T, s Snapshot) (again Snapshot) {
	t.Helper()
	if err := json.Unmarshal([]byte(text(t, s)), &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
