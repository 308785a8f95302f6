package fill

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const original = "01M8JQ1YP7ZKNYRKZEGNFV8N6R"

var (
	created = time.Date(2026, 11, 29, 3, 54, 50, 951e6, time.UTC)
	source1 = Original{ID: original, Key: "key-1"}
	aCopy   = copied{id: "01COPYCOPYCOPYCOPYCOPYCOPY", key: "key-2", shift: -time.Hour}
)

func TestACopyHasItsOwnIdsKeyAndTimes(t *testing.T) {
	for name, c := range map[string]struct{ from, want any }{
		"an id":                  {"ord_" + original, "ord_" + aCopy.id},
		"ids inside of JSON":     {`{"id":"pay_` + original + `-1","other":"` + original + `P1"}`, `{"id":"pay_` + aCopy.id + `-1","other":"` + aCopy.id + `P1"}`},
		"a key":                  {"key-1", "key-2"},
		"bytes":                  {[]byte(`x` + original), []byte(`x` + aCopy.id)},
		"times in JSON":          {`{"at":"2026-11-29T03:54:50.951Z","by":"2026-11-29T04:00:00Z"}`, `{"at":"2026-11-29T02:54:50.951Z","by":"2026-11-29T03:00:00Z"}`},
		"a time in milliseconds": {created.UnixMilli(), created.Add(-time.Hour).UnixMilli()},
		"an audit entry":         {"aud_01M8JQ1YP7ZKNYRKZEGNFVLAST", "aud_" + aCopy.id[:22] + "LAST"},
		"an amount":              {int64(450), int64(450)},
		"an old time":            {created.Add(-time.Hour).UnixMilli(), created.Add(-time.Hour).UnixMilli()},
		"another text":           {"paid", "paid"},
		"nothing":                {nil, nil},
	} {
		if got := compile(c.from, &source1, created).of(&aCopy); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestRowsAreFoundByTheId(t *testing.T) {
	if !names([]any{int64(1), "evt_" + original + "-1"}, &source1) || !names([]any{[]byte(original)}, &source1) || names([]any{"01M8JQ1YP7", nil}, &source1) {
		t.Error("a row of the order is not found, or one of another order is")
	}
}

// shop makes a file with an order in two tables, one of which numbers its rows.
func shop(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{
		`create table orders (id text not null unique, created_at integer)`,
		`create table events (position integer primary key, order_id text not null, sequence integer)`,
		`create table settings (name text primary key)`,
		`create index orders_created on orders (created_at)`,
		`insert into orders values ('ord_` + original + `', 1795924490951)`,
		`insert into events (order_id, sequence) values ('ord_` + original + `', 1), ('ord_` + original + `', 2)`,
		`insert into settings values ('theme')`,
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func count(t *testing.T, path, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAllRowsOfAnOrderAreCopiedAndNoOthers(t *testing.T) {
	path := shop(t)
	f, err := Fill(t.Context(), Options{Path: path, Originals: []Original{source1}, Orders: 12, Span: time.Hour})
	if err != nil || f.Orders != 12 || f.Bytes == 0 {
		t.Fatalf("got %+v, %v", f, err)
	}
	for query, want := range map[string]int{
		`select count(*) from orders`:                                      13,
		`select count(*) from events`:                                      26,
		`select count(*) from settings`:                                    1,
		`select count(distinct id) from orders`:                            13,
		`select count(distinct created_at) from orders`:                    13,
		`select max(position) from events`:                                 26,
		`select count(*) from events where sequence = 2`:                   13,
		`select count(*) from sqlite_master where name = 'orders_created'`: 1,
	} {
		if got := count(t, path, query); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
}

func TestRowsThatATillWouldHaveDeletedAreNotMade(t *testing.T) {
	path := shop(t)
	kept := map[string]time.Duration{"events": 30 * time.Minute}
	if _, err := Fill(t.Context(), Options{Path: path, Originals: []Original{source1}, Orders: 4, Span: time.Hour, Kept: kept}); err != nil {
		t.Fatal(err)
	}
	// Copies of 60, 45, 30 and 15 minutes ago: the third is a moment too old.
	if orders, events := count(t, path, `select count(*) from orders`), count(t, path, `select count(*) from events`); orders != 5 || events != 4 {
		t.Errorf("got %d orders and %d events, want 5 and 4", orders, events)
	}
}

func TestTheStoreGrowsNoFurtherThanAllowed(t *testing.T) {
	f, err := Fill(t.Context(), Options{Path: shop(t), Originals: []Original{source1}, Orders: 3 * batch, MostBytes: 1})
	if err != nil || f.Orders != batch {
		t.Errorf("got %+v, %v; want one batch", f, err)
	}
}

func TestAnOrderThatIsNotThereIsNotCopied(t *testing.T) {
	other := Original{ID: strings.Replace(original, "R", "S", 1)}
	if _, err := Fill(t.Context(), Options{Path: shop(t), Originals: []Original{other}, Orders: 1}); !errors.Is(err, errNothing) {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedFillKeepsTheIndexes(t *testing.T) {
	path := shop(t)
	ctx, stop := context.WithCancel(t.Context())
	_, err := Fill(ctx, Options{Path: path, Originals: []Original{source1}, Orders: 2 * batch, Progress: func(int, int) { stop() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if n := count(t, path, `select count(*) from sqlite_master where name = 'orders_created'`); n != 1 {
		t.Error("the index is gone")
	}
	if n := count(t, path, `select count(*) from orders`); n != 1+batch {
		t.Errorf("%d orders, want the whole batches", n)
	}
}

func TestRowsThatAreNotWantedAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `create table orders (id text); insert into orders values ('ord_`+original+`'), ('ord_1'), ('ord_2')`); err != nil {
		t.Fatal(err)
	}
	f, err := openSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.close(context.Background()) }()
	got, err := f.rows(t.Context(), &table{name: "orders", columns: []string{"id"}}, func(row []any) bool { return names(row, &source1) })
	if want := [][]any{{"ord_" + original}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
