package rows_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func postgresAt(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestBothDialectsEndWithTheSameTables(t *testing.T) {
	url := pgtest.URL(t)
	postgresAt(t, url)
	got := pgtest.Column(t, pgtest.Connect(t, url), `select concat_ws(' ', table_name, column_name,
		case data_type when 'bigint' then 'integer' when 'bytea' then 'blob' else data_type end,
		case is_nullable when 'NO' then 'not null' end)
		from information_schema.columns where table_schema = 'public' order by 1`)
	// Only PostgreSQL commits in another order than it writes.
	want := append(sqliteColumns(t),
		"events tx integer not null", "feed id integer not null", "feed base integer not null")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("columns:\npostgres %s\nsqlite   %s", strings.Join(got, "\n         "), strings.Join(want, "\n         "))
	}
}

// sqliteColumns is every column of a new file's tables: table, name, type, "not null".
func sqliteColumns(t *testing.T) (list []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "minitill.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query(`select m.name || ' ' || c.name || ' ' || lower(c.type) ||
		case when c."notnull" or c.pk > 0 then ' not null' else '' end
		from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var column string
		if err := found.Scan(&column); err != nil {
			t.Fatal(err)
		}
		list = append(list, column)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestMigrationsAreNumberedAlike(t *testing.T) {
	names := map[string][]string{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		files, err := filepath.Glob(filepath.Join("..", "..", dialect, "migrations", "*.sql"))
		if err != nil || len(files) < 5 {
			t.Fatalf("migrations of %s: got %v, %v, want them all", dialect, files, err)
		}
		for _, file := range files {
			names[dialect] = append(names[dialect], filepath.Base(file))
		}
	}
	if !slices.Equal(names["sqlite"], names["postgres"]) {
		t.Errorf("migrations: got %v and %v, want the same names", names["sqlite"], names["postgres"])
	}
}

// A program that embeds one store links no driver of the other.
func TestAStoreLinksItsOwnDriverOnly(t *testing.T) {
	for store, drivers := range map[string]struct{ own, other string }{
		"sqlite":   {"modernc.org/sqlite", "github.com/jackc/pgx"},
		"postgres": {"github.com/jackc/pgx", "modernc.org/"},
	} {
		list, err := exec.Command("go", "list", "-deps", "github.com/minitill/minitill/bridge/store/"+store).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if !strings.Contains(string(list), drivers.own) || strings.Contains(string(list), drivers.other) {
			t.Errorf("%s: got %s, want %s and not %s", store, list, drivers.own, drivers.other)
		}
	}
}
