package console

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/sqlite"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// indexed adds an index to a console, which follows when the test says so.
func (w *world) indexed() *index.Index {
	w.Helper()
	db, err := sqlite.Open(w.Context(), filepath.Join(w.TempDir(), "console.db"))
	if err != nil {
		w.Fatal(err)
	}
	x := index.New(db, index.Config{Source: w.store, Apps: []string{"shop", "club"}, Now: w.clock.Now})
	w.Cleanup(func() { _ = x.Close() })
	w.console.index, w.console.finder, w.console.sums = x, nil, nil
	w.console.useIndex()
	return x
}

// follow brings an index level with the store.
func (w *world) follow(x *index.Index) {
	w.Helper()
	for more := true; more; {
		var err error
		if more, err = x.RunOnce(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
}

// sold makes an order of the shop with an amount and a reference.
func (w *world) sold(minor int64, reference string) bridge.OrderID {
	w.Helper()
	w.clock.Advance(time.Millisecond)
	made, err := w.engine.CreateOrder(w.Context(), engine.OrderRequest{
		App: "shop", Price: &pricing.Price{Amount: usd(minor), Description: "Tea", Reference: reference}, Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "payer-8"},
	}, nil)
	if err != nil {
		w.Fatal(err)
	}
	return made.Subject.ID
}

func TestTheIndexFindsByPayerAndAmountWithACount(t *testing.T) {
	w := newWorld(t)
	x := w.indexed()
	first, second := w.order("shop"), w.sold(777, "R-8")
	w.order("club")
	w.follow(x)
	b := w.signedIn("ann", "viewer")
	b.get("/console/orders?q=7.77").want(200, string(second), "1 order").lacks(string(first.ID))
	b.get("/console/orders?q=payer-7").want(200, string(first.ID)).lacks(string(second))
	b.get("/console/orders").want(200, "2 orders", string(first.ID), string(second)).lacks("as of", "being built")
	b.get("/console/orders?q=payer-9").want(200, "No order matches")
}

func TestAnIndexThatIsBehindHidesNoOrder(t *testing.T) {
	w := newWorld(t)
	x := w.indexed()
	w.sold(100, "R-1")
	w.follow(x)
	late := w.sold(200, "R-LATE")
	w.clock.Advance(time.Minute)
	b := w.signedIn("ann", "viewer")
	b.get("/console/orders").want(200, string(late))
	b.get("/console/orders?q="+string(late)).want(200, string(late))
	b.get("/console/orders?q=R-LATE").want(200, string(late), "may be missing")
	b.get("/console/orders?q=2.00").want(200, "No order matches", "may be missing")
	w.follow(x)
	b.get("/console/orders?q=2.00").want(200, string(late)).lacks("may be missing")
}

func TestWhileTheIndexIsBuiltListsAreTheStores(t *testing.T) {
	w := newWorld(t)
	w.indexed()
	o := w.sold(200, "R-1")
	b := w.signedIn("ann", "viewer")
	b.get("/console/orders?status=pending").want(200, string(o), "being built")
	b.get("/console/orders?q=2.00").want(200, "No order matches", "being built")
}

func TestPagesOfTheIndexGoOnAfterTheLastOrder(t *testing.T) {
	w := newWorld(t)
	x := w.indexed()
	var ids []bridge.OrderID
	for range 5 {
		ids = append(ids, w.sold(300, "same"))
	}
	w.follow(x)
	for name, s := range map[string]Search{"by amount": {Text: "3.00"}, "by reference": {Text: "same"}, "by status": {Status: "pending"}, "of all": {}} {
		s.App, s.Limit = "shop", 2
		var got []bridge.OrderID
		for {
			f, err := w.console.finder.Find(t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, line := range f.Orders {
				got = append(got, line.ID)
			}
			if s.After = f.Next; s.After == "" {
				break
			}
		}
		if len(got) != 5 || got[0] != ids[4] || got[4] != ids[0] {
			t.Errorf("%s: got %v, want each of %v once, the newest first", name, got, ids)
		}
	}
}

// away is a store of feeds that does not answer.
type away struct{}

func (away) Feed(context.Context, store.FeedQuery) ([]store.FeedEvent, error) {
	return nil, fault.New(fault.Unavailable, "test", "The feed is away.")
}

func (away) Restoration(context.Context) (store.Restoration, error) { return store.Restoration{}, nil }

func TestWithoutAnAnswerOfTheIndexTheStoreIsSearched(t *testing.T) {
	w := newWorld(t)
	o := w.sold(300, "R-1")
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "console.db"))
	if err != nil {
		t.Fatal(err)
	}
	x := index.New(db, index.Config{Source: away{}, Apps: []string{"shop"}})
	_ = x.Close()
	w.console.index, w.console.finder, w.console.sums = x, nil, nil
	w.console.useIndex()
	b := w.signedIn("ann", "viewer")
	b.get("/console/").want(200, "charts are not available", "need attention")
	b.get("/console/orders?q=R-1").want(200, string(o))
	found, err := indexed{listing{w.store, w.engine}, x, slog.New(slog.DiscardHandler), w.clock.Now}.Find(t.Context(), Search{App: "shop", Text: "R-1", Limit: 2})
	if err != nil || len(found.Orders) != 1 || found.Orders[0].ID != o {
		t.Errorf("got %+v, %v, want the order", found, err)
	}
}
