package index

import (
	"context"
	"errors"
)

// Database is where an index has its tables. The packages below implement it.
type Database interface {
	// Read runs f in a transaction that sees one state of the tables and writes nothing.
	Read(ctx context.Context, f func(Tx) error) error

	// Write runs f in a transaction that no other Write, of this node or of another, runs
	// beside, and commits it. An error from f rolls back and is returned as it is.
	Write(ctx context.Context, f func(Tx) error) error

	// Reset throws the tables away and makes empty ones. Reads that are under way may fail.
	Reset(ctx context.Context) error

	// Damaged reports whether an error says that the tables are damaged or missing.
	Damaged(err error) bool

	Close() error
}

// Tx is a transaction. A text is one statement with a ? for each argument, which is an int64,
// a string or a []byte.
type Tx interface {
	// Query runs a statement once for each set of arguments, in their order, and gives every
	// row to scan with the number of its set.
	Query(ctx context.Context, text string, sets [][]any, scan func(set int, row Row) error) error

	// Exec runs a statement once for each set of arguments, in their order.
	Exec(ctx context.Context, text string, sets [][]any) error
}

// Row is one row of a result.
type Row interface{ Scan(dest ...any) error }

// one is the set of arguments of a statement that runs once.
func one(args ...any) [][]any { return [][]any{args} }

// errMoved says that another node has moved the place since it was read.
var errMoved = errors.New("another node follows the feed")
