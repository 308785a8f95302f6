package console

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// deadLetters makes orders whose webhooks to whe_1 are dead, three for each order.
func (w *world) deadLetters(orders int) {
	w.Helper()
	w.must(w.store.AddEndpoint(w.Context(), store.Endpoint{ID: "whe_1", App: "shop", URL: "https://shop.example/hook", CreatedAt: w.clock.Now()}, nil))
	w.engine.EndpointsChanged()
	for range orders {
		o := w.paid()
		_, err := w.engine.Refund(w.Context(), o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
		w.must(nil, err)
	}
	for _, d := range w.deliveries() {
		w.must(nil, w.store.FinishMessage(w.Context(), d.ID, d.Attempts, store.Delivery{Status: store.Dead, Note: "HTTP 500", At: w.clock.Now()}))
	}
}

func (w *world) deliveries() []store.DeliveryRecord {
	w.Helper()
	list, err := w.store.Deliveries(w.Context(), store.DeliveryQuery{App: "shop", Limit: 1000})
	w.must(nil, err)
	return list
}

func (w *world) undelivered() (n int) {
	for _, d := range w.deliveries() {
		if d.Status == store.Undelivered {
			n++
		}
	}
	return n
}

// replayAll begins a replay and returns its id.
func (b *browser) replayAll() string {
	b.Helper()
	b.post("/console/webhooks/replay", "key", newKey(), "replay-endpoint", "whe_1", "to", "2031-01-01T00:00", "reason", "the endpoint is back").want(303)
	list, err := b.console.bulks(b.Context(), bulkDocument)
	b.must(nil, err)
	return list[0].ID
}

func TestAllThatFailedIsCountedAndReplayedOldestFirst(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(10)
	w.clock.Advance(time.Minute)
	b := w.signedIn("sup", "support")
	b.get("/console/webhooks?replay-endpoint=whe_1").want(200, "30 deliveries failed")
	b.get("/console/webhooks?replay-endpoint=whe_1&from=2031-01-01T00:00").want(400, "must be before the end")
	b.post("/console/webhooks/replay", "key", newKey(), "replay-endpoint", "whe_9", "reason", "x").want(400)
	b.post("/console/webhooks/replay", "key", newKey(), "replay-endpoint", "whe_1").want(400, "Reason is required")
	b.replayAll()
	b.post("/console/webhooks/replay", "key", newKey(), "replay-endpoint", "whe_1", "reason", "again").want(409, "under way")
	w.must(nil, w.console.RunOnce(t.Context()))
	list := w.deliveries()
	for i, d := range list { // the newest first
		if replayed := d.Status == store.Undelivered; replayed != (i >= len(list)-bulkBatch) {
			t.Errorf("delivery %d of %d: got %s", i, len(list), d.Status)
		}
	}
	b.get("/console/webhooks").want(200, "20 of 30")
	w.must(nil, w.console.RunOnce(t.Context()))
	b.get("/console/webhooks").want(200, "30 of 30", "ended").lacks("/cancel\"")
	if got := w.undelivered(); got != 30 {
		t.Errorf("got %d due, want 30", got)
	}
	w.must(nil, w.console.RunOnce(t.Context()))
}

func TestOfReplaysThatBeginAtOnceOnTwoNodesThereIsOne(t *testing.T) {
	w := newWorld(t)
	other := *w.console
	var began atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		node := []*Console{w.console, &other}[i%2]
		all.Go(func() {
			err := node.addBulk(t.Context(), bulk{ID: fmt.Sprint("rpl_", i), App: "shop", Endpoint: "whe_1"})
			switch {
			case err == nil:
				began.Add(1)
			case fault.KindOf(err) != fault.Conflict:
				t.Errorf("got %v, want a conflict", err)
			}
		})
	}
	all.Wait()
	list, err := w.console.bulks(t.Context(), bulkDocument)
	if w.must(nil, err); began.Load() != 1 || len(list) != 1 {
		t.Errorf("%d began, and %d are stored; want one", began.Load(), len(list))
	}
}

func TestAReplayIsKeptUntilItHasEnded(t *testing.T) {
	w := newWorld(t)
	w.must(nil, w.console.addBulk(t.Context(), bulk{ID: "rpl_open", App: "shop", Endpoint: "whe_open"}))
	for i := range bulkKept + 5 {
		w.must(nil, w.console.addBulk(t.Context(), bulk{ID: fmt.Sprint("rpl_", i), App: "shop", Endpoint: fmt.Sprint("whe_", i), EndedAt: w.clock.Now()}))
	}
	list, err := w.console.bulks(t.Context(), bulkDocument)
	if w.must(nil, err); len(list) != bulkKept || list[0].ID != fmt.Sprint("rpl_", bulkKept+4) || list[bulkKept-1].ID != "rpl_open" {
		t.Errorf("got %d, from %s to %s; want the newest %d and the one that is open", len(list), list[0].ID, list[len(list)-1].ID, bulkKept-1)
	}
}

func TestAReplayGoesOnAfterACrashAndTwoNodesShareNone(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(10)
	w.clock.Advance(time.Minute)
	b := w.signedIn("sup", "support")
	id := b.replayAll()
	crashed := *w.console
	crashed.store = stopping{w.store, new(int)}
	if err := crashed.RunOnce(t.Context()); err == nil {
		t.Fatal("the batch was not interrupted")
	}
	w.must(nil, w.console.RunOnce(t.Context()))
	if got := w.undelivered(); got != 3 {
		t.Errorf("while another node has the lease: got %d due, want 3 as before", got)
	}
	w.clock.Advance(bulkLease)
	for range 2 {
		w.must(nil, w.console.RunOnce(t.Context()))
	}
	list, err := w.console.bulks(t.Context(), bulkDocument)
	if got := w.undelivered(); err != nil || got != 30 || list[0].ID != id || list[0].Open() || list[0].Finished != 30 {
		t.Errorf("got %d due and %+v, %v, want all 30 and the end", got, list[0], err)
	}
}

// stopping is a store that fails after three replays.
type stopping struct {
	Store
	done *int
}

func (s stopping) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	if *s.done++; *s.done > 3 {
		return bridge.Claim{}, fmt.Errorf("the node stops")
	}
	return s.Store.ReplayMessage(ctx, app, id, now, claim)
}

func TestAReplayIsCanceled(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(10)
	w.clock.Advance(time.Minute)
	b := w.signedIn("sup", "support")
	id := b.replayAll()
	w.must(nil, w.console.RunOnce(t.Context()))
	w.signedIn("club", "support@club").post("/console/replays/" + id + "/cancel").want(404)
	b.post("/console/replays/" + id + "/cancel").want(303)
	w.must(nil, w.console.RunOnce(t.Context()))
	if got := w.undelivered(); got != bulkBatch {
		t.Errorf("got %d due, want %d", got, bulkBatch)
	}
	b.get("/console/webhooks").want(200, "20 of 30", "canceled by sup")
	if last := w.audit()[0]; last.Subject != id || !strings.HasPrefix(last.Reason, "canceled") {
		t.Errorf("the audit log ends with %+v", last)
	}
}

func TestWhatDiedAgainIsNotReplayedForEver(t *testing.T) {
	w := newWorld(t)
	w.deadLetters(10)
	w.clock.Advance(time.Minute)
	w.signedIn("sup", "support").replayAll()
	w.must(nil, w.console.RunOnce(t.Context()))
	for _, d := range w.deliveries() {
		if d.Status == store.Undelivered {
			w.must(nil, w.store.FinishMessage(t.Context(), d.ID, d.Attempts, store.Delivery{Status: store.Dead, Note: "HTTP 500", At: w.clock.Now()}))
		}
	}
	for range 2 {
		w.must(nil, w.console.RunOnce(t.Context()))
	}
	if got := w.undelivered(); got != 10 {
		t.Errorf("got %d due, want the 10 that were not replayed before", got)
	}
}
