package index

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// batch is what one step writes: the orders that its events are about, as they were and as
// they are, and what that adds to the sums.
type batch struct {
	app     int64
	orders  map[bridge.OrderID]*change
	ids     []bridge.OrderID // in the order of their first events
	sums    tally
	skipped int64
}

// change is an order before and after a step.
type change struct {
	core       []byte
	known      bool // an entry of it was there
	was, state state
}

const (
	readDoc   = "select doc from " + entriesTable + " where id = ?"
	putEntry  = "insert into " + entriesTable + " (id, app, doc) values (?, ?, ?) on conflict (id) do update set doc = excluded.doc"
	putPlace  = "insert into " + listsTable + " (app, list, kind, at, id) values (?, ?, ?, ?, ?) on conflict do nothing"
	dropPlace = "delete from " + listsTable + " where app = ? and list = ? and kind = ? and at = ? and id = ?"
	putName   = "insert into " + namesTable + " (app, name, id) values (?, ?, ?) on conflict do nothing"
	dropName  = "delete from " + namesTable + " where app = ? and name = ? and id = ?"
)

// putSums adds numbers to a row of sums.
var putSums = func() string {
	var places, assignments []string
	for _, c := range sumColumns {
		places, assignments = append(places, "?"), append(assignments, c+" = s."+c+" + excluded."+c)
	}
	return "insert into " + sumsTable + " as s (app, currency, span, wallet, at, " + strings.Join(sumColumns[:], ", ") +
		") values (?, ?, ?, ?, ?, " + strings.Join(places, ", ") +
		") on conflict (app, currency, span, wallet, at) do update set " + strings.Join(assignments, ", ")
}()

// apply folds events into the orders that they are about and writes what changed. zone is that
// of local days; nil: there are none.
func apply(ctx context.Context, tx Tx, app int64, zone *time.Location, events []store.FeedEvent) (*batch, error) {
	b := &batch{app: app, orders: make(map[bridge.OrderID]*change), sums: tally{zone: zone}}
	if err := b.load(ctx, tx, events); err != nil {
		return nil, err
	}
	for i := range events {
		b.fold(&events[i].Event)
	}
	return b, b.write(ctx, tx)
}

// load reads the entries of the orders that the events are about.
func (b *batch) load(ctx context.Context, tx Tx, events []store.FeedEvent) error {
	var sets [][]any
	for i := range events {
		id := events[i].Order
		core, ok := coreOf(id)
		if b.orders[id] != nil || !ok {
			continue
		}
		b.orders[id] = &change{core: core}
		b.ids = append(b.ids, id)
		sets = append(sets, []any{core})
	}
	return tx.Query(ctx, readDoc, sets, func(set int, row Row) error {
		var doc string
		if err := row.Scan(&doc); err != nil {
			return err
		}
		c := b.orders[b.ids[set]]
		was, err := decodeState(doc)
		c.known, c.was, c.state = true, was, was
		return err
	})
}

// fold applies one event. An event that is in the index already changes nothing. One whose
// predecessors are missing cannot be applied and is counted.
func (b *batch) fold(e *bridge.Event) {
	c := b.orders[e.Order]
	switch {
	case c == nil || e.Sequence > c.state.Order.Sequence+1:
		b.skipped++
	case e.Sequence == c.state.Order.Sequence+1:
		c.state.fold(e, &b.sums)
	}
}

// write writes what changed: rows that an order no longer has are deleted first.
func (b *batch) write(ctx context.Context, tx Tx) error {
	var w writes
	kinds, err := loadKinds(ctx, tx, b.app)
	if err != nil {
		return err
	}
	for _, id := range b.ids {
		if c := b.orders[id]; c.state.Order.Sequence > c.was.Order.Sequence {
			if err := w.order(b.app, c, kinds); err != nil {
				return err
			}
		}
	}
	w.tally(b.app, &b.sums)
	return w.exec(ctx, tx, kinds)
}

// writes are the sets of arguments of each statement of a step.
type writes struct{ entries, places, noPlaces, names, noNames, sums [][]any }

func (w *writes) order(app int64, c *change, kinds *kinds) error {
	doc, err := c.state.encode()
	if err != nil {
		return err
	}
	w.entries = append(w.entries, []any{c.core, app, doc})
	var oldKind int64
	var oldPlaces []place
	var oldNames []string
	if c.known {
		oldKind, oldPlaces, oldNames = kinds.of(&c.was), c.was.places(), c.was.names()
	}
	kind, places, names := kinds.of(&c.state), c.state.places(), c.state.names()
	for _, p := range oldPlaces {
		if kind != oldKind || !slices.Contains(places, p) {
			w.noPlaces = append(w.noPlaces, []any{app, p.list, oldKind, p.at, c.core})
		}
	}
	for _, p := range places {
		if kind != oldKind || !slices.Contains(oldPlaces, p) {
			w.places = append(w.places, []any{app, p.list, kind, p.at, c.core})
		}
	}
	for _, name := range oldNames {
		if !slices.Contains(names, name) {
			w.noNames = append(w.noNames, []any{app, name, c.core})
		}
	}
	for _, name := range names {
		if !slices.Contains(oldNames, name) {
			w.names = append(w.names, []any{app, name, c.core})
		}
	}
	return nil
}

func (w *writes) tally(app int64, t *tally) {
	for r, numbers := range t.rows {
		if *numbers == [measures]int64{} {
			continue
		}
		set := []any{app, string(r.currency), r.span, r.wallet, r.at}
		for _, n := range numbers {
			set = append(set, n)
		}
		w.sums = append(w.sums, set)
	}
}

func (w *writes) exec(ctx context.Context, tx Tx, kinds *kinds) error {
	for _, s := range []struct {
		text string
		sets [][]any
	}{
		{putKind, kinds.added}, {dropPlace, w.noPlaces}, {dropName, w.noNames},
		{putEntry, w.entries}, {putPlace, w.places}, {putName, w.names}, {putSums, w.sums},
	} {
		if len(s.sets) == 0 {
			continue
		}
		if err := tx.Exec(ctx, s.text, s.sets); err != nil {
			return err
		}
	}
	return nil
}
