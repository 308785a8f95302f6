package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

func postgresAt(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openPostgres(t testing.TB) *postgres.Store {
	t.Helper()
	return postgresAt(t, migrated(t))
}

// migrated is the URL of a database with all tables and no order.
func migrated(t testing.TB) string {
	t.Helper()
	return pgtest.Prepared(t, func(url string) error {
		s, err := postgres.Open(context.Background(), url)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel() // with the suite behind a pooler
	storetest.Run(t, func(t testing.TB) storetest.Store { return openPostgres(t) })
}

// Behind a pooler statements are sent in another manner, in which the driver has to
// guess the types of arguments.
func TestPostgresAsPoolersNeedIt(t *testing.T) {
	for _, mode := range []string{"exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			s := postgresAt(t, pgtest.URL(t)+"&default_query_exec_mode="+mode)
			storetest.Round(t, s)
		})
	}
}

func TestTenNodesMayStartAtOnce(t *testing.T) {
	url := pgtest.URL(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), url+"&pool_max_conns=2")
			if err != nil {
				t.Errorf("Open: got %v, want nil", err)
				return
			}
			if err := s.Ping(t.Context()); err != nil {
				t.Errorf("Ping: got %v, want nil", err)
			}
			_ = s.Close()
		})
	}
	all.Wait()
	c := pgtest.Connect(t, url)
	want, err := postgres.Known()
	if err != nil {
		t.Fatal(err)
	}
	if got := pgtest.Column(t, c, "select name from migrations order by version"); !slices.Equal(got, want) {
		t.Errorf("migrations: got %v, want each of %v once", got, want)
	}
}

func TestAPostgresThatIsNotFitIsRefused(t *testing.T) {
	url := pgtest.URL(t)
	postgresAt(t, url)
	c := pgtest.Connect(t, url)
	if _, err := c.Exec(t.Context(), "insert into migrations values (999, 'tomorrow', 0)"); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		url  string
		want fault.Kind
	}{
		"tables of a newer version":      {url, fault.Unsupported},
		"commits that are not durable":   {pgtest.URL(t) + "&synchronous_commit=off", fault.Unsupported},
		"a URL that is none":             {"postgres://till:hush/hush@db/till", fault.Invalid},
		"a # in its password":            {"postgres://till:12#hush@127.0.0.1:1/till", fault.Invalid},
		"two names of a database":        {"postgres://till:hush@127.0.0.1:1/till/hush", fault.Invalid},
		"a parameter that is none":       {"postgres://till:hush@127.0.0.1:1/till?sslmode=hush", fault.Invalid},
		"a server that is not there":     {"postgres://127.0.0.1:1/none", fault.Unavailable},
		"a database that does not exist": {strings.Replace(url, "/test_", "/none_", 1), fault.Unavailable},
	} {
		s, err := postgres.Open(t.Context(), test.url)
		if s != nil || fault.KindOf(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if detail := fault.Of(err).Detail; detail == "" || strings.Contains(detail, "select") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the detail %q is not fit to show", name, detail)
		}
	}
}

// A query that walks a whole table is quick in every test and slow in every shop.
func TestNoPostgresQueryScansATable(t *testing.T) {
	url := pgtest.URL(t)
	postgresAt(t, url)
	c := pgtest.Connect(t, url)
	for _, setting := range []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"} {
		if _, err := c.Exec(t.Context(), "set "+setting); err != nil {
			t.Fatal(err)
		}
	}
	for i, query := range postgres.Queries() {
		name := fmt.Sprint("q", i)
		d, err := c.Prepare(t.Context(), name, query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		nulls := strings.TrimSuffix(strings.Repeat("null, ", len(d.ParamOIDs)), ", ")
		if nulls != "" {
			nulls = "(" + nulls + ")"
		}
		for _, step := range pgtest.Column(t, c, "explain execute "+name+nulls) {
			if strings.Contains(step, "Seq Scan") {
				t.Errorf("%s: %s", strings.TrimSpace(step), query)
			}
		}
	}
}

// A burst fills the outbox long before the server has statistics of it, and after its statements were planned.
func TestALongOutboxIsReadByFewPagesWithStatisticsOrWithout(t *testing.T) {
	url := migrated(t)
	c := pgtest.Connect(t, url)
	exec := func(text string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	claim, due := fmt.Sprintf("claim ('shop', 'whe_%026d', 2, 16, 3)", 1), "due (2)"
	exec("set plan_cache_mode = force_generic_plan")
	exec("prepare claim as " + postgres.ClaimMessages)
	exec("prepare due as " + postgres.DueEndpoints)
	exec("execute " + claim)
	exec("execute " + due)
	exec(`insert into outbox (id, app, endpoint, order_id, sequence, type, body, created_at, run_at)
		select endpoint || '_' || n, 'shop', 'whe_' || lpad(endpoint::text, 26, '0'), 'ord_' || lpad((n * 7919 % 5000)::text, 26, '0'), 1, 'order.paid', '{}', 1, 1
		from generate_series(1, 5000) as n, generate_series(1, 2) as endpoint`)
	for _, state := range []struct{ name, next string }{
		{"planned for an empty outbox", "discard plans"}, {"without statistics", "analyze outbox"}, {"with statistics", "select"},
	} {
		wantFewPages(t, c, state.name, claim, 16)
		wantFewPages(t, c, state.name, due, 2)
		exec(state.next)
	}
}

// wantFewPages checks how many rows a statement returns, and that it reads few pages for them.
func wantFewPages(t *testing.T, c *pgx.Conn, state, statement string, want int) {
	t.Helper()
	const most = 1000
	steps := pgtest.Column(t, c, "explain (analyze, buffers) execute "+statement)
	var hit, read, got int
	for _, step := range steps {
		if _, after, there := strings.Cut(step, "Buffers: shared "); there && hit == 0 {
			_, _ = fmt.Sscanf(after, "hit=%d read=%d", &hit, &read)
		}
	}
	_, actual, _ := strings.Cut(steps[0], "(actual ")
	_, _ = fmt.Sscanf(actual, "time=%f..%f rows=%d", new(float64), new(float64), &got)
	if hit+read == 0 || hit+read > most || got != want {
		t.Errorf("%s, %s: got %d rows by %d pages, want %d by %d at most:\n%s", statement, state, got, hit+read, want, most, strings.Join(steps, "\n"))
	}
}

// The row holds the very bytes that its events replay to.
func TestPostgresEventsReplayToTheRowByteForByte(t *testing.T) {
	url := pgtest.URL(t)
	s, c := postgresAt(t, url), pgtest.Connect(t, url)
	id := storetest.Stored(t, s)
	for range 3 {
		increment(t, s, id)
		events, err := s.Events(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		doc := pgtest.Column(t, c, "select doc from orders where id = $1", string(id))
		if got := rowstest.StoredForm(bridge.Replay(events)); len(doc) != 1 || got != doc[0] {
			t.Errorf("replayed:\n got %s\nwant %s", got, doc)
		}
	}
}

func increment(t testing.TB, s storetest.Store, id bridge.OrderID) {
	t.Helper()
	if _, err := s.UpdateOrder(t.Context(), id, addOne); err != nil {
		t.Errorf("UpdateOrder: got %v, want nil", err)
	}
}

func addOne(c *bridge.Change) error {
	storetest.AddPaid(c, c.Order.Paid+1)
	return nil
}
