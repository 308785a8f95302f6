package postgres_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// What became of a message, a notification and a dead message is stored once, too, when
// the connection is lost meanwhile.
func TestWhatAPersonSeesIsStoredOnceWhenTheConnectionIsLost(t *testing.T) {
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			c, s, direct := behindCutter(t)
			order := storetest.NewOrder(t)
			order.Messages = []bridge.Message{{ID: "dlv_1", App: "shop", Endpoint: "hook", Order: order.Order.ID, Sequence: 1, CreatedAt: storetest.Epoch, RunAt: storetest.Epoch}}
			if _, err := s.CreateOrder(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			for i, status := range []store.DeliveryStatus{store.Undelivered, store.Dead} {
				cut(c)
				err := s.FinishMessage(t.Context(), "dlv_1", i, store.Delivery{Status: status, RunAt: storetest.Epoch, At: storetest.Epoch})
				wantMessage(t, direct, err, status, i+1)
			}
			k := bridge.Claim{Scope: "app:shop", Key: "dismiss", CreatedAt: storetest.Epoch, Answer: &bridge.Answer{Status: 200}}
			cut(c)
			held, err := s.DismissMessage(t.Context(), "shop", "dlv_1", storetest.Dismissal, &k)
			if held.Key != k.Key {
				t.Errorf("DismissMessage: got the claim %+v, want its own", held)
			}
			wantMessage(t, direct, err, store.Dismissed, 2)
			keepOnce(t, s, direct, func() { cut(c) })
		})
	}
}

func wantMessage(t *testing.T, s storetest.Store, err error, status store.DeliveryStatus, attempts int) {
	t.Helper()
	list, readErr := s.Deliveries(t.Context(), store.DeliveryQuery{App: "shop", ID: "dlv_1", Limit: 1})
	if err != nil || readErr != nil || len(list) != 1 || list[0].Status != status || list[0].Attempts != attempts {
		t.Errorf("the message: got %+v, %v, %v, want it %s after %d attempts", list, err, readErr, status, attempts)
	}
}

func keepOnce(t *testing.T, s, direct storetest.Store, cut func()) {
	t.Helper()
	item := store.InboxItem{ID: "ntf_1", Wallet: "sandbox", EventID: "e1", ReceivedAt: storetest.Epoch}
	cut()
	if err := s.KeepNotification(t.Context(), item); err != nil {
		t.Errorf("KeepNotification: got %v, want nil", err)
	}
	cut()
	if _, err := s.DismissNotification(t.Context(), "ntf_1", storetest.Dismissal); err != nil {
		t.Errorf("DismissNotification: got %v, want nil", err)
	}
	if got, err := direct.InboxItem(t.Context(), "ntf_1"); err != nil || got.Dismissal != storetest.Dismissal {
		t.Errorf("the notification: got %+v, %v, want it dismissed", got, err)
	}
}
