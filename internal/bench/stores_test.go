package bench_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/internal/bench"
	"github.com/minitill/minitill/internal/bench/fill"
)

// usage is what one table holds.
type usage struct{ rows, bytes int64 }

// usages returns what each table of a database holds that has orders in it.
func usages(t *testing.T, driver, source, listTables string) map[string]usage {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]usage{}
	for _, name := range column(t, db, listTables) {
		all[name] = usageOf(t, db, name)
	}
	return all
}

func column(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func usageOf(t *testing.T, db *sql.DB, name string) (u usage) {
	t.Helper()
	rows, err := db.Query(`select * from "` + name + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, to := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		to[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		u.rows++
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				u.bytes += int64(len(b))
			} else if v != nil {
				u.bytes += int64(len(fmt.Sprint(v)))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return u
}

// ofOrders are the tables that payments write to. The others hold the installation.
var ofOrders = []string{"orders", "events", "claims", "answers", "payment_ids", "outbox", "refunds", "inbox"}

const paidOrders = 4

func TestTheReferenceWritesWhatTheTillWrites(t *testing.T) {
	o := few(t)
	o.Orders = paidOrders
	err := bench.PayOn(t.Context(), o, func(s bench.Stores) {
		const tables = `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
		wantAlike(t, usages(t, "sqlite", s.Till, tables), usages(t, "sqlite", s.Reference, tables))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheReferenceWritesWhatTheTillWritesOnPostgreSQL(t *testing.T) {
	o := few(t)
	o.Postgres, o.Orders = pgtest.URL(t), paidOrders
	err := bench.PayOn(t.Context(), o, func(s bench.Stores) {
		const tables = `select table_name::text from information_schema.tables where table_schema = 'public'`
		paid := usages(t, "pgx", s.Till, tables)
		wantAlike(t, paid, usages(t, "pgx", s.Reference, tables))
		wantCopies(t, s.Till, paid, func() map[string]usage { return usages(t, "pgx", s.Till, tables) })
	})
	if err != nil {
		t.Fatal(err)
	}
	c := pgtest.Connect(t, o.Postgres)
	if left := pgtest.Column(t, c, `select datname::text from pg_database where datname like 'minitill_bench_%'`); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, ", "))
	}
}

// wantAlike compares the rows of both, and their bytes, which may differ by a fifth.
func wantAlike(t *testing.T, till, reference map[string]usage) {
	t.Helper()
	if till["orders"].rows != paidOrders {
		t.Fatalf("the till has %d orders, want %d", till["orders"].rows, paidOrders)
	}
	for _, name := range ofOrders {
		want, got := till[name], reference[name]
		if got.rows != want.rows {
			t.Errorf("%s: the reference wrote %d rows, the till %d", name, got.rows, want.rows)
		}
		if 5*got.bytes < 4*want.bytes || 5*got.bytes > 6*want.bytes {
			t.Errorf("%s: the reference wrote %d bytes, the till %d", name, got.bytes, want.bytes)
		}
	}
}

// wantCopies copies an order of a PostgreSQL store and counts the rows. An answer is sealed and
// names no order, so it is not copied.
func wantCopies(t *testing.T, url string, before map[string]usage, after func() map[string]usage) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	original := fill.Original{
		ID:  strings.TrimPrefix(column(t, db, "select min(id) from orders")[0], "ord_"),
		Key: column(t, db, "select key from claims where order_id = (select min(id) from orders)")[0],
	}
	const copies = 100
	f, err := fill.Fill(t.Context(), fill.Options{URL: url, Originals: []fill.Original{original}, Orders: copies, Span: time.Hour})
	if err != nil || f.Orders != copies {
		t.Fatalf("got %+v, %v", f, err)
	}
	for name, u := range after() {
		if was := before[name].rows; was > 0 && slices.Contains(ofOrders, name) && name != "answers" && u.rows != was+was/paidOrders*copies {
			t.Errorf("%s: got %d rows after %d, want %d for each copy", name, u.rows, was, was/paidOrders)
		}
	}
}

func TestAFilledStoreIsReadAsIfItsOrdersWereReal(t *testing.T) {
	o := few(t)
	const copies = 120
	f, list, events, err := bench.FilledStatus(t.Context(), o, copies)
	if err != nil {
		t.Fatal(err)
	}
	if f.Orders != copies || f.Bytes <= 0 {
		t.Errorf("got %+v", f)
	}
	if n := strings.Count(list, `"status":"paid","amount"`); n != 100 {
		t.Errorf("a page has %d paid orders, want 100: %.2000s", n, list)
	}
	if !strings.Contains(events, `"order.paid"`) || !strings.Contains(events, `"order.created"`) {
		t.Errorf("the events of a copy: %s", events)
	}
}
