package indextest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// patience bounds how long an event may take until it is in the feed of a store.
const patience = time.Minute

// FollowStore follows the feed of a store while orders are written to it, and requires every event
// to count once. The orders are of the app shop.
func FollowStore(t *testing.T, db index.Database, s storetest.Store) {
	const writers, orders = 8, 5
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range orders {
				id := storetest.Stored(t, s)
				_, err := s.UpdateOrder(context.Background(), id, func(c *bridge.Change) error {
					storetest.AddPaid(c, 1234)
					return nil
				})
				if err != nil {
					t.Errorf("UpdateOrder: %v", err)
				}
			}
		})
	}
	n := &node{t: t, Index: index.New(db, index.Config{Source: s, Apps: []string{"shop"}, Step: 7})}
	const all = writers * orders
	for end := time.Now().Add(patience); n.status("shop").Events < 2*all && !t.Failed(); n.follow() {
		if time.Now().After(end) {
			t.Fatalf("got %+v, want %d events", n.status("shop"), 2*all)
		}
	}
	writing.Wait()
	if got := n.status("shop"); got.Events != 2*all || got.Skipped != 0 || got.Behind != 0 || got.Building {
		t.Errorf("got %+v, want %d events and no more", got, 2*all)
	}
	sums := n.sums(index.SumsQuery{Currency: "USD", From: storetest.Epoch.Add(-time.Hour), To: storetest.Epoch.Add(time.Hour)})
	if got := total(sums); got.Created != all || got.Paid != all || got.Taken != all*1234 {
		t.Errorf("got %+v, want %d orders that were paid", got, all)
	}
	if got := len(n.list(index.Query{Text: "2088"}, 9)); got != all {
		t.Errorf("the orders of the payer: got %d, want %d", got, all)
	}
}
