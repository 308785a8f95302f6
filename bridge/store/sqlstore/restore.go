package sqlstore

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// markUnasked makes orders due about which the wallets must be asked after a restore. It
// reads all orders.
const markUnasked = `update orders set due_at = ?, looks = -1, version = version + 1
	where due_at is not null or created_at >= ?`

// decodeRestoration reads the row of a restoration; there is none before the first.
func decodeRestoration(op string, docs []string) (r bridge.Restoration, err error) {
	if len(docs) > 0 {
		err = decode(op, []byte(docs[0]), &r)
	}
	return r, err
}

// nextRestoration is the one that begins now.
func nextRestoration(r bridge.Restoration, now time.Time) bridge.Restoration {
	return bridge.Restoration{Epoch: r.Epoch + 1, RestoredAt: fromMillis(millis(now))}
}

// lifted is a restoration that a person has ended.
//
// Faults: Conflict when nothing is held.
func lifted(op string, r bridge.Restoration, d bridge.Dismissal) (bridge.Restoration, error) {
	if !r.Held() {
		return bridge.Restoration{}, fault.New(fault.Conflict, op, "No money is held out.")
	}
	d.At = fromMillis(millis(d.At))
	r.Lifted = d
	return r, nil
}

// Restoration returns the last restoration; the zero value when there was none.
//
// Faults: Unavailable.
func (s *Store) Restoration(ctx context.Context) (bridge.Restoration, error) {
	const op = "sqlstore.Restoration"
	docs, err := listOf(ctx, s, op, newSearch(queries[selectRestoration]), scanText)
	if err != nil {
		return bridge.Restoration{}, err
	}
	return decodeRestoration(op, docs)
}

// MarkRestored begins a new epoch and makes every open and recent order due at now,
// in one transaction.
//
// Faults: Unavailable; Unknown.
func (s *Store) MarkRestored(ctx context.Context, now, since time.Time) (bridge.Restoration, error) {
	const op = "sqlstore.MarkRestored"
	return s.changeRestoration(ctx, op, func(w *conn, r bridge.Restoration) (bridge.Restoration, error) {
		err := w.script(context.Background(), markUnasked, now.UnixMilli(), since.UnixMilli())
		return nextRestoration(r, now), err
	})
}

// LiftRestoration lets money out again.
//
// Faults: Conflict when nothing is held; Unavailable; Unknown.
func (s *Store) LiftRestoration(ctx context.Context, d bridge.Dismissal) (bridge.Restoration, error) {
	const op = "sqlstore.LiftRestoration"
	return s.changeRestoration(ctx, op, func(_ *conn, r bridge.Restoration) (bridge.Restoration, error) { return lifted(op, r, d) })
}

func (s *Store) changeRestoration(ctx context.Context, op string, change func(*conn, bridge.Restoration) (bridge.Restoration, error)) (next bridge.Restoration, err error) {
	err = s.writer.do(ctx, op, func(w *conn) error {
		var docs []string
		err := w.each(selectRestoration, func(row []driver.Value) {
			doc, _ := row[0].(string)
			docs = append(docs, doc)
		})
		if err != nil {
			return err
		}
		r, err := decodeRestoration(op, docs)
		if err != nil {
			return err
		}
		if next, err = change(w, r); err != nil {
			return err
		}
		doc, err := encode(op, &next)
		if err == nil {
			_, err = w.exec(upsertRestoration, doc)
		}
		return err
	})
	if err != nil {
		return bridge.Restoration{}, err
	}
	s.recent.forget()
	return next, nil
}

// UnaskedOrders counts the orders whose Looks is Unasked.
//
// Faults: Unavailable.
func (s *Store) UnaskedOrders(ctx context.Context) (int, error) {
	n, err := s.placeOf(ctx, "sqlstore.UnaskedOrders", readUnasked)
	return int(n), err
}
