package indextest

import (
	"context"
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/console/index"
)

// Statement is a statement that an index ran, with one set of its arguments.
type Statement struct {
	Text string
	Args []any
}

// Statements fills an index from a stream of orders, runs every query of a
// console, and returns the reads that this took.
func Statements(t testing.TB, db index.Database, orders int) []Statement {
	t.Helper()
	s := &Stream{Orders: orders}
	filled := &node{Index: index.New(db, index.Config{Source: s, Apps: []string{"shop"}, Step: 1000}), t: t}
	filled.follow()
	r := &recorder{Database: db}
	x := index.New(r, index.Config{Source: s, Apps: []string{"shop"}})
	for _, q := range s.questions() {
		if _, _, err := q.query(x); err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
	}
	return r.ran
}

// recorder is a database that records what is read.
type recorder struct {
	index.Database
	ran []Statement
}

func (r *recorder) Read(ctx context.Context, f func(index.Tx) error) error {
	return r.Database.Read(ctx, func(tx index.Tx) error { return f(recordedTx{tx, r}) })
}

type recordedTx struct {
	index.Tx
	r *recorder
}

func (t recordedTx) Query(ctx context.Context, text string, sets [][]any, scan func(int, index.Row) error) error {
	for _, args := range sets {
		t.r.ran = append(t.r.ran, Statement{text, slices.Clone(args)})
	}
	return t.Tx.Query(ctx, text, sets, scan)
}
