package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Round does everything a store can do once, on one store: what to ask of a store
// that is known to be right and is reached in another way.
func Round(t *testing.T, s bridge.Store) {
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
	same(t, "the messages", messages(t, s, "dlv_1", 10), []bridge.Message{{
		ID: "dlv_2", App: "shop", Endpoint: "end_1", Order: id, Sequence: 3, Type: bridge.OrderPaid, Body: message(id, "", 0).Body,
	}})
	if owner, err := s.OrderByPaymentID(ctx, filledKey); err != nil || owner != id {
		t.Errorf("OrderByPaymentID: got %s, %v, want %s", owner, err, id)
	}
	if held, err := s.Claim(ctx, claim("k1", id)); err != nil || held.Answer == nil || string(held.Answer.Body) != "\x00\xff" {
		t.Errorf("Claim: got %+v, %v, want the one that is answered", held, err)
	}
	if list := claimDue(t, s, Epoch.Add(time.Hour), 10); len(list) != 1 {
		t.Errorf("due orders: got %d, want 1", len(list))
	}
	inboxOnce(t, s)
	pings(t, s)
	if err := s.Prune(ctx, Epoch.Add(time.Hour)); err != nil {
		t.Errorf("Prune: got %v, want nil", err)
	}
}
