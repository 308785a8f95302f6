package pgtest_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/store/internal/patience"
	"github.com/minitill/minitill/bridge/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connecting: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func run(t *testing.T, c *pgx.Conn, statement string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: got %v, want nil", statement, err)
	}
}

func TestStoresWaitLongForAServerThatTestsKeepBusy(t *testing.T) {
	if patience.Timeout < time.Minute {
		t.Errorf("a round trip ends after %s, want a minute at least", patience.Timeout)
	}
}

func TestEveryURLIsThatOfADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		run(t, connect(t, pgtest.URL(t)), "create table mine (id integer)")
	}
}

func TestADatabaseThatATestHasLeftIsEmptiedForTheNext(t *testing.T) {
	for range 2 {
		t.Run("a test", func(t *testing.T) {
			run(t, connect(t, pgtest.URL(t)), "create table mine (id integer)")
		})
	}
}

func TestADatabaseThatIsLockedIsNotUsedAgain(t *testing.T) {
	var locked string
	var left *pgx.Conn
	t.Run("a test that leaves a transaction", func(t *testing.T) {
		locked = pgtest.URL(t)
		var err error
		if left, err = pgx.Connect(t.Context(), locked); err != nil {
			t.Fatal(err)
		}
		run(t, left, "create table mine (id integer)")
		run(t, left, "begin; lock table mine")
	})
	defer func() { _ = left.Close(context.Background()) }()
	url := pgtest.URL(t)
	if url == locked {
		t.Error("got the database that is locked, want another")
	}
	run(t, connect(t, url), "create table mine (id integer)")
}

func TestWhatWasCommittedOutlivesAStop(t *testing.T) {
	for name, stop := range map[string]func(testing.TB){"killed": pgtest.Kill, "restarted": pgtest.Restart} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.URL(t)
			before := connect(t, url)
			run(t, before, "create table kept (id integer)")
			stop(t)
			if _, err := before.Exec(t.Context(), "select 1"); err == nil {
				t.Error("the old connection: got no error, want one")
			}
			run(t, connect(t, url), "select id from kept")
		})
	}
}

func TestTheServerIsDurable(t *testing.T) {
	c := connect(t, pgtest.URL(t))
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		var value string
		if err := c.QueryRow(t.Context(), "select current_setting($1)", setting).Scan(&value); err != nil || value != "on" {
			t.Errorf("%s: got %q, %v, want on", setting, value, err)
		}
	}
}

func TestAPreparedDatabaseIsAsItWasWhateverATestHasLeft(t *testing.T) {
	prepare := func(url string) error {
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		defer c.Close(context.Background())
		_, err = c.Exec(t.Context(), `
create table shops (id bigint generated always as identity primary key, name text);
create table orders (shop bigint references shops);
insert into shops (name) values ('first')`)
		return err
	}
	var urls []string
	for range 2 {
		t.Run("a test", func(t *testing.T) {
			url := pgtest.Prepared(t, prepare)
			urls = append(urls, url)
			c := connect(t, url)
			run(t, c, "insert into shops (name) values ('second')")
			if got := pgtest.Column(t, c, "select id || ' ' || name from shops order by id"); !slices.Equal(got, []string{"1 first", "2 second"}) {
				t.Errorf("got %q, want the prepared row and the one of the test", got)
			}
			run(t, c, "insert into orders select id from shops")
			run(t, c, "update shops set name = 'other'")
		})
	}
	if urls[0] != urls[1] {
		t.Errorf("got %s and then %s, want one database for both", urls[0], urls[1])
	}
}
