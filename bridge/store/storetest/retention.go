package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var retentionTests = []test{
	{"a compacted order replays from its snapshot", compactedReplays},
	{"a compacted order is changed and compacted again", compactedAgain},
	{"an order that is due, flagged or not yet archived keeps its events", keepsEvents},
	{"the feed before the horizon is archived", feedAtHorizon},
	{"an event that follows a compacted one is read after the horizon", feedContinues},
	{"an archive file is added once and in order", archiveOnce},
	{"events up to the horizon are found from place to place", archivedPlaces},
	{"delivered messages are pruned and others stay", messagesPruned},
	{"a key outlives its answer", answersPruned},
	{"a young answer is not pruned for the order of its claim", answersOutOfOrder},
}

// settledOrder stores an order of an app that was paid and of which nothing is due.
func settledOrder(t testing.TB, s Store, app string) bridge.OrderID {
	t.Helper()
	id := createAt(t, s, app, 0, asItIs)
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1234)
		c.Order.DueAt = time.Time{}
	})
	return id
}

// archived moves the horizon of an app to the last event of an order, which is the last of its feed.
func archived(t testing.TB, s Store, app string, number int64, last bridge.OrderID) store.ArchiveFile {
	t.Helper()
	ctx := context.Background()
	h, err := s.Horizon(ctx, app)
	if err != nil {
		t.Fatalf("Horizon: got %v, want nil", err)
	}
	f := store.ArchiveFile{
		Number: number, Name: "file", Digest: [32]byte{byte(number)}, Bytes: 7, FirstAt: Epoch, LastAt: Epoch, CreatedAt: Epoch,
	}
	q := store.FeedQuery{App: app, After: h.Last, Limit: 100}
	for end := time.Now().Add(patience); ; { // the feed may lag
		page, err := s.Feed(ctx, q)
		if err != nil || time.Now().After(end) {
			t.Fatalf("Feed: got %d events, %v, want some", len(page), err)
		}
		if n := len(page); n > 0 && page[n-1].Order == last && page[n-1].Sequence == order(t, s, last).Sequence {
			f.Events, f.Last = int64(n), page[n-1].Key()
			break
		}
	}
	if err := s.AddArchive(ctx, app, f); err != nil {
		t.Fatalf("AddArchive: got %v, want nil", err)
	}
	return f
}

// History reads what a store has of the events of an order.
func History(t testing.TB, s Store, id bridge.OrderID) (h history.History) {
	t.Helper()
	snapshot, err := s.Snapshot(context.Background(), id)
	switch {
	case err == nil:
		h.Snapshot = &snapshot
	case fault.KindOf(err) != fault.NotFound:
		t.Fatalf("Snapshot: got %v, want one or NotFound", err)
	}
	if h.Events, err = s.Events(context.Background(), id, h.Archived()); err != nil {
		t.Fatalf("Events: got %v, want nil", err)
	}
	return h
}

// compact compacts an order as it stands, and returns how many events were deleted.
func compact(t testing.TB, s Store, id bridge.OrderID) int64 {
	t.Helper()
	h := History(t, s, id)
	var snapshot history.Snapshot
	if h.Snapshot != nil {
		snapshot = *h.Snapshot
	}
	n, err := s.Compact(context.Background(), order(t, s, id).App, []history.Snapshot{snapshot.Advance(h.Events...)})
	if err != nil {
		t.Fatalf("Compact: got %v, want nil", err)
	}
	return n
}

// wantCompacted checks what is left of the events of an order, and that it replays.
func wantCompacted(t testing.TB, s Store, id bridge.OrderID, archived int64, events int) {
	t.Helper()
	h := History(t, s, id)
	if h.Archived() != archived || len(h.Events) != events {
		t.Errorf("got a snapshot after %d events and %d events, want %d and %d", h.Archived(), len(h.Events), archived, events)
	}
	o := order(t, s, id)
	same(t, "the order that the history replays to", h.Replay(), o)
	for after := range archived {
		_, err := s.Events(context.Background(), id, after)
		wantKind(t, "events that were archived", err, fault.Expired)
	}
}

func compactedReplays(t *testing.T, s Store) {
	id := settledOrder(t, s, "shop")
	paid := events(t, s, id)[1]
	archived(t, s, "shop", 1, id)
	later := Stored(t, s)
	if n := compact(t, s, id); n != 2 {
		t.Errorf("Compact: got %d events deleted, want 2", n)
	}
	wantCompacted(t, s, id, 2, 0)
	if n := compact(t, s, id); n != 0 {
		t.Errorf("Compact again: got %d events deleted, want none", n)
	}
	h := History(t, s, id)
	same(t, "the time of the last event", h.Snapshot.At, paid.At)
	wantCompacted(t, s, later, 0, 1)
	_, err := s.Snapshot(context.Background(), NewOrder(t).Order.ID)
	wantKind(t, "the snapshot of no order", err, fault.NotFound)
}

func compactedAgain(t *testing.T, s Store) {
	id := settledOrder(t, s, "shop")
	archived(t, s, "shop", 1, id)
	Stored(t, s)
	compact(t, s, id)
	update(t, s, id, func(c *bridge.Change) {
		Add(c, bridge.RefundSucceeded, bridge.EventData{Refund: &bridge.Refund{
			Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 1, CreatedAt: Epoch,
		}})
	})
	wantCompacted(t, s, id, 2, 1)
	if n := compact(t, s, id); n != 0 {
		t.Errorf("Compact before its event is archived: got %d events deleted, want none", n)
	}
	archived(t, s, "shop", 2, id)
	Stored(t, s)
	if n := compact(t, s, id); n != 1 {
		t.Errorf("Compact: got %d events deleted, want 1", n)
	}
	wantCompacted(t, s, id, 3, 0)
	if got := order(t, s, id).Refunded; got != 1 {
		t.Errorf("refunded: got %d, want 1", got)
	}
}

func keepsEvents(t *testing.T, s Store) {
	unarchived := settledOrder(t, s, "other")
	due, flagged := settledOrder(t, s, "shop"), settledOrder(t, s, "shop")
	update(t, s, due, func(c *bridge.Change) { c.Order.DueAt = Epoch })
	update(t, s, flagged, func(c *bridge.Change) {
		Add(c, bridge.OrderAttention, bridge.EventData{Attention: bridge.LatePayment})
		c.Order.DueAt = time.Time{}
	})
	waiting := settledOrder(t, s, "shop")
	update(t, s, waiting, func(c *bridge.Change) {
		AddPaid(c, 1235)
		c.Messages = []bridge.Message{message(waiting, "dlv_wait", c.Order.Sequence)}
	})
	archived(t, s, "shop", 1, waiting)
	Stored(t, s)
	for what, id := range map[string]bridge.OrderID{"not archived": unarchived, "due": due, "flagged": flagged, "with an undelivered message": waiting} {
		if n := compact(t, s, id); n != 0 {
			t.Errorf("an order %s: got %d events deleted, want none", what, n)
		}
		replays(t, s, id)
	}
	finish(t, s, "dlv_wait", store.Delivery{Status: store.Delivered, At: Epoch})
	if n := compact(t, s, waiting); n != 3 {
		t.Errorf("after its delivery: got %d events deleted, want 3", n)
	}
}

func feedAtHorizon(t *testing.T, s Store) {
	ctx := context.Background()
	id := settledOrder(t, s, "shop")
	f := archived(t, s, "shop", 1, id)
	next := Stored(t, s)
	read := func(app string, after bridge.EventKey) ([]store.FeedEvent, error) {
		return s.Feed(ctx, store.FeedQuery{App: app, After: after, Limit: 10})
	}
	check := func(when string) {
		t.Helper()
		for _, after := range []bridge.EventKey{{}, {Order: id, Sequence: 1}} {
			_, err := read("shop", after)
			wantKind(t, when+": the feed before the horizon", err, fault.Expired)
		}
		_, err := read("other", bridge.EventKey{Order: id, Sequence: 1})
		wantKind(t, when+": the feed of another app", err, fault.NotFound)
		_, err = read("shop", bridge.EventKey{Order: id, Sequence: 9})
		wantKind(t, when+": the feed behind no event", err, fault.NotFound)
		for end := time.Now().Add(patience); ; {
			list, err := read("shop", f.Last)
			if err != nil || time.Now().After(end) {
				t.Fatalf("%s: the feed at the horizon: got %d events, %v, want one", when, len(list), err)
			}
			if len(list) > 0 {
				same(t, when+": the feed at the horizon", list[0].Key(), bridge.EventKey{Order: next, Sequence: 1})
				break
			}
		}
	}
	check("before it is compacted")
	compact(t, s, id)
	check("after it was compacted")
	if list, err := read("other", bridge.EventKey{}); err != nil || len(list) != 0 {
		t.Errorf("the feed of an app without archive: got %d events, %v, want none", len(list), err)
	}
}

// feedContinues compacts all that the store has, as far as it allows, before the next event.
func feedContinues(t *testing.T, s Store) {
	for number := range int64(3) {
		id := settledOrder(t, s, "shop")
		archived(t, s, "shop", number+1, id) // reads the feed after the last horizon
		compact(t, s, id)
	}
	list, err := s.Archives(context.Background(), "shop", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Events != 2 {
			t.Errorf("file %d: got %d events, want the 2 of one order", f.Number, f.Events)
		}
	}
}

func archiveOnce(t *testing.T, s Store) {
	ctx := context.Background()
	first := archived(t, s, "shop", 1, settledOrder(t, s, "shop"))
	if err := s.AddArchive(ctx, "shop", first); err != nil {
		t.Errorf("the same file again: got %v, want nil", err)
	}
	other := first
	other.Digest[31] = 1
	wantKind(t, "another first file", s.AddArchive(ctx, "shop", other), fault.Conflict)
	other.Number = 3
	wantKind(t, "a third file without a second", s.AddArchive(ctx, "shop", other), fault.Conflict)
	other.Number, other.Last = 2, bridge.EventKey{Order: NewOrder(t).Order.ID, Sequence: 1}
	wantKind(t, "a file that ends with no event", s.AddArchive(ctx, "shop", other), fault.Conflict)
	second := archived(t, s, "shop", 2, settledOrder(t, s, "shop"))
	list, err := s.Archives(ctx, "shop", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the files", list, []store.ArchiveFile{first, second})
	list, err = s.Archives(ctx, "shop", 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the files after the first", list, []store.ArchiveFile{second})
	h, err := s.Horizon(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the horizon", h, second)
	if h, err = s.Horizon(ctx, "other"); err != nil || h.Number != 0 {
		t.Errorf("the horizon of another app: got %+v, %v, want none", h, err)
	}
}

func archivedPlaces(t *testing.T, s Store) {
	first, second := settledOrder(t, s, "shop"), settledOrder(t, s, "shop")
	settledOrder(t, s, "other")
	archived(t, s, "shop", 1, second)
	Stored(t, s)
	places := func() (keys []bridge.EventKey) {
		var after store.Place
		for {
			page, err := s.ArchivedEvents(context.Background(), "shop", after, 1)
			if err != nil {
				t.Fatalf("ArchivedEvents: got %v, want nil", err)
			}
			if len(page) == 0 {
				return keys
			}
			keys, after = append(keys, page[0].EventKey), page[0].Place
		}
	}
	same(t, "the events", places(), []bridge.EventKey{{Order: first, Sequence: 1}, {Order: first, Sequence: 2}, {Order: second, Sequence: 1}, {Order: second, Sequence: 2}})
	compact(t, s, first)
	same(t, "the events that are left", places(), []bridge.EventKey{{Order: second, Sequence: 1}, {Order: second, Sequence: 2}})
}

func messagesPruned(t *testing.T, s Store) {
	id := Stored(t, s)
	names := []string{"dlv_1", "dlv_2", "dlv_3", "dlv_4", "dlv_5"}
	update(t, s, id, func(c *bridge.Change) {
		AddPaid(c, 1)
		for _, name := range names {
			m := message(id, name, c.Order.Sequence)
			m.CreatedAt = Epoch
			c.Messages = append(c.Messages, m)
		}
	})
	finish(t, s, "dlv_1", store.Delivery{Status: store.Delivered, At: Epoch})
	finish(t, s, "dlv_2", store.Delivery{Status: store.Delivered, At: Epoch.Add(time.Hour)})
	finish(t, s, "dlv_3", store.Delivery{Status: store.Dead, At: Epoch})
	finish(t, s, "dlv_4", store.Delivery{Status: store.Dead, At: Epoch})
	if _, err := s.DismissMessage(context.Background(), "shop", "dlv_4", Dismissal, nil); err != nil {
		t.Fatal(err)
	}
	var after, total int64
	for steps := 0; ; steps++ {
		last, n, err := s.PruneMessages(context.Background(), Epoch.Add(time.Minute), after, 2)
		if err != nil || steps > len(names) {
			t.Fatalf("PruneMessages: got %v after %d steps, want an end", err, steps)
		}
		if total += n; last == 0 {
			break
		}
		after = last
	}
	same(t, "the messages that are left", recordIDs(t, s, store.DeliveryQuery{App: "shop", Limit: 10}), []string{"dlv_5", "dlv_3", "dlv_2"})
	if total != 2 {
		t.Errorf("PruneMessages: got %d deleted, want 2", total)
	}
}

func answersPruned(t *testing.T, s Store) {
	ctx := context.Background()
	young := Epoch.Add(time.Hour)
	old, inline, open, late := withKey(t, "old"), withKey(t, "inline"), withKey(t, "open"), withKey(t, "late")
	inline.Claim.Answer = &bridge.Answer{Status: 201, Body: []byte("inline")}
	late.Claim.CreatedAt = young
	for _, c := range []*bridge.Change{old, inline, open, late} {
		claimed(t, s, c)
	}
	answer(t, s, old, bridge.Answer{Status: 201, Body: []byte("old")})
	answer(t, s, late, bridge.Answer{Status: 201, Body: []byte("late")})
	bare := answered("bare", "body")
	if _, err := s.AddEndpoint(ctx, endpoint("whe_1"), &bare); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.PruneAnswers(ctx, young); err != nil {
			t.Fatalf("PruneAnswers: got %v, want nil", err)
		}
	}
	for _, c := range []*bridge.Change{old, inline, open} {
		again := claimed(t, s, withKey(t, c.Claim.Key))
		if again.Subject != c.Claim.Subject || again.Digest != c.Claim.Digest || again.Answer != nil {
			t.Errorf("the key %s: got %+v, want the first claim without an answer", c.Claim.Key, again)
		}
	}
	if held, err := s.HeldClaim(ctx, late.Claim.Scope, "late"); err != nil || held.Answer == nil || string(held.Answer.Body) != "late" {
		t.Errorf("a younger answer: got %+v, %v, want it", held, err)
	}
	if _, err := s.HeldClaim(ctx, bare.Scope, bare.Key); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a key about no order: got %v, want it free", err)
	}
	answer(t, s, old, bridge.Answer{Status: 200, Body: []byte("again")})
	if held, err := s.HeldClaim(ctx, old.Claim.Scope, "old"); err != nil || held.Answer == nil || string(held.Answer.Body) != "again" {
		t.Errorf("a new answer to the old key: got %+v, %v, want it", held, err)
	}
}

// answersOutOfOrder are of claims that were stored in another order than they were made in, as
// those of requests at once are.
func answersOutOfOrder(t *testing.T, s Store) {
	ctx := context.Background()
	names := []string{"third", "first", "second"}
	for i, after := range []time.Duration{3, 1, 2} {
		c := withKey(t, names[i])
		c.Claim.CreatedAt = Epoch.Add(after * time.Millisecond)
		claimed(t, s, c)
		answer(t, s, c, bridge.Answer{Status: 201, Body: []byte(names[i])})
	}
	if err := s.PruneAnswers(ctx, Epoch); err != nil {
		t.Fatalf("PruneAnswers: got %v, want nil", err)
	}
	for _, name := range names {
		held, err := s.HeldClaim(ctx, withKey(t, name).Claim.Scope, name)
		if err != nil || held.Answer == nil || string(held.Answer.Body) != name {
			t.Errorf("a young answer, of the key %s: got %+v, %v, want it", name, held, err)
		}
	}
}
