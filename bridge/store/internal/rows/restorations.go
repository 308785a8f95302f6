package rows

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	// ReadRestoration and UpsertRestoration are for ChangeRestoration of a Database.
	ReadRestoration   = `select doc from restoration where id = 1`
	UpsertRestoration = `insert into restoration (id, doc) values (1, ?) on conflict (id) do update set doc = excluded.doc`

	// markUnqueried makes orders due which must be queried at the wallets after a restore.
	// It reads all orders.
	markUnqueried = `update orders set due_at = ?, looks = -1, version = version + 1
	where due_at is not null or created_at >= ?`
	countUnqueried = `select count(*) from orders where looks = -1`
)

// NextRestoration decodes the row of a restoration, of which there is none before the
// first, and encodes what change makes of it.
func NextRestoration(op string, docs []string, change func(store.Restoration) (store.Restoration, error)) (next store.Restoration, doc string, err error) {
	var r store.Restoration
	if len(docs) > 0 {
		err = Decode(op, []byte(docs[0]), &r)
	}
	if err == nil {
		next, err = change(r)
	}
	if err == nil {
		doc, err = Encode(op, &next)
	}
	return next, doc, err
}

// Restoration returns the last restoration; the zero value when there was none.
//
// Faults: Unavailable.
func (r *Resources) Restoration(ctx context.Context) (store.Restoration, error) {
	const op = "store.Restoration"
	docs, err := readAll(ctx, r, op, NewSearch(ReadRestoration), scanValue[string])
	if err != nil {
		return store.Restoration{}, err
	}
	last, _, err := NextRestoration(op, docs, func(r store.Restoration) (store.Restoration, error) { return r, nil })
	return last, err
}

// MarkRestored begins a new epoch and makes every open and recent order due at now, in
// one transaction, however long it takes.
//
// Faults: Unavailable; Unknown, after which it may be done again.
func (r *Resources) MarkRestored(ctx context.Context, now, since time.Time) (store.Restoration, error) {
	mark := &Statement{Text: markUnqueried, Args: []any{now.UnixMilli(), since.UnixMilli()}}
	return r.changeRestoration(ctx, "store.MarkRestored", mark, func(r store.Restoration) (store.Restoration, error) {
		return store.Restoration{Epoch: r.Epoch + 1, RestoredAt: truncated(now)}, nil
	})
}

// LiftRestoration allows payments to wallets again.
//
// Faults: Conflict when nothing is held; Unavailable; Unknown.
func (r *Resources) LiftRestoration(ctx context.Context, d store.Dismissal) (store.Restoration, error) {
	const op = "store.LiftRestoration"
	return r.changeRestoration(ctx, op, nil, func(r store.Restoration) (store.Restoration, error) {
		if !r.Held() {
			return r, fault.New(fault.Conflict, op, "No money is held out.")
		}
		d.At = truncated(d.At)
		r.Lifted = d
		return r, nil
	})
}

func (r *Resources) changeRestoration(ctx context.Context, op string, mark *Statement, change func(store.Restoration) (store.Restoration, error)) (store.Restoration, error) {
	next, err := r.db.ChangeRestoration(ctx, op, mark, change)
	if err != nil {
		return store.Restoration{}, err
	}
	r.changes.Clear()
	return next, nil
}

// UnqueriedOrders counts the orders that are NeverQueried.
//
// Faults: Unavailable.
func (r *Resources) UnqueriedOrders(ctx context.Context) (int, error) {
	n, err := r.placeOf(ctx, "store.UnqueriedOrders", countUnqueried)
	return int(n), err
}
