package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

func TestALateRefundOfAnArchivedOrderIsArchivedAfterIt(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	storetest.Stored(w, w.store)
	w.remember(id)
	w.pass()
	before := w.log[id]
	w.refunds(id)
	storetest.Stored(w, w.store)
	h, err := store.ReadHistory(t.Context(), w.store, id)
	if err != nil {
		t.Fatal(err)
	}
	w.log[id] = append(before, h.Events...)
	w.check()
	w.wantArchived(id, 2)
	w.pass()
	w.check()
	w.wantArchived(id, 3)
}

func TestAnOrderThatMayBeRefundedOrIsOpenKeepsItsEvents(t *testing.T) {
	w := newWorld(t)
	paid, open := w.pays(), storetest.Stored(w, w.store)
	storetest.Stored(w, w.store)
	w.remember(paid, open)
	w.now = storetest.Epoch.Add(300 * day) // of the 365 days of the refund window
	if done := w.pass(); done.Events != 4 || done.Compacted != 0 {
		t.Errorf("within the refund window: got %+v, want 4 events archived and none deleted", done)
	}
	w.check()
	w.now = storetest.Epoch.Add(400 * day)
	if done := w.pass(); done.Events != 0 || done.Compacted != 2 {
		t.Errorf("after it: got %+v, want the 2 events of the paid order deleted", done)
	}
	w.check()
	w.wantArchived(open, 0)
}

func TestEventsThatAreYoungStayInTheStore(t *testing.T) {
	w := newWorld(t)
	w.pays()
	w.now = storetest.Epoch.Add(90 * day)
	if done := w.pass(); done.Files != 0 {
		t.Errorf("got %+v, want no file", done)
	}
	w.now = storetest.Epoch.Add(90*day + smallFile)
	if done, err := w.keeper(w.store).RunOnce(t.Context(), false); err != nil || done.Files != 0 {
		t.Errorf("a pass that is in no hurry: got %+v, %v, want that it waits for more events", done, err)
	}
	w.now = w.now.Add(1e6)
	if done, err := w.keeper(w.store).RunOnce(t.Context(), false); err != nil || done.Files != 1 {
		t.Errorf("a day later: got %+v, %v, want a file", done, err)
	}
}

// Orders that were archived and stay in the store are looked through once a day.
func TestArchivedOrdersAreLookedThroughOnceADay(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	storetest.Stored(w, w.store)
	w.now = storetest.Epoch.Add(365 * day)
	k := w.keeper(w.store)
	step := func(after time.Duration, want int64) {
		t.Helper()
		w.now = w.now.Add(after)
		if _, err := k.RunOnce(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		w.wantArchived(id, want)
	}
	step(0, 0) // within the refund window
	step(compactEvery-time.Second, 0)
	step(time.Second, 2)
}

// Nothing is deleted while a file of the archive is missing, and no file follows it.
func TestWithoutAFileOfTheArchiveNoEventIsDeleted(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	w.now = storetest.Epoch.Add(300 * day)
	w.pass()
	w.now = storetest.Epoch.Add(400 * day)
	file := w.onlyFile()
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.keeper(w.store).RunOnce(t.Context(), true); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	w.wantArchived(id, 0)
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	storetest.Stored(w, w.store)
	w.pass()
	w.wantArchived(id, 2)
}

// onlyFile is the path of the one file of the archive.
func (w *world) onlyFile() string {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.folder.Path(), "shop", "*.gz"))
	if err != nil || len(files) != 1 {
		w.Fatalf("got %v, %v, want one file", files, err)
	}
	return files[0]
}

func TestAFileThatWasChangedIsFound(t *testing.T) {
	for what, change := range map[string]func([]byte) []byte{
		"a byte was flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"its end is missing": func(b []byte) []byte { return b[:len(b)-20] },
		"it is empty":        func([]byte) []byte { return nil },
		"bytes follow it":    func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			w.pays()
			w.pass()
			file := w.onlyFile()
			content, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, change(content), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, from := range map[string]store.Archives{"the store": w.store, "the manifest": w.folder.Manifests()} {
				r, err := w.folder.Verify(t.Context(), from, "shop")
				if err != nil || len(r.Problems) == 0 {
					t.Errorf("by %s: got %+v, %v, want a problem", name, r, err)
				}
			}
		})
	}
}

func TestAGapBetweenFilesIsFound(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.pays()
		w.pass()
	}
	w.whole(w.folder.Manifests())
	path := w.folder.file("shop", manifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(string(text), "    {\n      \"number\": 2")
	end := strings.Index(string(text), "    {\n      \"number\": 3")
	if err := os.WriteFile(path, append(text[:start:start], text[end:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := w.folder.Verify(t.Context(), w.folder.Manifests(), "shop")
	if err != nil || len(r.Problems) != 1 || len(r.Unlisted) != 1 {
		t.Errorf("got %+v, %v, want one problem and one file that is not listed", r, err)
	}
}

// The feed of archive and store is the one that a store without archive has.
func TestTheWholeFeedIsReadFromArchiveAndStore(t *testing.T) {
	w := newWorld(t)
	var want []string
	for n := range 4 {
		id := w.pays()
		want = append(want, fmt.Sprint(id, 1), fmt.Sprint(id, 2))
		if n < 3 {
			w.pass()
		}
	}
	if _, err := w.store.Feed(t.Context(), store.FeedQuery{App: "shop", Limit: 1}); fault.KindOf(err) != fault.Expired {
		t.Fatalf("the store's feed from the start: got %v, want Expired", err)
	}
	for limit := 1; limit <= 9; limit++ {
		var got []string
		q := store.FeedQuery{App: "shop", Limit: limit}
		for feed := NewFeed(w.store, w.folder); ; {
			page, err := feed.Feed(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				got = append(got, fmt.Sprint(e.Order, e.Sequence))
			}
			if len(page) < limit {
				break
			}
			q.After = page[len(page)-1].Key()
		}
		w.same(fmt.Sprintf("the feed in pages of %d", limit), got, want)
	}
	if _, err := NewFeed(w.store, nil).Feed(t.Context(), store.FeedQuery{App: "shop", Limit: 1}); fault.KindOf(err) != fault.Expired {
		t.Errorf("without a folder: got %v, want Expired", err)
	}
	if err := os.RemoveAll(w.folder.Path()); err != nil {
		t.Fatal(err)
	}
	_, err := NewFeed(w.store, w.folder).Feed(t.Context(), store.FeedQuery{App: "shop", Limit: 1})
	if fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.Of(err).Detail, "shop-000001-") {
		t.Errorf("without its files: got %v, want NotFound with the name of the first", err)
	}
}

// A store that is restored to a time before the horizon archives its events again, into files of
// its own; those that it does not know are reported.
func TestAStoreThatWasRestoredAcrossAHorizon(t *testing.T) {
	dir := t.TempDir()
	live, backup := filepath.Join(dir, "live.db"), filepath.Join(dir, "backup.db")
	s, err := sqlite.Open(t.Context(), live)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, s)
	early := w.pays()
	storetest.Stored(w, w.store)
	w.remember(early)
	w.pass()
	late := w.pays()
	if err := sqlite.Copy(t.Context(), live, backup); err != nil {
		t.Fatal(err)
	}
	lost := w.pays()
	storetest.Stored(w, w.store)
	w.pass()
	w.whole(w.store)
	w.wantArchived(lost, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	restored, err := sqlite.Open(t.Context(), backup)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	w.store = restored
	w.remember(late)
	w.check()
	if r := w.whole(w.store); r.Files != 1 || len(r.Unlisted) != 1 {
		t.Errorf("got %+v, want one file, and one that the restored store does not know", r)
	}
	storetest.Stored(w, w.store)
	w.pass()
	w.check()
	w.wantArchived(late, 2)
	w.wantArchived(early, 2)
	w.whole(w.folder.Manifests())
}

func TestWithoutAnEarlierFileNoEventIsDeleted(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	w.now = storetest.Epoch.Add(300 * day)
	w.pass()
	first := w.onlyFile()
	w.pays()
	w.pass()
	w.now = storetest.Epoch.Add(400 * day)
	if err := os.Rename(first, first+".away"); err != nil {
		t.Fatal(err)
	}
	if done, err := w.keeper(w.store).RunOnce(t.Context(), true); !errors.Is(err, ErrDamaged) || done.Compacted > 0 {
		t.Errorf("got %+v, %v, want ErrDamaged and nothing deleted", done, err)
	}
	w.wantArchived(id, 0)
}

// A store whose row of an order is not what its events fold to keeps the events.
func TestEventsThatDoNotFoldToTheirOrderAreKept(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	storetest.Stored(w, w.store)
	var log strings.Builder
	k := w.keeper(altered{w.store})
	k.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	if done, err := k.RunOnce(t.Context(), true); err != nil || done.Files != 1 || done.Compacted > 0 {
		t.Errorf("got %+v, %v, want a file and no event deleted", done, err)
	}
	if !strings.Contains(log.String(), string(id)) {
		t.Errorf("the log does not name the order: %s", &log)
	}
	w.wantArchived(id, 0)
}

// altered is a store in which the row of each order has another description.
type altered struct{ storetest.Store }

func (a altered) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	o, err := a.Store.Order(ctx, id)
	o.Description += "?"
	return o, err
}
