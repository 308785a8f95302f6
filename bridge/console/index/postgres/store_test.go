package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/store/pgtest"
	store "github.com/minitill/minitill/bridge/store/postgres"
)

// Events appear in the feed in another order than that of their positions, since writers
// commit at the same time.
func TestTheIndexFollowsAPostgreSQLStore(t *testing.T) {
	url := pgtest.URL(t)
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	indextest.FollowStore(t, openAt(t, url), s)
	if got := s.Stats().Changes; got != 80 {
		t.Errorf("got %d changes of the store, want 80", got)
	}
}

func TestTablesThatWereDroppedAreMadeAgain(t *testing.T) {
	url := pgtest.URL(t)
	f := indextest.NewFeed()
	id := f.Create(indextest.New{})
	d := openAt(t, url)
	x := index.New(d, index.Config{Source: f, Apps: []string{"shop"}})
	follow(t, x)
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), "drop table console1_names, console1_lists"); err != nil {
		t.Fatal(err)
	}
	f.Pay(id, indextest.Noon.Add(time.Minute))
	follow(t, x)
	page, err := x.List(context.Background(), index.Query{App: "shop", Filter: index.Filter{Status: "paid"}})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].ID != id {
		t.Errorf("got %+v, %v, want %s", page.Entries, err, id)
	}
}

func follow(t *testing.T, x *index.Index) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = x.RunOnce(context.Background()); err != nil {
			t.Fatalf("RunOnce: %v", err)
		}
	}
}
