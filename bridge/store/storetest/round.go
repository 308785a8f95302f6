package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// Round calls every method of a store once. It is for a store that has passed the suite
// and is reached in another way.
func Round(t *testing.T, s Store) {
	ctx := context.Background()
	c := withKey(t, "k1")
	same(t, "the claim", claimed(t, s, c), *c.Claim)
	same(t, "the claim that is held", claimed(t, s, withKey(t, "k1")), *c.Claim)
	id := c.Order.ID
	update(t, s, id, func(u *bridge.Change) {
		fill(u)
		u.Messages = append(u.Messages, message(id, "dlv_2", 3))
		u.Messages[1].RunAt = time.Time{}
		u.Answer = &bridge.KeyAnswer{Scope: c.Claim.Scope, Key: c.Claim.Key, Answer: bridge.Answer{Status: 201, Body: []byte{0, 255}}}
	})
	replays(t, s, id)
	same(t, "the messages", messages(t, s)[1:], []bridge.Message{{
		ID: "dlv_2", App: "shop", Endpoint: "end_1", Order: id, Sequence: 3, Type: bridge.OrderPaid, Body: message(id, "", 0).Body,
	}})
	if owner, err := s.OrderByPaymentID(ctx, filledKey); err != nil || owner != id {
		t.Errorf("OrderByPaymentID: got %s, %v, want %s", owner, err, id)
	}
	if held, err := s.HeldClaim(ctx, c.Claim.Scope, "k1"); err != nil || held.Subject != string(id) {
		t.Errorf("HeldClaim: got %+v, %v, want that of %s", held, err, id)
	}
	if held, err := s.Claim(ctx, claim("k1", id)); err != nil || held.Answer == nil || string(held.Answer.Body) != "\x00\xff" {
		t.Errorf("Claim: got %+v, %v, want the one that is answered", held, err)
	}
	if list := claimDue(t, s, Epoch.Add(time.Hour), 10); len(list) != 1 {
		t.Errorf("due orders: got %d, want 1", len(list))
	}
	inboxOnce(t, s)
	inboxPages(t, s)
	restored(t, s)
	pings(t, s)
	roundOfLists(t, s)
	roundOfRegistry(t, s)
	if err := s.Prune(ctx, Epoch.Add(time.Hour)); err != nil {
		t.Errorf("Prune: got %v, want nil", err)
	}
}

// roundOfLists reads each list with each filter that is a query of its own.
func roundOfLists(t *testing.T, s Store) {
	id := refunded(t, s, "lists", wallet.RefundPending, wallet.RefundFailed)
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1234)
		Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.LatePayment})
		m := message(id, "dlv_l", c.Order.Sequence)
		m.App = "lists"
		c.Messages = []bridge.Message{m}
		c.PaymentIDs = []bridge.PaymentKey{{Wallet: "sandbox", PaymentID: "W-list"}}
	})
	for _, q := range []store.OrderQuery{
		{}, {Status: wallet.Paid, Wallet: "sandbox", From: Epoch}, {Reference: "R-1"}, {Attention: store.AnyAttention},
		{Attention: string(bridge.LatePayment)}, {WalletPaymentID: "W-list"},
	} {
		q.App, q.Limit = "lists", 10
		same(t, "orders", listed(t, s, q), []bridge.OrderID{id})
		q.Before = id
		same(t, "orders behind the last", listed(t, s, q), nil)
	}
	for _, q := range []store.RefundQuery{{}, {Order: id}, {Status: wallet.RefundPending}} {
		q.App, q.Limit, q.Before = "lists", 10, id.RefundID(2)
		same(t, "refunds", refundIDs(t, s, q), []string{id.RefundID(1)})
	}
	finish(t, s, "dlv_l", store.Delivery{Status: store.Undelivered, At: Epoch})
	replay := answered("replay", "")
	if _, err := s.ReplayMessage(context.Background(), "lists", "dlv_l", Epoch, &replay); err != nil {
		t.Errorf("ReplayMessage: got %v, want nil", err)
	}
	finish(t, s, "dlv_l", store.Delivery{Status: store.Dead, At: Epoch})
	dismissal := answered("dismiss", "")
	if _, err := s.DismissMessage(context.Background(), "lists", "dlv_l", Dismissal, &dismissal); err != nil {
		t.Errorf("DismissMessage: got %v, want nil", err)
	}
	again := answered("replay again", "")
	if _, err := s.ReplayMessage(context.Background(), "lists", "dlv_l", Epoch, &again); err != nil {
		t.Errorf("ReplayMessage: got %v, want nil", err)
	}
	for _, q := range []store.DeliveryQuery{{}, {ID: "dlv_l"}, {Order: id}, {Endpoint: "end_1"}, {Status: store.Undelivered}} {
		q.App, q.Limit = "lists", 10
		same(t, "deliveries", recordIDs(t, s, q), []string{"dlv_l"})
	}
	(&Follower{App: "lists", Limit: 2}).Until(t, s, len(events(t, s, id)))
}

func roundOfRegistry(t *testing.T, s Store) {
	endpointUpdatedOncePerKeyOf(t, s, "round")
	apiKeys(t, s)
	agreementAnsweredOf(t, s, "round agreement")
	if _, err := s.DueEndpoints(context.Background(), Epoch); err != nil {
		t.Errorf("DueEndpoints: got %v, want nil", err)
	}
}
