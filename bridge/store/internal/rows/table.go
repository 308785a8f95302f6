package rows

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// table is a table whose rows are updated under the guard of their version. Each column is
// listed once: its name here, the part of the value that it holds in fields.
type table[T any] struct {
	name, what string // what is a row in a message
	key        []string
	fixed      []string // that an update leaves alone
	moving     []string
	fields     func(*T) fields
	// keep restores what an update must not change.
	keep func(next, before *T)
	// recognize returns nil when a retried write was stored, otherwise what is known of it.
	recognize func(ctx context.Context, t *table[T], r *Resources, op string, row *T, version int64, cause error) error
	// endpoints is whether a write raises the version of the endpoints.
	endpoints bool
}

// fields are pointers to the parts of a value in the order of the columns' names.
type fields struct{ key, fixed, moving []any }

func (f fields) all() []any {
	return append(append(append([]any{}, f.key...), f.fixed...), f.moving...)
}

// columns lists all columns, the version first, each with a prefix.
func (t *table[T]) columns(prefix string) string {
	list := "version"
	for _, names := range [][]string{t.key, t.fixed, t.moving} {
		list += ", " + strings.Join(names, ", ")
	}
	return prefix + strings.ReplaceAll(list, ", ", ", "+prefix)
}

func (t *table[T]) search() *Search {
	return NewSearch("select " + t.columns("") + " from " + t.name)
}

// versioned is a row with its version.
type versioned[T any] struct {
	row     T
	version int64
}

func (t *table[T]) scan(row Row) (v versioned[T], err error) {
	err = row.Scan(append([]any{&v.version}, t.fields(&v.row).all()...)...)
	return v, err
}

func (t *table[T]) scanRow(row Row) (T, error) {
	v, err := t.scan(row)
	return v.row, err
}

// get returns the row that a condition holds for.
//
// Faults: NotFound; Unavailable.
func (t *table[T]) get(ctx context.Context, r *Resources, op, where string, args ...any) (T, int64, error) {
	v, err := readOne(ctx, r, op, t.what, t.search().Add(" where "+where, args...), t.scan)
	return v.row, v.version, err
}

// add stores a new row, together with the claim, which may be nil.
//
// Faults: Conflict; Unavailable; Unknown.
func (t *table[T]) add(ctx context.Context, r *Resources, op string, row *T, claim *bridge.Claim) (bridge.Claim, error) {
	f := t.fields(row)
	args, err := storedAll([]any{int64(1)}, f.all())
	if err != nil {
		return bridge.Claim{}, err
	}
	w := &Write{Op: op, Table: t.name, Claim: claim, Args: args, Endpoints: t.endpoints}
	w.Columns = strings.Split(t.columns(""), ", ")
	held, err := r.db.Write(ctx, w)
	if w.Retried && fault.KindOf(err) == fault.Conflict {
		return held, t.recognize(ctx, t, r, op, row, 1, err)
	}
	return held, err
}

// update is an update of a row.
type update[T any] struct {
	lane  string // orders the updates of one row in this process
	where string // of the key
	args  []any
	claim *bridge.Claim
	// change may return the answer to a claim that was taken before.
	change func(*T) (*bridge.KeyAnswer, error)
}

// update gives change the row as it is and stores what it leaves behind.
//
// Faults: NotFound; Unavailable; Unknown.
func (t *table[T]) update(ctx context.Context, r *Resources, op string, u *update[T]) (T, bridge.Claim, error) {
	lane, err := r.changes.lanes.enter(ctx, u.lane)
	if err != nil {
		var none T
		return none, bridge.Claim{}, Unavailable(op, err)
	}
	defer r.changes.lanes.leave(u.lane, lane)
	return updateRow(ctx, r, op, &rowUpdate[T]{
		claim: u.claim,
		read:  func() (T, int64, error) { return t.get(ctx, r, op, u.where, u.args...) },
		try:   func(row *T, version int64) error { return t.try(ctx, r, op, row, version, u) },
	})
}

// try leaves row as it was unless it was stored; then it is as it will be read again.
func (t *table[T]) try(ctx context.Context, r *Resources, op string, row *T, version int64, u *update[T]) error {
	next := *row
	answer, err := u.change(&next)
	if err != nil {
		return err
	}
	t.keep(&next, row)
	if err := t.commit(ctx, r, op, &next, version, u, answer); err != nil {
		return err
	}
	*row, err = t.reread(&next)
	return err
}

func (t *table[T]) commit(ctx context.Context, r *Resources, op string, next *T, version int64, u *update[T], answer *bridge.KeyAnswer) error {
	args, err := storedAll(nil, t.fields(next).moving)
	if err != nil {
		return err
	}
	w := &Write{Op: op, Table: t.name, Claim: u.claim, Answer: answer, Args: args, Endpoints: t.endpoints}
	w.Set = strings.Join(t.moving, " = ?, ") + " = ?, version = version + 1"
	w.Where, w.WhereArgs = u.where+" and version = ?", append(u.args[:len(u.args):len(u.args)], version)
	_, err = r.db.Write(ctx, w)
	switch {
	case err == nil && !w.Wrote: // the key was taken, perhaps by an earlier attempt
		return ErrStale
	case w.Retried && errors.Is(err, ErrStale):
		return t.recognize(ctx, t, r, op, next, version+1, ErrStale)
	}
	return err
}

// reread returns a row as it will be read again: its times truncated, its lists decoded.
func (t *table[T]) reread(row *T) (again T, err error) {
	again = *row
	from, to := t.fields(row).all(), t.fields(&again).all()
	for i := range from {
		f, ok := to[i].(field)
		if !ok {
			continue
		}
		v, err := stored(from[i])
		if err == nil {
			err = f.Scan(v)
		}
		if err != nil {
			return again, err
		}
	}
	return again, nil
}

// same reports whether two rows are stored alike.
func (t *table[T]) same(a, b *T) (bool, error) {
	first, err := storedAll(nil, t.fields(a).all())
	if err != nil {
		return false, err
	}
	second, err := storedAll(nil, t.fields(b).all())
	return reflect.DeepEqual(first, second), err
}
