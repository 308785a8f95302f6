package explore_test

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
)

// archives moves the events of the order out of the store, at a time when they may be. What
// is under way on a node may have read the order before, and commits afterwards.
var archives = action{
	words: "the order's events are archived",
	ready: func(w *world) bool {
		if w.order == "" {
			return false
		}
		o := w.read()
		return history.Archivable(&o, time.Now()) && len(w.history().Events) > 0
	},
	do: func(w *world) { w.archive(w.history()) },
}

func (w *world) history() history.History {
	h, err := store.ReadHistory(context.Background(), w.store, w.order)
	if err != nil {
		panic(err)
	}
	return h
}

// archive archives what the store has of an order's events, and requires it to delete them.
func (w *world) archive(h history.History) {
	ctx := context.Background()
	var before history.Snapshot
	if h.Snapshot != nil {
		before = *h.Snapshot
	}
	w.files++
	err := w.store.AddArchive(ctx, "shop", store.ArchiveFile{Number: w.files, Name: "file", Last: h.Events[len(h.Events)-1].Key()})
	var deleted int64
	if err == nil {
		deleted, err = w.store.Compact(ctx, "shop", []history.Snapshot{before.Advance(h.Events...)})
	}
	if err != nil {
		panic(err)
	}
	if deleted != int64(len(h.Events)) {
		w.violated("the events of an order that is archivable were not deleted", "%d of %d", deleted, len(h.Events))
	}
	w.archived = append(w.archived, h.Events...)
}

// events are all events of the order, archived or not.
func (w *world) events() []bridge.Event {
	return append(w.archived[:len(w.archived):len(w.archived)], w.history().Events...)
}

// judgeArchived requires an order to replay from its snapshot, and to do so when the rest of
// its events are archived too.
func (w *world) judgeArchived(o *bridge.Order) {
	w.judgeReplay(o)
	if archives.ready(w) {
		archives.do(w)
		w.judgeReplay(o)
	}
}

func (w *world) judgeReplay(o *bridge.Order) {
	h := w.history()
	if got, want := asJSON(h.Replay()), asJSON(*o); got != want {
		w.violated("the history does not replay to the order after its events were archived", "%s\n%s", got, want)
	}
}
