package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// A new webhook endpoint received nothing of what other nodes committed in the next
// two seconds: they sent to the endpoints that they had read before.
func TestANewEndpointReceivesTheNextCommitOfEveryNode(t *testing.T) {
	w := newWorld(t)
	other := w.node(0) // has read the endpoints, of which there are none
	o := w.create()
	endpoint := store.Endpoint{ID: "whe_new", App: "shop", URL: "https://shop.test/new", Secret: "sealed", CreatedAt: w.clock.Now()}
	if _, err := w.store.AddEndpoint(w.ctx, endpoint, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Cancel(w.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	fresh, err := other.CreateOrder(w.ctx, oneLatte(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Canceled, 0, "")
	messages, err := w.store.ClaimMessages(w.ctx, "shop", endpoint.ID, w.clock.Now(), time.Minute, 9)
	if err != nil {
		t.Fatal(err)
	}
	events := map[bridge.OrderID]bridge.EventType{}
	for _, m := range messages {
		events[m.Order] = m.Type
	}
	if len(events) != 2 || events[o.ID] != bridge.OrderCanceled || events[fresh.Subject.ID] != bridge.OrderPending {
		t.Errorf("the new endpoint received %v, want the cancel of one order and the payment of the next", events)
	}
}
