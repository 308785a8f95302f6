package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

func TestATableIsCountedThenDownloadedAndAudited(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	club := w.order("club")
	b := w.signedIn("fin", "finance")
	b.get("/console/exports").want(200, "Export", "Count").lacks("Download")
	b.get("/console/exports?kind=orders").want(200, "1 row", "Download Orders")
	b.get("/console/exports?kind=events&from=2030-01-01T00:00").want(200, "0 rows")
	b.get("/console/exports?kind=people").want(400, "is not a table")
	b.get("/console/exports?kind=orders&from=yesterday").want(400, "is not a time")
	a := b.post("/console/exports", "kind", "orders", "status", "paid", "mark", "1")
	a.want(200, string(o.ID), "4.50").lacks(string(club.ID))
	if got := a.Body.String(); !strings.HasPrefix(got, "\ufefftype,id,order") || a.Header().Get("Content-Disposition") != `attachment; filename="shop-orders.csv"` {
		t.Errorf("got %q as %q", got[:20], a.Header().Get("Content-Disposition"))
	}
	e := w.audit()[0]
	if e.Action != string(operator.Export) || e.Subject != "orders" || e.Outcome != operator.Done+", 1 rows" || e.Operator != "fin" || !strings.Contains(e.Reason, "paid, from the first to now") {
		t.Errorf("the audit log has %+v", e)
	}
}

// torn is a store whose lists of orders fail after so many pages.
type torn struct {
	Store
	pages int
}

func (s *torn) Orders(ctx context.Context, q store.OrderQuery) ([]bridge.Order, error) {
	if s.pages--; s.pages < 0 {
		return nil, fault.New(fault.Unavailable, "test", "The store is away.")
	}
	return s.Store.Orders(ctx, q)
}

func TestADownloadThatFailsBreaksItsConnection(t *testing.T) {
	w := newWorld(t)
	for range 101 {
		w.order("shop")
	}
	w.console.store = &torn{w.console.store, 1}
	b := w.signedIn("fin", "finance")
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the answer ended as if it were whole")
		}
		if e := w.audit()[0]; e.Outcome != "unavailable after 100 rows" {
			t.Errorf("the audit log has %+v, want the fault", e)
		}
	}()
	b.post("/console/exports", "kind", "orders")
}

func TestADownloadThatCannotBeginIsAPage(t *testing.T) {
	w := newWorld(t)
	w.console.store = &torn{w.console.store, 0}
	b := w.signedIn("fin", "finance")
	b.post("/console/exports", "kind", "orders").want(503)
}

func TestExportsAtOnceOfAnAppAreBounded(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("fin", "finance")
	for range exportLimits.PerToken {
		release, err := w.console.exports.Hold(httptest.NewRecorder(), limit.Holder{Token: "shop"}, downloadPause)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	b.post("/console/exports", "kind", "orders").want(429, "Too many exports")
	if log := w.audit(); len(log) > 0 && log[0].Action == string(operator.Export) {
		t.Errorf("a refused export is in the audit log: %+v", log[0])
	}
}

func TestExportsReadWhatTheConfigurationNames(t *testing.T) {
	w := newWorld(t)
	w.paid()
	w.console.source = func() export.Source { return &torn{w.console.store, 0} }
	b := w.signedIn("fin", "finance")
	b.get("/console/exports?kind=orders").want(503)
	b.post("/console/exports", "kind", "orders").want(503)
}

// noOrders is a source that fails the test when its orders are read.
type noOrders struct {
	export.Source
	*testing.T
}

func (s noOrders) Orders(context.Context, store.OrderQuery) ([]bridge.Order, error) {
	s.Error("the store's orders were read")
	return nil, nil
}

func TestOrdersOfAStatusAreCountedByTheIndex(t *testing.T) {
	w := newWorld(t)
	x := w.indexed()
	w.sold(300, "R-1")
	w.paid()
	w.clock.Advance(time.Second)
	b := w.signedIn("fin", "finance")
	b.get("/console/exports?kind=orders&status=pending").want(200, "1 row") // while the index is built
	w.follow(x)
	b.get("/console/exports?kind=orders&status=paid").want(200, "1 row")
	w.console.source = func() export.Source { return noOrders{w.store, t} }
	b.get("/console/exports?kind=orders&status=pending").want(200, "1 row")
	b.get("/console/exports?kind=orders&status=pending&to=2001-01-01T00:00").want(200, "0 rows")
	b.get("/console/exports?kind=orders&status=voided").want(200, "0 rows")
}
