package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/internal/app"
	"github.com/minitill/minitill/internal/bench"
	"github.com/minitill/minitill/internal/bench/report"
)

// asCommand lets the test binary be the command.
const asCommand = "MINITILL_BENCH_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
		code := app.Main(ctx, app.Env{Args: os.Args[1:], Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(code)
	}
	os.Exit(pgtest.Main(m))
}

// few are options of a run that takes a moment.
func few(t *testing.T, only ...string) bench.Options {
	t.Helper()
	t.Setenv(asCommand, "1")
	return bench.Options{
		Program: os.Args[0], Build: "this test", Only: only, Orders: 4, Connections: 2, Limit: 5 * time.Minute, Dir: t.TempDir(),
		MeasureFor: 10 * time.Millisecond,
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestEachBenchmarkReportsAndLeavesNothing(t *testing.T) {
	o := few(t, "start", "create", "status", "alone", "rsa", "copies", "queries", "webhooks", "backlog", "memory", "index", "filled", "console")
	o.Filled = 45 // with copies of a refunded order
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range r.Rows {
		row := &r.Rows[i]
		names = append(names, row.Name)
		if row.Store != "sqlite" || row.What == "" {
			t.Errorf("%s: got store %q and words %q", row.Name, row.Store, row.What)
		}
		for _, f := range row.Figures {
			if f.PerSecond <= 0 {
				t.Errorf("%s: the rate of the %s is %v", row.Name, f.Side, f.PerSecond)
			}
		}
	}
	want := "start create notify status status alone rsa rsa copies queries queries webhooks backlog memory index filled filled console operators"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got the rows %s\nwant %s", got, want)
	}
	wantCount(t, r, "copies", "effects of the notifications", 4)
	wantCount(t, r, "webhooks", "orders whose webhook was received", 4)
	wantCount(t, r, "backlog", "deliveries", 8)
	wantEmpty(t, o.Dir)
}

// wantCount checks the value of a check of a row.
func wantCount(t *testing.T, r *report.Report, name, what string, want float64) {
	t.Helper()
	for _, row := range r.Rows {
		for _, c := range row.Checks {
			if row.Name == name && c.What == what && c.Binds {
				if *c.Value != want || !c.Met {
					t.Errorf("%s: got %v, %v; want %v", what, *c.Value, c.Met, want)
				}
				return
			}
		}
	}
	t.Errorf("%s has no check %q that binds", name, what)
}

func TestTheReferenceAndAnotherBinaryTakeTurns(t *testing.T) {
	o := few(t, "notify")
	o.Beside = os.Args[0]
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		for _, side := range []string{report.Till, report.Reference, report.Beside} {
			if f, there := row.Figure(side); !there || f.PerSecond <= 0 {
				t.Errorf("%s: the %s has %+v", row.Name, side, f)
			}
		}
		if c := row.Checks[0]; !c.Binds || *c.Value <= 0 {
			t.Errorf("%s: the ratio is %+v", row.Name, c)
		}
	}
	if !strings.Contains(r.Builds[report.Beside], "minitill") {
		t.Errorf("the builds are %v", r.Builds)
	}
	wantJSON(t, r)
}

// wantJSON checks the form for programs.
func wantJSON(t *testing.T, r *report.Report) {
	t.Helper()
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	machine := got["machine"].(map[string]any)
	if got["version"] != 1.0 || machine["fsyncPerSecond"].(float64) <= 0 || got["builds"].(map[string]any)["till"] != "this test" {
		t.Errorf("got %s", &b)
	}
}

// stopper ends a run when a benchmark begins.
type stopper struct {
	at   string
	stop func()
}

func (s stopper) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.at) {
		s.stop()
	}
	return len(p), nil
}

func TestAnInterruptedRunLeavesNothing(t *testing.T) {
	o := few(t, "create")
	o.Orders = 1_000_000
	ctx, stop := context.WithCancel(t.Context())
	o.Progress = &report.Progress{Out: stopper{"create", stop}}
	if _, err := bench.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	wantEmpty(t, o.Dir)
}

func TestAServerThatDoesNotStartIsExplained(t *testing.T) {
	o := few(t, "create")
	o.Beside = filepath.Join(o.Dir, "none")
	if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v, want the name of the binary", err)
	}
	wantEmpty(t, o.Dir)
}

func TestOnlyThisMachineIsMeasured(t *testing.T) {
	for url, allowed := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:8080": true, "http://127.9.9.9": true,
		"postgres://u@localhost/x": true, "postgres:///x?host=/var/run/postgresql": true,
		"http://192.0.2.7:8080": false, "http://till.example.com": false, "http://localhost.example.com": false, "http://0.0.0.0": false,
		"http://127.0.0.1.example.com": false, "http://127.0.0.1@till.example.com": false, "https://[2001:db8::1]": false, "": false,
		"postgres://u@db.example.com/x": false, "postgres://u@localhost/x?host=db.example.com": false, "postgres:///x?hostaddr=192.0.2.7": false, "postgres://u@localhost/x?hostaddr=192.0.2.7": false,
		"postgres://u@127.0.0.1,db.example.com/x": false, "host=db.example.com dbname=x": false, "postgres:///x": false,
	} {
		if err := bench.CheckLoopback(url); (err == nil) != allowed {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestAnotherMachineIsMeasuredOnlyWhenNamedTwice(t *testing.T) {
	const url = "http://till.example.com"
	for name, c := range map[string]struct {
		target  bench.Target
		allowed bool
	}{
		"this machine":       {bench.Target{URL: "http://127.0.0.1:1"}, true},
		"not allowed":        {bench.Target{URL: url, Repeated: url}, false},
		"not repeated":       {bench.Target{URL: url, AllowRemote: true}, false},
		"another repeated":   {bench.Target{URL: url, AllowRemote: true, Repeated: url + ".org"}, false},
		"allowed and named":  {bench.Target{URL: url, AllowRemote: true, Repeated: url}, true},
		"no URL at all":      {bench.Target{AllowRemote: true, Repeated: ""}, true}, // fails when it is dialed
		"a URL without host": {bench.Target{URL: "till"}, false},
	} {
		c.target.Wallet, c.target.SKU = "main", "latte"
		if err := c.target.Check(); (err == nil) != c.allowed {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnUnknownBenchmarkIsRefusedBeforeAnythingStarts(t *testing.T) {
	o := few(t, "everything")
	if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "create") {
		t.Errorf("got %v, want the names that there are", err)
	}
	wantEmpty(t, o.Dir)
}

func TestTheRateOfDueOrders(t *testing.T) {
	start := time.Unix(0, 0)
	times := []time.Time{start, start.Add(time.Second), start.Add(2 * time.Second), start.Add(3 * time.Second)}
	if got := bench.QueryRate(times, 4, time.Second, time.Minute); got != 1 {
		t.Errorf("got %v, want 1/s: the last is answered a second later", got)
	}
	if got := bench.QueryRate(times, 600, time.Second, time.Minute); got != 4.0/60 {
		t.Errorf("not all came: got %v, want those of the whole time", got)
	}
	if got := bench.Bound(100, 300); got != 75 {
		t.Errorf("the bound of 100/s and 300/s: got %v, want 75", got)
	}
	if got := bench.Bound(0, 300); got != 0 {
		t.Errorf("without a rate: got %v", got)
	}
}
