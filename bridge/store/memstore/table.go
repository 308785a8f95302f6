package memstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// locked runs f while no other call reads or writes. It refuses when the store is closed
// or ctx has ended.
func locked[T any](ctx context.Context, s *Store, op string, f func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, fault.Wrap(fault.Unavailable, op, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return none, fault.New(fault.Unavailable, op, "The store is closed.")
	}
	return f()
}

// do is locked for what returns nothing.
func (s *Store) do(ctx context.Context, op string, f func() error) error {
	_, err := locked(ctx, s, op, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

func notFound(op, what string) error {
	return fault.New(fault.NotFound, op, "There is no such "+what+".")
}

func conflict(op, what string) error {
	return fault.New(fault.Conflict, op, "The "+what+" exists already.")
}

// table is the rows of one kind in the order of their creation.
type table[T any] struct {
	what string // is a row in a message
	rows []*row[T]
	// times are those that are kept to the millisecond.
	times func(*T) []*time.Time
	// keep restores what an update must not change.
	keep func(next, before *T)
}

// row is a value, shared with no caller, and the number of its changes.
type row[T any] struct {
	value   T
	version int
}

// stored returns a value as a store on disk reads it again.
func (t *table[T]) stored(v T) T {
	v = copyOf(v)
	for _, at := range t.times(&v) {
		*at = millis(*at)
	}
	return v
}

// find returns the first row that matches, or nil.
func (t *table[T]) find(matches func(*T) bool) *row[T] {
	at := slices.IndexFunc(t.rows, func(r *row[T]) bool { return matches(&r.value) })
	if at < 0 {
		return nil
	}
	return t.rows[at]
}

// list returns copies of the rows that match.
func (t *table[T]) list(matches func(*T) bool) (list []T) {
	for _, r := range t.rows {
		if matches(&r.value) {
			list = append(list, copyOf(r.value))
		}
	}
	return list
}

// get returns a copy of the first row that matches.
func (t *table[T]) get(op string, matches func(*T) bool) (T, error) {
	r := t.find(matches)
	if r == nil {
		var none T
		return none, notFound(op, t.what)
	}
	return copyOf(r.value), nil
}

// add stores a new row unless one matches.
func (t *table[T]) add(op string, v T, matches func(*T) bool) error {
	if t.find(matches) != nil {
		return conflict(op, t.what)
	}
	t.rows = append(t.rows, &row[T]{value: t.stored(v)})
	return nil
}

// remove deletes the rows that match, and returns how many there were.
func (t *table[T]) remove(matches func(*T) bool) int {
	before := len(t.rows)
	t.rows = slices.DeleteFunc(t.rows, func(r *row[T]) bool { return matches(&r.value) })
	return before - len(t.rows)
}

// claimed runs f together with a claim, which may be nil. When its key is taken, f does
// not run and the older claim is returned.
func (s *Store) claimed(ctx context.Context, op string, claim *bridge.Claim, f func() error) (bridge.Claim, error) {
	return locked(ctx, s, op, func() (bridge.Claim, error) {
		if held := s.held(claim); held != nil {
			return *held, nil
		}
		if err := f(); err != nil {
			return bridge.Claim{}, err
		}
		return s.take(claim), nil
	})
}

// update gives change the row that matches and stores what it leaves behind, together with
// a claim, which may be nil. change runs unlocked, and again after a conflict. Once
// the row is stored, stored runs.
func update[T any](ctx context.Context, s *Store, op string, t *table[T], matches func(*T) bool, claim *bridge.Claim, change func(*T) error, stored func()) (T, bridge.Claim, error) {
	for {
		var held *bridge.Claim
		before, err := locked(ctx, s, op, func() (row[T], error) {
			held = s.held(claim)
			if r := t.find(matches); r != nil {
				return row[T]{copyOf(r.value), r.version}, nil
			}
			return row[T]{}, notFound(op, t.what)
		})
		if held != nil {
			return before.value, *held, nil
		}
		if err != nil {
			return before.value, bridge.Claim{}, err
		}
		next := copyOf(before.value)
		if err := change(&next); err != nil {
			return before.value, bridge.Claim{}, err
		}
		t.keep(&next, &before.value)
		taken, err := locked(ctx, s, op, func() (bridge.Claim, error) {
			r := t.find(matches)
			if r == nil || r.version != before.version || s.held(claim) != nil {
				return bridge.Claim{}, errChanged
			}
			next = t.stored(next)
			*r = row[T]{copyOf(next), r.version + 1}
			stored()
			return s.take(claim), nil
		})
		if !errors.Is(err, errChanged) {
			return next, taken, err
		}
	}
}

// errChanged reports that another call has changed the row since it was read, or has taken
// the claim's key.
var errChanged = errors.New("the row has changed meanwhile")
