package index

import (
	"bytes"
	"context"
	"slices"

	"github.com/minitill/minitill/fault"
)

// A list is read from its newest order on. Each bound that ends a range is of one column:
// PostgreSQL does not stop at a bound of two.
const (
	readByCreated = "select at, id from " + listsTable + ` where app = ? and list = ? and kind = ? and at = 0
		and id < ? and id >= ? order by id desc limit ?`
	readByPaid = "select at, id from " + listsTable + ` where app = ? and list = ? and kind = ?
		and (at, id) < (?, ?) and at >= ? order by at desc, id desc limit ?`
	readOfID = "select app, doc from " + entriesTable + " where id = ?"
)

// List returns the orders that match a query, newest first.
//
// Faults: Invalid for a cursor of another list; Unavailable.
func (x *Index) List(ctx context.Context, q Query) (Page, error) {
	const op = "index.List"
	size := q.Limit
	if size <= 0 {
		size = DefaultPage
	}
	size = min(size, MaxPage)
	var page Page
	err := x.search(ctx, op, &q, func(s *search) error {
		found, err := s.newest(ctx, size+1)
		if err != nil {
			return err
		}
		if len(found) > size {
			found = found[:size]
			page.Next = found[size-1].cursor(s.by)
		}
		page.Entries, err = s.entries(ctx, found)
		page.Partial, page.Read = s.partial, s.rows
		return err
	})
	return page, err
}

// Count counts the orders that match a query, up to MaxCount. The cursor of the query does
// not matter.
//
// Faults: Unavailable.
func (x *Index) Count(ctx context.Context, q Query) (Count, error) {
	var c Count
	q.After = ""
	err := x.search(ctx, "index.Count", &q, func(s *search) error {
		n, err := s.count(ctx, MaxCount+1)
		c = Count{min(n, MaxCount), n > MaxCount || s.partial}
		return err
	})
	return c, err
}

// search is a query on one state of the tables.
type search struct {
	tx      Tx
	app     int64
	filter  Filter
	by      Time
	low     spot              // the lowest spot that is wanted
	before  spot              // the spots that are wanted are lower
	lists   []source          // that are in order
	matches map[string]*state // of the beginning of the text, by id; nil until it is read
	partial bool
	rows    int
}

// source is one list that is read, and the kinds of orders that are wanted of it.
type source struct {
	list  string
	kinds []int64
}

// search runs f with a query that is ready to be read.
func (x *Index) search(ctx context.Context, op string, q *Query, f func(*search) error) error {
	s := &search{filter: q.Filter, by: q.Filter.By, matches: make(map[string]*state)}
	if s.by == "" {
		s.by = ByCreated
	}
	if s.by != ByCreated && s.by != ByPaid {
		return fault.InvalidField(op, "by", "must be created or paid")
	}
	if err := s.bound(q); err != nil {
		return err
	}
	return x.read(ctx, op, func(tx Tx) error {
		p, err := loadProgress(ctx, tx, q.App)
		if err != nil || p.app == 0 {
			return err
		}
		s.tx, s.app = tx, p.app
		if err := s.prepare(ctx, q.Text); err != nil {
			return err
		}
		return f(s)
	})
}

// highest is above every spot.
var highest = spot{at: 1<<63 - 1, id: bytes.Repeat([]byte{0xff}, 17)}

// bound turns the time of the filter and the cursor into the spots between which the list is
// read. Ids sort by the time of creation.
func (s *search) bound(q *Query) error {
	s.low, s.before = spot{id: []byte{}}, highest
	at := func(ms int64, first []byte) spot {
		if s.by == ByPaid {
			return spot{ms, []byte{}}
		}
		return spot{0, first}
	}
	if f := q.Filter.From; !f.IsZero() {
		s.low = at(f.UnixMilli(), firstOf(f))
	}
	if t := q.Filter.To; !t.IsZero() {
		s.before = at(t.UnixMilli(), firstOf(t))
	}
	if q.After == "" {
		return nil
	}
	after, err := q.After.parse(s.by)
	if err == nil && after.compare(s.before) < 0 {
		s.before = after
	}
	return err
}

// prepare finds the lists and orders that a text may mean.
func (s *search) prepare(ctx context.Context, text string) error {
	all, err := loadKinds(ctx, s.tx, s.app)
	if err != nil {
		return err
	}
	m := meaningOf(text)
	wanted := all.matching(&s.filter)
	for _, term := range m.terms {
		kinds := wanted
		if term[0] == '=' && m.currency != "" {
			narrow := s.filter
			narrow.Currency = m.currency
			kinds = slices.DeleteFunc(all.matching(&narrow), func(n int64) bool { return !slices.Contains(wanted, n) })
		}
		s.lists = append(s.lists, source{listName(s.by, s.filter.Attention, term), kinds})
	}
	if m.all {
		s.lists = []source{{listName(s.by, s.filter.Attention, ""), wanted}}
		return nil
	}
	return s.match(ctx, &m, wanted)
}

// newest returns the spots of the newest orders that match, n at most.
func (s *search) newest(ctx context.Context, n int) ([]spot, error) {
	found := s.within()
	var sets [][]any
	for _, l := range s.lists {
		for _, kind := range l.kinds {
			sets = append(sets, s.set(l.list, kind, n))
		}
	}
	err := s.tx.Query(ctx, s.text(), sets, func(_ int, row Row) error {
		var at spot
		err := row.Scan(&at.at, &at.id)
		s.rows++
		found = append(found, at)
		return err
	})
	slices.SortFunc(found, func(a, b spot) int { return b.compare(a) })
	found = slices.CompactFunc(found, func(a, b spot) bool { return a.compare(b) == 0 })
	return found[:min(n, len(found))], err
}

// text returns the statement that reads a list.
func (s *search) text() string {
	if s.by == ByPaid {
		return readByPaid
	}
	return readByCreated
}

// set returns the arguments of text.
func (s *search) set(list string, kind int64, n int) []any {
	if s.by == ByPaid {
		return []any{s.app, list, kind, s.before.at, s.before.id, s.low.at, int64(n)}
	}
	return []any{s.app, list, kind, s.before.id, s.low.id, int64(n)}
}

// count counts the orders that match, until there are n.
func (s *search) count(ctx context.Context, n int) (int, error) {
	seen := make(map[string]bool)
	for _, at := range s.within() {
		seen[string(at.id)] = true
	}
	for _, l := range s.lists {
		for _, kind := range l.kinds {
			if len(seen) >= n {
				return n, nil
			}
			err := s.tx.Query(ctx, s.text(), one(s.set(l.list, kind, n)...), func(_ int, row Row) error {
				var at spot
				err := row.Scan(&at.at, &at.id)
				s.rows++
				seen[string(at.id)] = true
				return err
			})
			if err != nil {
				return 0, err
			}
		}
	}
	return min(n, len(seen)), nil
}

// entries reads the orders at spots.
func (s *search) entries(ctx context.Context, at []spot) ([]Entry, error) {
	found := make([]Entry, len(at))
	var sets [][]any
	var places []int
	for i, spot := range at {
		if st := s.matches[string(spot.id)]; st != nil {
			found[i] = st.entry()
			continue
		}
		sets, places = append(sets, []any{spot.id}), append(places, i)
	}
	err := s.tx.Query(ctx, readOfID, sets, func(set int, row Row) error {
		var app int64
		var doc string
		if err := row.Scan(&app, &doc); err != nil {
			return err
		}
		s.rows++
		st, err := decodeState(doc)
		found[places[set]] = st.entry()
		return err
	})
	return found, err
}
