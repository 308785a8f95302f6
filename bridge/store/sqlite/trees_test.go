package sqlite

import (
	"slices"
	"strings"
	"testing"
)

// treesOf returns the b-trees that a statement may write: its table, and the indexes of the
// columns that it sets.
func treesOf(t *testing.T, s *Store, text string) (names []string) {
	t.Helper()
	found, err := s.reader.Query("explain "+text, make([]any, strings.Count(text, "?"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var opcode, name string
		var root int64
		var skip any
		if err := found.Scan(&skip, &opcode, &skip, &root, &skip, &skip, &skip, &skip); err != nil {
			t.Fatal(err)
		}
		if opcode != "OpenWrite" {
			continue
		}
		if err := s.reader.QueryRow("select name from sqlite_schema where rootpage = ?", root).Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Each b-tree that the creation of an order writes costs some microseconds of the one
// writer, so a new index has to be seen here. claims_prunable, orders_attention, orders_reference
// and orders_unasked are partial: few claims and orders have an entry in them.
func TestTheTreesThatACreateWrites(t *testing.T) {
	s := openTest(t)
	for name, c := range map[string]struct {
		statements []statement
		want       string
	}{
		"the order is stored": {
			[]statement{insertClaim, insertOrder, insertEvent},
			"claims claims_key claims_prunable " +
				"orders orders_app orders_attention orders_due orders_reference orders_unasked sqlite_autoindex_orders_1 " +
				"events events_app sqlite_autoindex_events_1",
		},
		"the wallet's answer is stored": {
			[]statement{updateOrder, insertEvent, insertPaymentID, answerClaim},
			"orders orders_attention orders_due orders_unasked sqlite_autoindex_orders_1 " +
				"events events_app sqlite_autoindex_events_1 payment_ids answers",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, statement := range c.statements {
				got = append(got, treesOf(t, s, queries[statement])...)
			}
			if list := strings.Join(got, " "); list != c.want {
				t.Errorf("b-trees:\ngot  %s\nwant %s", list, c.want)
			}
		})
	}
}
