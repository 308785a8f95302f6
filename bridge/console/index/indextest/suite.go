package indextest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/wallet"
)

// test is one case of the suite. It is given an empty database.
type test struct {
	name string
	run  func(*testing.T, index.Database)
}

// Run runs the suite. open returns an empty database.
func Run(t *testing.T, open func(testing.TB) index.Database) {
	for _, list := range [][]test{searchTests, listTests, sumsTests, followTests, contextTests} {
		for _, c := range list {
			t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
		}
	}
}

// node is an index that follows a feed, at a clock that tests set.
type node struct {
	*index.Index
	t   testing.TB
	now time.Time
}

// newNode returns an index of the apps shop and other that takes steps of a few events.
func newNode(t testing.TB, db index.Database, f *Feed, step int) *node {
	n := &node{t: t, now: Noon.Add(48 * time.Hour)}
	n.Index = index.New(db, index.Config{
		Source: f, Apps: []string{"shop", "other"}, Now: func() time.Time { return n.now }, Step: step,
	})
	return n
}

// follow takes steps until there is nothing more.
func (n *node) follow() {
	n.t.Helper()
	for more := true; more; {
		var err error
		if more, err = n.RunOnce(context.Background()); err != nil {
			n.t.Fatalf("RunOnce: %v", err)
		}
	}
}

// list returns the ids of all orders that match, page by page.
func (n *node) list(q index.Query, size int) (ids []bridge.OrderID) {
	n.t.Helper()
	if q.App == "" {
		q.App = "shop"
	}
	for q.Limit = size; ; {
		page, err := n.List(context.Background(), q)
		if err != nil {
			n.t.Fatalf("List(%+v): %v", q, err)
		}
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if q.After = page.Next; q.After == "" {
			return ids
		}
		if len(page.Entries) != size {
			n.t.Fatalf("List(%+v): got %d entries on a page that is not the last, want %d", q, len(page.Entries), size)
		}
	}
}

func (n *node) wantList(q index.Query, want ...bridge.OrderID) {
	n.t.Helper()
	if got := n.list(q, 50); !slices.Equal(got, want) {
		n.t.Errorf("List(%+v):\n got %v\nwant %v", q, got, want)
	}
}

func (n *node) sums(q index.SumsQuery) []index.Sums {
	n.t.Helper()
	if q.App == "" {
		q.App = "shop"
	}
	if q.Currency == "" {
		q.Currency = "PHP"
	}
	if q.From.IsZero() {
		q.From, q.To = Noon.Add(-72*time.Hour), Noon.Add(72*time.Hour)
	}
	got, err := n.Sums(context.Background(), q)
	if err != nil {
		n.t.Fatalf("Sums(%+v): %v", q, err)
	}
	return got
}

func (n *node) status(app string) index.AppStatus {
	n.t.Helper()
	s, err := n.Status(context.Background())
	if err != nil {
		n.t.Fatalf("Status: %v", err)
	}
	i := slices.IndexFunc(s.Apps, func(a index.AppStatus) bool { return a.App == app })
	return s.Apps[i]
}

func money(minor int64, currency wallet.Currency) wallet.Money {
	return wallet.Money{Minor: minor, Currency: currency}
}

// errLost is how a commit ends in tests.
var errLost = errors.New("the connection was lost")

// failing is a database whose writes fail while broken is set, after all of them was done.
type failing struct {
	index.Database
	broken bool
}

func (d *failing) Write(ctx context.Context, f func(index.Tx) error) error {
	return d.Database.Write(ctx, func(tx index.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if d.broken {
			return errLost
		}
		return nil
	})
}
