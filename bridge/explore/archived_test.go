package explore_test

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
)

// judgeArchived wants an order whose events are archived to replay from its snapshot.
func (w *world) judgeArchived(o *bridge.Order, events []bridge.Event) {
	if !history.Archivable(o, time.Now()) {
		return
	}
	ctx := context.Background()
	err := w.store.AddArchive(ctx, o.App, store.ArchiveFile{Number: 1, Name: "file", Last: events[len(events)-1].Key()})
	var deleted int64
	if err == nil {
		deleted, err = w.store.Compact(ctx, o.App, []history.Snapshot{history.Snapshot{}.Advance(events...)})
	}
	if err != nil {
		panic(err)
	}
	if deleted != int64(len(events)) {
		w.violated("the events of an order that is archivable were not deleted", "%d of %d", deleted, len(events))
	}
	history, err := store.ReadHistory(ctx, w.store, o.ID)
	if err != nil {
		panic(err)
	}
	if got, want := asJSON(history.Replay()), asJSON(*o); got != want {
		w.violated("the history does not replay to the order after its events were archived", "%s\n%s", got, want)
	}
}
