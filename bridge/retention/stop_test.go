package retention

import (
	"errors"
	"testing"

	"github.com/minitill/minitill/bridge/store/storetest"
)

// A process that stops at any step leaves each event in the archive or in the store; the next
// pass completes the work, and no event is archived twice.
func TestAStopAtAnyStepLosesNoEvent(t *testing.T) {
	const most = 100
	for at := 1; ; at++ {
		w := newWorld(t)
		first, second := w.pays(), w.pays()
		w.refunds(second)
		storetest.Stored(w, w.store) // is open, and young in the feed
		w.remember(first, second)
		s := &stops{at: at}
		w.folder.step = s.step
		_, err := w.keeper(stopping{w.store, s}).RunOnce(t.Context(), true)
		w.folder.step = nil
		w.check()
		if err == nil {
			if at < 9 {
				t.Errorf("a pass has %d steps, want nine at least", at-1)
			}
			return
		}
		if !errors.Is(err, errStop) || at > most {
			t.Fatalf("step %d: got %v, want that it stops", at, err)
		}
		w.now = w.now.Add(leaseFor) // that of the process that stopped
		w.pass()
		w.check()
		w.wantArchived(first, 2)
		w.wantArchived(second, 3)
		w.pass()
		w.check()
	}
}

func TestARepeatedPassArchivesNothingTwice(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	storetest.Stored(w, w.store)
	w.remember(id)
	if done := w.pass(); done.Files != 1 || done.Events != 3 || done.Compacted != 2 {
		t.Errorf("the first pass: got %+v, want one file of 3 events, and 2 deleted", done)
	}
	if done := w.pass(); done != (Done{}) {
		t.Errorf("the second pass: got %+v, want nothing done", done)
	}
	if r := w.whole(w.store); r.Files != 1 || r.Events != 3 || r.Orders != 2 || len(r.Unlisted) > 0 {
		t.Errorf("Verify: got %+v, want one file of 3 events of 2 orders", r)
	}
}

// The second node runs a whole pass while the first one is about to store its horizon.
func TestTwoNodesArchiveOneFeedOnce(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	storetest.Stored(w, w.store)
	w.remember(id)
	other := NewFolder(w.folder.Path())
	w.folder.step = func(name string) error {
		if name != "store the horizon" {
			return nil
		}
		w.folder.step = nil
		w.now = w.now.Add(leaseFor)
		w.pays() // so that the files differ
		k := w.keeper(w.store)
		k.config.Folder = other
		done, err := k.RunOnce(t.Context(), true)
		if done.Files != 1 {
			t.Errorf("the other node: got %+v, want that it archives a file", done)
		}
		return err
	}
	if done := w.pass(); done.Files != 0 {
		t.Errorf("the first node: got %+v, want that its file is not counted", done)
	}
	w.check()
	w.wantArchived(id, 2)
}

func TestOneNodeAtATimeHasTheLease(t *testing.T) {
	w := newWorld(t)
	w.pays()
	first, second := w.keeper(w.store), w.keeper(w.store)
	if held, err := first.hold(t.Context()); err != nil || !held {
		t.Fatalf("the first node: got %v, %v, want the lease", held, err)
	}
	if done, err := second.RunOnce(t.Context(), true); err != nil || !done.Elsewhere || done.Files > 0 {
		t.Errorf("the second node: got %+v, %v, want that it does nothing", done, err)
	}
	if err := first.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, err := second.RunOnce(t.Context(), true); err != nil || done.Elsewhere || done.Files != 1 {
		t.Errorf("after the first node's end: got %+v, %v, want a file", done, err)
	}
}

func TestADrainingNodeBeginsNoStep(t *testing.T) {
	w := newWorld(t)
	id := w.pays()
	k := w.keeper(w.store)
	steps := 0
	k.config.Stopping = func() bool { steps++; return steps > 1 }
	if done, err := k.RunOnce(t.Context(), true); err != nil || done.Files+done.Compacted > 0 {
		t.Errorf("got %+v, %v, want the first step alone, which prunes messages", done, err)
	}
	w.wantArchived(id, 0)
}
