package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

var surveyTests = []test{
	{"open work is counted with its age", surveyCounts},
	{"a survey reads no more than its limit", surveyLimit},
}

// survey surveys the shop an hour after Epoch. A store that is no Surveyor skips the test.
func survey(t *testing.T, s Store, limit int) store.Survey {
	t.Helper()
	surveyor, ok := s.(store.Surveyor)
	if !ok {
		t.Skip("the store is no Surveyor")
	}
	got, err := surveyor.Survey(context.Background(), Epoch.Add(time.Hour), []string{"shop", "kiosk"}, limit)
	if err != nil {
		t.Fatalf("Survey: got %v, want nil", err)
	}
	return got
}

func surveyCounts(t *testing.T, s Store) {
	createAt(t, s, "shop", time.Second, func(c *bridge.Change) { c.Order.DueAt = Epoch.Add(2 * time.Hour) })
	createAt(t, s, "shop", 0, func(c *bridge.Change) { c.Order.DueAt = Epoch.Add(time.Minute) })
	createAt(t, s, "kiosk", 0, func(c *bridge.Change) { c.Order.DueAt = time.Time{} })
	ended := createAt(t, s, "kiosk", 0, func(c *bridge.Change) {
		c.Order.Status, c.Order.Closed, c.Order.DueAt = wallet.Expired, wallet.Expired, Epoch.Add(2*time.Hour)
	})
	for _, why := range []bridge.Attention{bridge.LatePayment, bridge.ForeignRefund} {
		update(t, s, ended, func(c *bridge.Change) { Add(c, bridge.OrderAttention, bridge.EventData{Attention: why}) })
	}
	keep(t, s, notification(1), notification(2))
	if _, err := s.DismissNotification(context.Background(), notification(1).ID, store.Dismissal{By: "me", Note: "seen", At: Epoch}); err != nil {
		t.Fatal(err)
	}
	fillOutbox(t, s)
	refunded(t, s, "mall", wallet.RefundWaiting, wallet.RefundFailed, wallet.RefundPending, wallet.RefundSucceeded, wallet.RefundPending)
	want := store.Survey{
		Orders:    map[store.OpenOrders]store.Tally{{App: "shop", Status: wallet.Created}: {Count: 4, Oldest: Epoch}},
		Due:       map[string]store.Tally{"": {Count: 3, Oldest: Epoch.Add(5 * time.Second)}, "sandbox": {Count: 1, Oldest: Epoch.Add(5 * time.Second)}},
		Attention: map[store.FlaggedOrders]int{{App: "kiosk", Why: bridge.LatePayment}: 1, {App: "kiosk", Why: bridge.ForeignRefund}: 1},
		Inbox:     map[string]int{"sandbox": 1},
		Outbox:    map[store.OpenMessages]store.Tally{{App: "shop", Status: store.Undelivered}: {Count: 4, Oldest: Epoch}},
		Refunds: map[store.OpenRefunds]time.Time{
			{App: "mall", Status: wallet.RefundWaiting}: Epoch, {App: "mall", Status: wallet.RefundPending}: Epoch,
		},
	}
	if diff := cmp.Diff(want, survey(t, s, 100)); diff != "" {
		t.Errorf("the survey (-want +got):\n%s", diff)
	}
}

func surveyLimit(t *testing.T, s Store) {
	for range 3 {
		create(t, s, NewOrder(t))
	}
	keep(t, s, notification(1), notification(2), notification(3))
	fillOutbox(t, s)
	got := survey(t, s, 2)
	if n := got.Orders[store.OpenOrders{App: "shop", Status: wallet.Created}].Count; n != 2 {
		t.Errorf("orders: got %d, want 2", n)
	}
	if n := got.Inbox["sandbox"]; n != 2 {
		t.Errorf("inbox: got %d, want 2", n)
	}
	if n := got.Outbox[store.OpenMessages{App: "shop", Status: store.Undelivered}].Count; n != 2 {
		t.Errorf("outbox: got %d, want 2", n)
	}
}
