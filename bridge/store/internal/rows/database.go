package rows

import (
	"context"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Database is what Resources need of a database. In every text ? is a parameter.
type Database interface {
	// Query gives the rows of a search to read, which may run again when the connection
	// was lost. Its error is a fault.
	Query(ctx context.Context, op string, q *Search, read func(Rows) error) error
	// Exec commits one statement and returns how many rows it wrote.
	Exec(ctx context.Context, s *Statement) (int64, error)
	// ExecAll commits statements in one transaction, in their order, and returns how many
	// rows each wrote. They are not sent again when the connection is lost.
	ExecAll(ctx context.Context, op string, list []Statement) ([]int64, error)
	// Write commits a write together with its claim, or returns the older claim that
	// holds the key. It returns ErrStale when an update finds no row.
	Write(ctx context.Context, w *Write) (bridge.Claim, error)
	// ChangeRestoration stores what change makes of the last restoration, alone with it,
	// in one transaction with mark, which may be nil.
	ChangeRestoration(ctx context.Context, op string, mark *Statement, change func(store.Restoration) (store.Restoration, error)) (store.Restoration, error)
}

// Dialect is the lists that each database words in its own way.
type Dialect struct {
	Orders     func(*store.OrderQuery) *Search
	Refunds    func(q *store.RefundQuery, before int64) *Search
	Deliveries func(q *store.DeliveryQuery, before int64) *Search
	// ID is the column id in the order of the indexes for lists.
	ID string
	// IndexedBy names an index behind a table; it is empty where the planner needs no hint.
	IndexedBy string
	// FeedPlace finds the numbers of an event's place in the feed; its parameters are order,
	// sequence and app. Feed takes app, place and limit. FeedStart is before the first place.
	FeedPlace, Feed string
	FeedStart       []any
	Position        string // that of a refund, as its indexes have it
	// Prune and each of PruneAnswers take a time and a limit, DueEndpoints the time.
	Prune, DueEndpoints string
	PruneAnswers        []string
	// AddArchive takes the columns of a file but the last event, then its order and sequence, the
	// app twice and the number.
	AddArchive string
	// ArchivedEvents takes an app, a place, the app twice and a limit.
	ArchivedEvents string
	// Compactable is a condition on an event e: it is up to the horizon of the app that it
	// takes, and may be deleted.
	Compactable string
}

// hint names an index for a table.
func (d *Dialect) hint(index string) string {
	if d.IndexedBy == "" {
		return ""
	}
	return d.IndexedBy + index
}

// Statement is one statement that may be sent again without harm: it is guarded, or
// writes the same once more.
type Statement struct {
	Op   string
	Lock string // the row it may wait for, when it may share a transaction; empty: it is sent alone
	Text string
	Args []any
	// Retried is set when an earlier attempt may have been stored.
	Retried bool
}

// Write is an insert, or an update of a row that must be there, together with a claim,
// which may be nil.
type Write struct {
	Op      string
	Table   string
	Columns []string // of an insert
	Set     string   // of an update
	Where   string   // of an update
	Args    []any    // of Columns or Set
	// WhereArgs are those of Where.
	WhereArgs []any
	Claim     *bridge.Claim
	Answer    *bridge.KeyAnswer // completes a claim that was taken before
	// Endpoints raises the version of the endpoints.
	Endpoints bool

	Wrote   bool // the row was written; otherwise the key was taken
	Retried bool // an earlier attempt may have been stored
}

// All returns the arguments of Text and of TextFrom.
func (w *Write) All() []any { return append(w.Args[:len(w.Args):len(w.Args)], w.WhereArgs...) }

// Text returns the statement by itself.
func (w *Write) Text() string {
	if w.Where == "" {
		return w.insert() + " values (" + w.values() + ")"
	}
	return "update " + w.Table + " set " + w.Set + " where " + w.Where
}

// TextFrom returns the statement for the rows of a common table expression: it writes
// nothing when that has none.
func (w *Write) TextFrom(name string) string {
	if w.Where == "" {
		return w.insert() + " select " + w.values() + " from " + name
	}
	return "update " + w.Table + " set " + w.Set + " from " + name + " where " + w.Where
}

func (w *Write) insert() string {
	return "insert into " + w.Table + " (" + strings.Join(w.Columns, ", ") + ")"
}

func (w *Write) values() string {
	return strings.TrimSuffix(strings.Repeat("?, ", len(w.Columns)), ", ")
}

// Resources is the part of a store whose statements both databases share: webhook
// endpoints, API keys, agreements, the inbox, documents, restorations, and the lists.
type Resources struct {
	db      Database
	dialect *Dialect
	changes *Changes
}

// NewResources returns the Resources of a database.
func NewResources(db Database, d *Dialect, c *Changes) Resources { return Resources{db, d, c} }

// readAll returns the rows that a search finds.
func readAll[T any](ctx context.Context, r *Resources, op string, q *Search, scan func(Row) (T, error)) ([]T, error) {
	var list []T
	err := r.db.Query(ctx, op, q, func(found Rows) error {
		list = nil
		return each(found, func(row Row) error {
			item, err := scan(row)
			list = append(list, item)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// readOne returns the row that a search finds. what names it, with its article.
//
// Faults: NotFound; Unavailable.
func readOne[T any](ctx context.Context, r *Resources, op, what string, q *Search, scan func(Row) (T, error)) (T, error) {
	var none T
	q.Short = true
	found, err := readAll(ctx, r, op, q, scan)
	switch {
	case err != nil:
		return none, err
	case len(found) == 0:
		return none, NotFound(op, what)
	}
	return found[0], nil
}

// scanValue reads the one column of a row.
func scanValue[T any](row Row) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// entryBefore names the entry that a page begins behind.
const entryBefore = "entry to go on behind"

// placeOf returns the place in a list of the entry that a page begins behind.
//
// Faults: NotFound; Unavailable.
func (r *Resources) placeOf(ctx context.Context, op, text string, args ...any) (int64, error) {
	return readOne(ctx, r, op, entryBefore, NewSearch(text, args...), scanValue[int64])
}
