package indextest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var followTests = []test{
	{"the same feed gives the same, whatever the steps", sameInAnySteps},
	{"a step whose commit is lost is taken again and counts once", countsOnce},
	{"a step that another node has taken is not taken again", countsOnceOnTwoNodes},
	{"two nodes that both follow count every event once", followsOnTwoNodes},
	{"an event that is in the index already changes nothing", passesOverKnownEvents},
	{"one node follows, and another goes on when its lease ends", followsUnderLease},
	{"a lease is released when the node stops", releasesLease},
	{"an index that starts again goes on where it was", goesOnAfterRestart},
	{"a rebuild answers from what it has and ends with the same", rebuildsInSteps},
	{"the index is built again after the store was restored", rebuildsAfterRestore},
	{"the index is built again when the feed does not have its place", rebuildsWithoutPlace},
	{"events whose predecessors are missing are counted and leave the rest alone", skipsGaps},
	{"how far behind the index is is known on any node", knowsHowFar},
}

// everything is what an index answers about both apps.
func (n *node) everything() (all []any) {
	n.t.Helper()
	for _, app := range []string{"shop", "other"} {
		for _, filter := range []index.Filter{{}, {By: index.ByPaid}, {Attention: index.AnyAttention}} {
			page, err := n.List(context.Background(), index.Query{App: app, Filter: filter, Limit: index.MaxPage})
			if err != nil {
				n.t.Fatal(err)
			}
			all = append(all, page.Entries)
		}
		for _, currency := range []wallet.Currency{"PHP", "USD"} {
			all = append(all, n.sums(index.SumsQuery{App: app, Currency: currency, Step: index.Hourly}))
		}
	}
	return all
}

func sameInAnySteps(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 60)
	n := newNode(t, db, f, 1)
	n.follow()
	want := n.everything()
	for _, step := range []int{3, 1000} {
		other := newNode(t, db, f, step)
		if err := other.Rebuild(context.Background()); err != nil {
			t.Fatal(err)
		}
		other.follow()
		if got := other.everything(); !reflect.DeepEqual(got, want) {
			t.Errorf("in steps of %d: got something else than in steps of one", step)
		}
	}
}

func countsOnce(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 40)
	broken := &failing{Database: db}
	n := newNode(t, broken, f, 5)
	for n.status("shop").Behind > 0 || n.status("other").Behind > 0 {
		n.now = n.now.Add(time.Minute) // so that the lease is taken again
		broken.broken = true
		if _, err := n.RunOnce(context.Background()); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("a commit that is lost: got %v, want Unavailable", err)
		}
		broken.broken = false
		if _, err := n.RunOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
		broken.broken = true // of a step
		if _, err := n.RunOnce(context.Background()); err != nil && fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("a commit that is lost: got %v, want Unavailable", err)
		}
		broken.broken = false
	}
	got := n.everything()
	whole := newNode(t, db, f, 1000)
	if err := whole.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	whole.follow()
	if want := whole.everything(); !reflect.DeepEqual(got, want) {
		t.Error("after lost commits: got something else than without")
	}
}

func countsOnceOnTwoNodes(t *testing.T, db index.Database) {
	f := NewFeed()
	f.Pay(f.Create(New{}), Noon.Add(time.Second))
	quick, slow := newNode(t, db, f, 10), newNode(t, db, f, 10)
	slow.now = slow.now.Add(time.Hour) // it takes the lease for ended
	between := &between{Database: db, then: func() { quick.follow() }}
	slow.Index = index.New(between, index.Config{Source: f, Apps: []string{"shop"}, Now: func() time.Time { return slow.now }})
	quick.now = slow.now.Add(time.Hour)
	if _, err := slow.RunOnce(context.Background()); err != nil {
		t.Fatalf("a node that was overtaken: got %v, want nil", err)
	}
	if between.then != nil {
		t.Fatal("the other node was not quicker")
	}
	slow.follow()
	wantSums(t, slow.sums(index.SumsQuery{}), "15", []string{"12 gcash created 1 paid 1 taken 1250"})
	if s := quick.status("shop"); s.Events != 2 {
		t.Errorf("got %+v, want two events", s)
	}
}

// followsOnTwoNodes has nodes that take every lease for ended.
func followsOnTwoNodes(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 40)
	events := int64(len(f.events["shop"]))
	var following sync.WaitGroup
	for i := range 2 {
		n := newNode(t, db, f, 3)
		following.Go(func() {
			n.now = n.now.Add(time.Duration(i) * 30 * time.Minute)
			for done := int64(0); done < events; n.now = n.now.Add(time.Hour) {
				_, err := n.RunOnce(context.Background())
				s, statusErr := n.Status(context.Background())
				if err = errors.Join(err, statusErr); err != nil {
					t.Errorf("RunOnce, Status: %v", err)
					return
				}
				done = s.Apps[0].Events
			}
		})
	}
	following.Wait()
	both := newNode(t, db, f, 100)
	both.now = both.now.Add(100_000 * time.Hour)
	both.follow()
	got := both.everything()
	if s := both.status("shop"); s.Events != events || s.Skipped != 0 {
		t.Errorf("got %+v, want %d events", s, events)
	}
	if err := both.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	both.follow()
	if want := both.everything(); !reflect.DeepEqual(got, want) {
		t.Error("two nodes: got something else than one")
	}
}

// A feed that gives an event again, as no store does, changes nothing.
func passesOverKnownEvents(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	f.Pay(id, Noon.Add(time.Second))
	f.events["shop"] = append(f.events["shop"], f.events["shop"][0])
	other := f.Create(New{At: Noon.Add(time.Minute)})
	whole := newNode(t, db, f, 100)
	whole.follow()
	whole.wantList(index.Query{}, other, id)
	wantSums(t, whole.sums(index.SumsQuery{}), "15", []string{"12 gcash created 2 paid 1 taken 1250"})
}

// between is a database that does something between the second read of a step and its write.
type between struct {
	index.Database
	reads int
	then  func()
}

func (d *between) Read(ctx context.Context, f func(index.Tx) error) error {
	err := d.Database.Read(ctx, f)
	if d.reads++; d.reads == 2 { // the lease, then the place
		then := d.then
		d.then = nil
		then()
	}
	return err
}

func followsUnderLease(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	first, second := newNode(t, db, f, 10), newNode(t, db, f, 10)
	first.follow()
	f.Create(New{At: Noon.Add(time.Second)})
	second.follow()
	second.wantList(index.Query{}, id)
	second.now = second.now.Add(time.Minute)
	second.follow()
	if got := len(second.list(index.Query{}, 50)); got != 2 {
		t.Errorf("after the lease has ended: got %d orders, want 2", got)
	}
}

func releasesLease(t *testing.T, db index.Database) {
	f := NewFeed()
	first, second := newNode(t, db, f, 10), newNode(t, db, f, 10)
	first.follow()
	id := f.Create(New{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := first.Run(ctx); err != context.Canceled {
		t.Fatalf("Run: got %v, want canceled", err)
	}
	second.follow()
	second.wantList(index.Query{}, id)
}

func goesOnAfterRestart(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 30)
	newNode(t, db, f, 4).follow()
	f.Create(New{App: "shop"})
	again := newNode(t, db, f, 4)
	again.now = again.now.Add(time.Minute)
	before := again.status("shop")
	again.follow()
	if after := again.status("shop"); after.Events != before.Events+1 {
		t.Errorf("got %d events after %d, want one more", after.Events, before.Events)
	}
}

func rebuildsInSteps(t *testing.T, db index.Database) {
	f := NewFeed()
	mixed(f, 40)
	n := newNode(t, db, f, 10)
	n.follow()
	want := n.everything()
	if err := n.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := n.status("shop"); !s.Building || s.Events != 0 || s.Behind == 0 {
		t.Errorf("after Rebuild: got %+v, want nothing yet", s)
	}
	n.wantList(index.Query{})
	if more, err := n.RunOnce(context.Background()); err != nil || !more {
		t.Fatalf("the first step: got %v, %v, want more", more, err)
	}
	if s := n.status("shop"); !s.Building || s.Events != 10 || len(n.list(index.Query{}, 50)) == 0 {
		t.Errorf("after a step: got %+v, want ten events and their orders", s)
	}
	n.follow()
	if got := n.everything(); !reflect.DeepEqual(got, want) {
		t.Error("after the rebuild: got something else than before")
	}
	if s := n.status("shop"); s.Building || s.Behind != 0 {
		t.Errorf("after the rebuild: got %+v, want all", s)
	}
}

func rebuildsAfterRestore(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	f.Pay(id, Noon.Add(time.Second))
	n := newNode(t, db, f, 10)
	n.follow()
	f.Drop("shop", 1)
	f.orders[id] = bridge.Replay([]bridge.Event{f.events["shop"][0].Event})
	f.Restore()
	f.End(id, Noon.Add(time.Minute), wallet.Expired) // under the number of the event that was lost
	n.now = n.now.Add(time.Minute)
	n.follow()
	n.wantList(index.Query{Filter: index.Filter{Status: wallet.Expired}}, id)
	wantSums(t, n.sums(index.SumsQuery{}), "15", []string{"12 gcash created 1 expired 1"})
}

func rebuildsWithoutPlace(t *testing.T, db index.Database) {
	f := NewFeed()
	id := f.Create(New{})
	n := newNode(t, db, f, 10)
	f.Create(New{At: Noon.Add(time.Second)})
	n.follow()
	f.Drop("shop", 1)
	if s := n.status("shop"); !s.Building {
		t.Errorf("got %+v, want building", s)
	}
	n.follow()
	n.wantList(index.Query{}, id)
	wantSums(t, n.sums(index.SumsQuery{}), "15", []string{"12 gcash created 1"})
}

func skipsGaps(t *testing.T, db index.Database) {
	f := NewFeed()
	lost := f.Create(New{})
	f.events["shop"] = nil
	f.Pay(lost, Noon.Add(time.Second))
	id := f.Create(New{At: Noon.Add(time.Minute)})
	n := newNode(t, db, f, 10)
	n.follow()
	n.wantList(index.Query{}, id)
	if s := n.status("shop"); s.Skipped != 1 || s.Events != 2 {
		t.Errorf("got %+v, want one event skipped", s)
	}
}

func knowsHowFar(t *testing.T, db index.Database) {
	f := NewFeed()
	n, other := newNode(t, db, f, 1), newNode(t, db, f, 1)
	if s := n.status("shop"); !s.Building || s.Behind != 0 {
		t.Errorf("before the first step: got %+v, want building and not behind", s)
	}
	n.follow()
	if s := other.status("shop"); s.Building || s.Behind != 0 || !s.At.IsZero() {
		t.Errorf("an empty feed: got %+v, want complete", s)
	}
	f.Create(New{})
	f.Create(New{At: Noon.Add(time.Hour)})
	n.now, other.now = Noon.Add(2*time.Hour), Noon.Add(2*time.Hour)
	if s := other.status("shop"); s.Behind != 2*time.Hour {
		t.Errorf("got %v behind, want 2h", s.Behind)
	}
	if _, err := n.RunOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := other.status("shop"); s.Behind != time.Hour || !s.At.Equal(Noon) || s.Events != 1 {
		t.Errorf("after a step: got %+v, want an hour behind", s)
	}
}
