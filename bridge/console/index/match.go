package index

import (
	"bytes"
	"context"
	"slices"
	"unicode/utf8"
)

const (
	readName  = "select id from " + namesTable + " where app = ? and name = ? order by id desc limit ?"
	readNames = "select id from " + namesTable + " where app = ? and name > ? and name < ? order by name, id limit ?"
)

// maxMatches bounds the orders that are read for the beginning of a text.
const maxMatches = 1000

// match reads the orders whose ids or names begin with the text, as far as they are in the
// filter.
func (s *search) match(ctx context.Context, m *meaning, wanted []int64) error {
	ids, err := s.named(ctx, m.name)
	if err == nil && m.low != nil {
		var more [][]byte
		more, err = s.between(ctx, m.low, m.high, wanted)
		ids = append(ids, more...)
	}
	if err != nil || !s.selective() {
		for _, id := range ids {
			s.matches[string(id)] = nil
		}
		return err
	}
	sets := make([][]any, len(ids))
	for i, id := range ids {
		sets[i] = []any{id}
	}
	return s.tx.Query(ctx, readOfID, sets, func(set int, row Row) error {
		var app int64
		var doc string
		if err := row.Scan(&app, &doc); err != nil {
			return err
		}
		return s.keep(string(ids[set]), app, doc)
	})
}

// selective reports whether it depends on more than an order's id whether it is wanted.
func (s *search) selective() bool {
	f := s.filter
	return s.by == ByPaid || f.Status != "" || f.Wallet != "" || f.Currency != "" || f.Attention != ""
}

// shortestName is how long a text must be to be searched for as the beginning of a name.
const shortestName = 3

// named returns the newest ids of orders that have the text as a name, and then those of
// names that begin with it, as they sort.
func (s *search) named(ctx context.Context, text string) (ids [][]byte, err error) {
	read := func(_ int, row Row) error {
		var id []byte
		err := row.Scan(&id)
		s.rows++
		ids = append(ids, id)
		return err
	}
	err = s.tx.Query(ctx, readName, one(s.app, text, int64(maxMatches)), read)
	if left := maxMatches - len(ids); err == nil && left > 0 && utf8.RuneCountInString(text) >= shortestName {
		err = s.tx.Query(ctx, readNames, one(s.app, text, text+"\U0010FFFF", int64(left)), read)
	}
	s.partial = s.partial || len(ids) >= maxMatches
	return ids, err
}

// between returns the newest ids of orders of some kinds between two ids, both included.
func (s *search) between(ctx context.Context, low, high []byte, kinds []int64) (ids [][]byte, err error) {
	var sets [][]any
	list, after := listName(ByCreated, s.filter.Attention, ""), append(slices.Clone(high), 0)
	for _, kind := range kinds {
		sets = append(sets, []any{s.app, list, kind, after, low, int64(maxMatches)})
	}
	err = s.tx.Query(ctx, readByCreated, sets, func(_ int, row Row) error {
		var at spot
		err := row.Scan(&at.at, &at.id)
		s.rows++
		ids = append(ids, at.id)
		return err
	})
	slices.SortFunc(ids, func(a, b []byte) int { return bytes.Compare(b, a) })
	s.partial = s.partial || len(ids) >= maxMatches
	return ids[:min(len(ids), maxMatches)], err
}

// keep keeps an order that is of the app and in the filter, and between the bounds.
func (s *search) keep(id string, app int64, doc string) error {
	s.rows++
	if app != s.app {
		return nil
	}
	st, err := decodeState(doc)
	if err == nil && st.matches(&s.filter) && (s.by == ByCreated || st.PaidAt != 0) {
		s.matches[id] = &st
	}
	return err
}

// spotOf returns where an order is in the list.
func (s *search) spotOf(id string, st *state) spot {
	if s.by == ByPaid {
		return spot{st.PaidAt, []byte(id)}
	}
	return spot{0, []byte(id)}
}

// within returns the spots of the matches that are between the bounds.
func (s *search) within() (found []spot) {
	for id, st := range s.matches {
		if at := s.spotOf(id, st); at.compare(s.before) < 0 && at.compare(s.low) >= 0 {
			found = append(found, at)
		}
	}
	return found
}
