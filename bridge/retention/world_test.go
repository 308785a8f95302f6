package retention

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/wallet"
)

const day = 24 * time.Hour

// world is a store whose orders are old, and a folder for its archive.
type world struct {
	*testing.T
	store  storetest.Store
	folder *Folder
	now    time.Time
	log    map[bridge.OrderID][]bridge.Event // of each order, as it was written
}

func newWorld(t *testing.T) *world { return newWorldOn(t, memstore.New()) }

func newWorldOn(t *testing.T, s storetest.Store) *world {
	return &world{T: t, store: s, folder: NewFolder(t.TempDir() + "/archive"), now: storetest.Epoch.Add(400 * day), log: map[bridge.OrderID][]bridge.Event{}}
}

// keeper is that of one node.
func (w *world) keeper(on Store) *Keeper {
	return New(Config{
		Store: on, Apps: []string{"shop"}, Folder: w.folder, Events: 90 * day, RefundWindow: 365 * day, Messages: 30 * day,
		Now: func() time.Time { return w.now }, Pause: func(context.Context, time.Duration) {},
	})
}

// pays stores an order that is paid and of which nothing is due.
func (w *world) pays() bridge.OrderID {
	w.Helper()
	id := storetest.Stored(w, w.store)
	w.update(id, func(c *bridge.Change) {
		storetest.AddPaid(c, 1234)
		c.Order.DueAt = time.Time{}
	})
	return id
}

// refunds adds a refund to an order.
func (w *world) refunds(id bridge.OrderID) {
	w.Helper()
	w.update(id, func(c *bridge.Change) {
		storetest.Add(c, bridge.RefundSucceeded, bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 34, CreatedAt: storetest.Epoch,
		}})
	})
}

func (w *world) update(id bridge.OrderID, change func(*bridge.Change)) {
	w.Helper()
	_, err := w.store.UpdateOrder(w.Context(), id, func(c *bridge.Change) error {
		change(c)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// remember notes the events of all orders, before anything is archived.
func (w *world) remember(ids ...bridge.OrderID) {
	w.Helper()
	for _, id := range ids {
		events, err := w.store.Events(w.Context(), id, 0)
		if err != nil {
			w.Fatal(err)
		}
		w.log[id] = events
	}
}

// pass makes a pass, which must succeed.
func (w *world) pass() Done {
	w.Helper()
	done, err := w.keeper(w.store).RunOnce(w.Context(), true)
	if err != nil {
		w.Fatal(err)
	}
	return done
}

// check wants every event that was written to be in the archive, in the store, or in both, and
// the archive to be whole.
func (w *world) check() {
	w.Helper()
	ctx := w.Context()
	for id, want := range w.log {
		o, err := w.store.Order(ctx, id)
		if err != nil {
			w.Fatal(err)
		}
		h, err := store.ReadHistory(ctx, w.store, id)
		if err != nil {
			w.Fatal(err)
		}
		var archived []bridge.Event
		if h.Archived() > 0 {
			if archived, err = w.folder.OrderEvents(ctx, w.store, &o, h.Archived()); err != nil {
				w.Errorf("order %s: %v", id, err)
			}
		}
		w.same("the events of an order", slices.Concat(archived, h.Events), want)
		o.Schedule = bridge.Schedule{}
		w.same("the order that its history replays to", h.Replay(), o)
	}
	w.whole(w.store)
}

// whole wants the archive that from lists to be without problems.
func (w *world) whole(from store.Archives) Report {
	w.Helper()
	r, err := w.folder.Verify(w.Context(), from, "shop")
	if err != nil || len(r.Problems) > 0 {
		w.Errorf("Verify: got %v, %v, want no problems", r.Problems, err)
	}
	return r
}

func (w *world) same(what string, got, want any) {
	w.Helper()
	x, err := encodeLine(got)
	if err != nil {
		w.Fatal(err)
	}
	y, err := encodeLine(want)
	if err != nil {
		w.Fatal(err)
	}
	if string(x) != string(y) {
		w.Errorf("%s:\n got %s\nwant %s", what, x, y)
	}
}

// wantArchived checks up to which event an order is archived.
func (w *world) wantArchived(id bridge.OrderID, want int64) {
	w.Helper()
	h, err := store.ReadHistory(w.Context(), w.store, id)
	if err != nil {
		w.Fatal(err)
	}
	if h.Archived() != want {
		w.Errorf("order %s: got %d events archived, want %d", id, h.Archived(), want)
	}
}

var errStop = errors.New("the process stops here")

// stops counts the steps of a process, and ends it at one of them: every later step fails too.
type stops struct{ at, passed int }

func (s *stops) step(string) error {
	if s.passed++; s.at > 0 && s.passed >= s.at {
		return errStop
	}
	return nil
}

// stopping is a store whose process may stop before and after each change, so that the answer to a
// commit is lost.
type stopping struct {
	Store
	*stops
}

func (s stopping) around(change func() error) error {
	if err := s.step("before a commit"); err != nil {
		return err
	}
	return errors.Join(change(), s.step("after a commit"))
}

func (s stopping) AddArchive(ctx context.Context, app string, f store.ArchiveFile) error {
	return s.around(func() error { return s.Store.AddArchive(ctx, app, f) })
}

func (s stopping) Compact(ctx context.Context, app string, list []history.Snapshot) (n int64, err error) {
	err = s.around(func() (err error) {
		n, err = s.Store.Compact(ctx, app, list)
		return err
	})
	return n, err
}
