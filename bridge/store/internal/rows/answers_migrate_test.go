package rows_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// Claims that were written before answers had a table of their own are held as before, those
// without an answer get one, and all are pruned with their answers.
func TestClaimsOfTheVersionBeforeKeepTheirAnswers(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "minitill.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		exec := func(text string) {
			if _, err := db.Exec(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		before(t, "sqlite", exec)
		exec(oldClaims("x'01'", "x'7b7d'"))
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatalf("Open: got %v, want nil", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		wantOldClaims(t, s, func() (n int) {
			if err := db.QueryRow("select (select count(*) from claims) * 100 + (select count(*) from answers)").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := pgtest.URL(t)
		c := pgtest.Connect(t, url)
		exec := func(text string) {
			if _, err := c.Exec(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		before(t, "postgres", exec)
		exec(oldClaims(`'\x01'`, `'\x7b7d'`))
		wantOldClaims(t, postgresAt(t, url), func() (n int) {
			row := c.QueryRow(t.Context(), "select (select count(*) from claims) * 100 + (select count(*) from answers)")
			if err := row.Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		})
	})
}

// before applies the migrations before the one with answers.
func before(t *testing.T, dialect string, exec func(text string)) {
	t.Helper()
	exec("create table migrations (version bigint primary key, name text not null, applied_at bigint not null)")
	files, err := filepath.Glob(filepath.Join("..", "..", dialect, "migrations", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if name >= "0009" {
			return
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		exec(string(text))
		exec(fmt.Sprintf("insert into migrations values (%s, '%s', 0)", name[:4], name))
	}
}

func oldClaims(digest, body string) string {
	return fmt.Sprintf(`insert into claims (scope, key, digest, order_id, created_at, status, body) values
		('s', 'answered', %[1]s, 'ord_1', 2, 201, %[2]s), ('s', 'open', %[1]s, 'ord_2', 1, null, null)`, digest, body)
}

func wantOldClaims(t *testing.T, s storetest.Store, count func() int) {
	t.Helper()
	held := func(key string) bridge.Claim {
		t.Helper()
		c, err := s.HeldClaim(t.Context(), "s", key)
		if err != nil {
			t.Fatalf("HeldClaim %s: got %v, want nil", key, err)
		}
		return c
	}
	if c := held("answered"); c.Subject != "ord_1" || c.Answer == nil || c.Answer.Status != 201 || string(c.Answer.Body) != "{}" {
		t.Errorf("a claim with an answer: got %+v", c)
	}
	if c := held("open"); c.Subject != "ord_2" || c.Answer != nil || c.CreatedAt.UnixMilli() != 1 {
		t.Errorf("a claim without an answer: got %+v", c)
	}
	o := storetest.NewOrder(t)
	if _, err := s.CreateOrder(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"answered", "open"} {
		_, err := s.UpdateOrder(t.Context(), o.Order.ID, func(c *bridge.Change) error {
			c.Answer = &bridge.KeyAnswer{Scope: "s", Key: key, Answer: bridge.Answer{Status: 200, Body: []byte("late")}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if a := held("answered").Answer; string(a.Body) != "{}" {
		t.Errorf("an answer was replaced by %q", a.Body)
	}
	if a := held("open").Answer; a == nil || string(a.Body) != "late" {
		t.Errorf("the answer to the open claim: got %+v, want it", a)
	}
	if n := count(); n != 201 {
		t.Errorf("claims and answers: got %d, want 2 and 1", n)
	}
	if err := s.Prune(context.Background(), time.UnixMilli(3)); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("after Prune: got %d claims and answers, want none", n)
	}
}
