package engine_test

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/retention"
)

// retainEvery is after how many steps the events of settled orders are archived.
const retainEvery = 200

// retain archives the events of settled orders, which may be refunded or reversed later.
func (s *sim) retain() {
	k := retention.New(retention.Config{
		Store: s.store.Store, Apps: []string{"shop", "hotel"}, Folder: s.folder, Events: time.Minute, Now: s.clock.Now,
		Pause: func(context.Context, time.Duration) {}, Log: slog.New(slog.NewTextHandler(failingLog{s}, nil)),
	})
	done, err := k.RunOnce(s.ctx, true)
	if err != nil {
		s.Errorf("archive: %v", err)
	}
	s.compacted += done.Compacted
}

// failingLog is a log in which each line is a failure.
type failingLog struct{ sim *sim }

func (f failingLog) Write(line []byte) (int, error) {
	f.sim.Errorf("retention: %s", line)
	return len(line), nil
}

// events returns all events of an order, from the archive and the store, and checks that what the
// store has of them replays to the order.
func (s *sim) events(o *bridge.Order) []bridge.Event {
	h, err := s.nodes[0].History(s.ctx, o.ID)
	if err != nil {
		s.Fatal(err)
	}
	if got, want := asJSON(s.T, h.Replay()), asJSON(s.T, o); got != want {
		s.Errorf("order %s: its history replays to\n%s\nwant\n%s", o.ID, got, want)
	}
	if h.Archived() == 0 {
		return h.Events
	}
	archived, err := s.folder.OrderEvents(s.ctx, s.store, o, h.Archived())
	if err != nil {
		s.Errorf("order %s: %v", o.ID, err)
	}
	return slices.Concat(archived, h.Events)
}

// wantArchive wants each app's archive to be whole, and some orders to be in it.
func (s *sim) wantArchive() {
	if s.compacted == 0 {
		s.Error("no event of any order was archived")
	}
	for _, app := range []string{"shop", "hotel"} {
		r, err := s.folder.Verify(s.ctx, s.store, app)
		if err != nil || len(r.Problems) > 0 {
			s.Errorf("the archive of %s: %v, %v", app, r.Problems, err)
		}
	}
}
