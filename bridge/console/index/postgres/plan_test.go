package postgres_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/console/index/postgres"
	"github.com/minitill/minitill/bridge/store/pgtest"
)

// plan is a node of what EXPLAIN returns.
type plan struct {
	Node    string  `json:"Node Type"`
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Cond    string  `json:"Index Cond"`
	Plans   []plan
}

// open reports that a scan has a bound of two columns at which it does not stop.
func (p *plan) open() bool {
	return strings.Contains(p.Cond, "ROW(at, id) >") || slices.ContainsFunc(p.Plans, func(q plan) bool { return q.open() })
}

// visited returns the rows that scans have visited, and the kinds of scans.
func (p *plan) visited() (rows float64, scans []string) {
	if strings.Contains(p.Node, "Scan") {
		rows, scans = (p.Rows+p.Removed)*p.Loops, []string{p.Node}
	}
	for i := range p.Plans {
		more, kinds := p.Plans[i].visited()
		rows, scans = rows+more, append(scans, kinds...)
	}
	return rows, scans
}

// A row is visited only when it is returned, of lists, names and orders, whatever is queried
// and however rare it is.
func TestReadsVisitNoRowThatIsNotWanted(t *testing.T) {
	url := pgtest.URL(t)
	const orders = 600
	statements := indextest.Statements(t, openAt(t, url), orders)
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), "vacuum analyze"); err != nil {
		t.Fatal(err)
	}
	checked, alike := 0, make(map[string]int)
	for _, s := range statements {
		if !strings.Contains(s.Text, "console1_lists") && !strings.Contains(s.Text, "console1_names") && !strings.Contains(s.Text, "console1_entries") {
			continue
		}
		kind := s.Text
		if len(s.Args) > 1 {
			kind += s.Args[1].(string)
		}
		if alike[kind]++; alike[kind] > 3 {
			continue
		}
		checked++
		limit := 1.0
		if strings.Contains(s.Text, "limit") {
			limit = float64(s.Args[len(s.Args)-1].(int64))
		}
		p := explain(t, c, s)
		rows, scans := p.visited()
		if p.open() || rows > limit || slices.ContainsFunc(scans, func(s string) bool { return !strings.Contains(s, "Index") }) {
			t.Errorf("%s\n%v\nvisits %v rows by %v, for %v at most", s.Text, s.Args, rows, scans, limit)
		}
	}
	if checked < 100 {
		t.Errorf("got %d reads, want those of all questions", checked)
	}
}

// explain returns the plan that is used for all arguments, with what it reads for these.
func explain(t *testing.T, c *pgx.Conn, s indextest.Statement) plan {
	t.Helper()
	text, literals := s.Text, make([]string, len(s.Args))
	for i, arg := range s.Args {
		text = strings.Replace(text, "?", "$"+strconv.Itoa(i+1), 1)
		literals[i] = literal(arg)
	}
	execute := "execute query"
	if len(literals) > 0 {
		execute += " (" + strings.Join(literals, ", ") + ")"
	}
	results, err := c.PgConn().Exec(context.Background(), postgres.BeginRead+"; prepare query as "+text+
		"; explain (analyze, format json) "+execute+"; deallocate query; commit").ReadAll()
	if err != nil {
		t.Fatalf("explaining %s: %v", s.Text, err)
	}
	var plans []struct{ Plan plan }
	for _, r := range results {
		if len(r.Rows) == 1 {
			err = json.Unmarshal(r.Rows[0][0], &plans)
		}
	}
	if err != nil || len(plans) != 1 {
		t.Fatalf("explaining %s: got %d plans, %v", s.Text, len(plans), err)
	}
	return plans[0].Plan
}

func literal(arg any) string {
	switch arg := arg.(type) {
	case []byte:
		return `'\x` + hex.EncodeToString(arg) + `'::bytea`
	case string:
		return "'" + strings.ReplaceAll(arg, "'", "''") + "'"
	}
	return fmt.Sprint(arg)
}
