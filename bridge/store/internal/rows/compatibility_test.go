package rows_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

// ahead is a database that a later version of the program has expanded.
type ahead struct {
	exec func(text string)
	open func() (storetest.Store, error)
	last int // the last step of this version
}

func onEach(t *testing.T, test func(t *testing.T, a *ahead)) {
	known, err := sqlite.Known()
	if err != nil {
		t.Fatal(err)
	}
	var last int
	if _, err := fmt.Sscanf(known[len(known)-1], "%d_", &last); err != nil {
		t.Fatal(err)
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "minitill.db")
		a := &ahead{last: last, open: func() (storetest.Store, error) { return sqlite.Open(t.Context(), path) }}
		a.exec = func(text string) {
			t.Helper()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		test(t, a)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := pgtest.URL(t)
		a := &ahead{last: last, open: func() (storetest.Store, error) { return postgres.Open(t.Context(), url) }}
		a.exec = func(text string) {
			t.Helper()
			if _, err := pgtest.Connect(t, url).Exec(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		test(t, a)
	})
}

// expand adds what a later version adds, which lives with versions that know a step.
func (a *ahead) expand(version, oldest int) {
	a.exec(fmt.Sprintf("insert into migrations values (%d, 'later.sql', 0)", version))
	a.exec(fmt.Sprintf("insert into compatibility values (%d, %d)", version, oldest))
}

// TestAVersionRunsBesideTheNextOneWhoseSchemaNamesIt: a store that was opened before the next
// version expanded the schema goes on, and so does one that is opened afterwards.
func TestAVersionRunsBesideTheNextOneWhoseSchemaNamesIt(t *testing.T) {
	onEach(t, func(t *testing.T, a *ahead) {
		before, err := a.open()
		if err != nil {
			t.Fatal(err)
		}
		defer before.Close()
		id := storetest.Stored(t, before)
		a.exec("alter table orders add column tomorrow text")
		a.exec("create table later (id bigint primary key)")
		a.expand(a.last+1, a.last)
		a.expand(a.last+2, a.last-1)
		after, err := a.open()
		if err != nil {
			t.Fatalf("Open: got %v, want nil", err)
		}
		defer after.Close()
		for i, s := range []storetest.Store{before, after, before} {
			o, err := s.UpdateOrder(t.Context(), id, func(c *bridge.Change) error {
				storetest.AddPaid(c, c.Order.Paid+1)
				return nil
			})
			if err != nil || o.Paid != int64(i+1) {
				t.Errorf("update %d: got %d paid, %v", i, o.Paid, err)
			}
			storetest.Stored(t, s)
			if list, err := s.Orders(t.Context(), store.OrderQuery{App: o.App, Limit: 10}); err != nil || len(list) != i+2 {
				t.Errorf("a list has %d orders, %v, want %d", len(list), err, i+2)
			}
		}
	})
}

// TestAVersionThatTheSchemaDoesNotNameDoesNotStart, whether a step names none, a later one, or
// stands before another that would live with it.
func TestAVersionThatTheSchemaDoesNotNameDoesNotStart(t *testing.T) {
	for name, contract := range map[string]func(a *ahead){
		"it names none":      func(a *ahead) { a.exec(fmt.Sprintf("insert into migrations values (%d, 'later.sql', 0)", a.last+1)) },
		"it names a later":   func(a *ahead) { a.expand(a.last+2, a.last+1) },
		"one of them is not": func(a *ahead) { a.expand(a.last+1, a.last+1); a.expand(a.last+2, a.last) },
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, a *ahead) {
				s, err := a.open()
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				contract(a)
				if _, err := a.open(); fault.KindOf(err) != fault.Unsupported {
					t.Errorf("Open: got %v, want Unsupported", err)
				}
			})
		})
	}
}
