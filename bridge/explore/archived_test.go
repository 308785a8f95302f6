package explore_test

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
)

// archives writes the order's events to a file of the archive, at a time when they may be
// archived, and compacts deletes them from the store. In between, and while an operation is
// under way that has read the order before, the order may change.
var (
	archives = action{
		words: "the order's events are written to the archive",
		ready: func(w *world) bool {
			if w.order == "" || w.written != nil {
				return false
			}
			o := w.read()
			return history.Archivable(&o, time.Now()) && len(w.history().Events) > 0
		},
		do: func(w *world) { w.archive() },
	}
	compacts = action{
		words: "archived events are deleted from the store",
		ready: func(w *world) bool { return w.written != nil },
		do:    func(w *world) { w.compact() },
	}
)

func (w *world) history() history.History {
	h, err := store.ReadHistory(context.Background(), w.store, w.order)
	if err != nil {
		panic(err)
	}
	return h
}

func (w *world) archive() {
	h := w.history()
	w.files++
	file := store.ArchiveFile{Number: w.files, Name: "file", Last: h.Events[len(h.Events)-1].Key()}
	if err := w.store.AddArchive(context.Background(), "shop", file); err != nil {
		panic(err)
	}
	w.written = &h
}

// compact deletes what was archived, or nothing, to try again later, when the order may not be
// archived now.
func (w *world) compact() {
	h := w.written
	var before history.Snapshot
	if h.Snapshot != nil {
		before = *h.Snapshot
	}
	o := w.read()
	deleted, err := w.store.Compact(context.Background(), "shop", []history.Snapshot{before.Advance(h.Events...)})
	if err != nil {
		panic(err)
	}
	if want := int64(len(h.Events)); deleted != want && (deleted != 0 || history.Archivable(&o, time.Now())) {
		w.violated("the events of an order that is archivable were not deleted", "%d of %d", deleted, want)
	}
	if deleted > 0 {
		w.archived, w.written = append(w.archived, h.Events...), nil
	}
	w.judgeReplay(&o)
}

// events are all events of the order, archived or not.
func (w *world) events() []bridge.Event {
	return append(w.archived[:len(w.archived):len(w.archived)], w.history().Events...)
}

// judgeArchived requires an order to replay from its snapshot, and to do so when the rest of
// its events are archived too, after those that were written before.
func (w *world) judgeArchived(o *bridge.Order) {
	w.judgeReplay(o)
	for range 2 {
		for _, a := range []action{archives, compacts} {
			if history.Archivable(o, time.Now()) && a.ready(w) {
				a.do(w)
			}
		}
	}
}

func (w *world) judgeReplay(o *bridge.Order) {
	h := w.history()
	if got, want := asJSON(h.Replay()), asJSON(*o); got != want {
		w.violated("the history does not replay to the order after its events were archived", "%s\n%s", got, want)
	}
}
