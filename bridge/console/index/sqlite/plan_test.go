package sqlite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
)

// A row is visited only when it is returned: each list is one range of the primary key, with
// both of its bounds in the key. The rows that are returned are counted by Page.Read.
func TestEveryReadIsARangeOfAKey(t *testing.T) {
	d := open(t)
	seen := make(map[string]bool)
	for _, s := range indextest.Statements(t, d, 100) {
		if seen[s.Text] {
			continue
		}
		seen[s.Text] = true
		plan := explain(t, d, s)
		switch {
		case strings.Contains(s.Text, "console1_kinds"): // as many as an app has kinds of orders
		case strings.Contains(plan, "SCAN"):
			t.Errorf("%s\nreads every row: %s", s.Text, plan)
		case strings.Contains(s.Text, "console1_lists") &&
			!strings.Contains(plan, "USING PRIMARY KEY (app=? AND list=? AND kind=? AND at=? AND id>? AND id<?)") &&
			!strings.Contains(plan, "USING PRIMARY KEY (app=? AND list=? AND kind=? AND at>? AND (at,id)<(?,?))"),
			strings.Contains(plan, "TEMP B-TREE"):
			t.Errorf("%s\nreads more than one range: %s", s.Text, plan)
		}
	}
	if len(seen) < 6 {
		t.Errorf("got %d statements, want those of lists, names, orders, kinds, places and sums", len(seen))
	}
}

func explain(t *testing.T, d index.Database, s indextest.Statement) (plan string) {
	t.Helper()
	err := d.Read(context.Background(), func(tx index.Tx) error {
		return tx.Query(context.Background(), "explain query plan "+s.Text, [][]any{s.Args}, func(_ int, row index.Row) error {
			var id, parent, unused int64
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			plan += detail + "; "
			return err
		})
	})
	if err != nil {
		t.Fatalf("explaining %s: %v", s.Text, err)
	}
	return plan
}
