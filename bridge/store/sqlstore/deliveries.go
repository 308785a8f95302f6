package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Deliveries returns messages of the outbox that match, the newest first, whatever has
// become of them.
//
// Faults: NotFound when Before is no message of the app; Unavailable.
func (s *Store) Deliveries(ctx context.Context, q bridge.DeliveryQuery) ([]bridge.DeliveryRecord, error) {
	const op = "sqlstore.Deliveries"
	before := newest
	if q.Before != "" {
		var err error
		if before, err = s.placeOf(ctx, op, readMessagePlace, q.Before, q.App); err != nil {
			return nil, err
		}
	}
	return listOf(ctx, s, op, deliveriesSearch(&q, before), scanDelivery)
}

func deliveriesSearch(q *bridge.DeliveryQuery, before int64) *search {
	const columns = `select id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts,
		status, note, tried_at, dismissed_by, dismissed_note, dismissed_at from outbox `
	const end = ` order by position desc limit ?`
	s := newSearch(columns)
	switch {
	case q.ID != "":
	case q.Order != "":
		s.add(`indexed by outbox_order `)
	case q.Status == bridge.Undelivered:
		// These are few unless an endpoint is in trouble, and have no index by position.
		inner := newSearch(`where position in (select position from outbox indexed by outbox_open
			where app = ? and position < ?`, q.App, before).
			filterMessages(q).add(end, pageSize(q.Limit))
		return s.add(inner.text.String(), inner.args...).add(`) order by position desc`)
	case q.Status == bridge.Dead:
		s.add(`indexed by outbox_dead `)
	case q.Status == bridge.Dismissed:
		s.add(`indexed by outbox_dismissed `)
	case q.Endpoint != "":
		s.add(`indexed by outbox_endpoint `)
	default:
		s.add(`indexed by outbox_app `)
	}
	return s.add(`where app = ? and position < ?`, q.App, before).filterMessages(q).add(end, pageSize(q.Limit))
}

func scanDelivery(rows *sql.Rows) (d bridge.DeliveryRecord, err error) {
	var createdAt, runAt, triedAt, dismissedAt any
	err = rows.Scan(&d.ID, &d.App, &d.Endpoint, &d.Order, &d.Sequence, &d.Type, &d.Body, &createdAt, &runAt,
		&d.Attempts, &d.Status, &d.Note, &triedAt, &d.Dismissal.By, &d.Dismissal.Note, &dismissedAt)
	d.CreatedAt, d.RunAt, d.TriedAt = fromMillis(createdAt), fromMillis(runAt), fromMillis(triedAt)
	d.Dismissal.At = fromMillis(dismissedAt)
	return d, err
}

// ReplayMessage makes a message due again at once. It keeps its place: of its order's
// messages that are not settled, it goes before those that were made after it.
//
// Faults: NotFound, unless the claim is held already; Unavailable; Unknown.
func (s *Store) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.ReplayMessage"
	return s.claimed(ctx, op, claim, func(w *conn) error {
		n, err := w.exec(replayMessage, now.UnixMilli(), now.UnixMilli(), app, id)
		if err == nil && n == 0 {
			err = noMessage(op)
		}
		return err
	})
}

// DismissMessage gives up a dead message for good. One that is dismissed already stays as
// it is.
//
// Faults: NotFound and Conflict, unless the claim is held already; Unavailable; Unknown.
func (s *Store) DismissMessage(ctx context.Context, app, id string, d bridge.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.DismissMessage"
	return s.claimed(ctx, op, claim, func(w *conn) error {
		n, err := w.exec(dismissMessage, d.By, d.Note, millis(d.At), app, id)
		if err != nil || n > 0 {
			return err
		}
		var found []string
		err = w.each(selectMessageOfApp, func(row []driver.Value) {
			status, _ := row[0].(string)
			found = append(found, status)
		}, app, id)
		if err != nil {
			return err
		}
		return undismissed(op, found)
	})
}

// undismissed is why a message was not dismissed, by its status, of which there is none
// when there is no such message; nil when it was before.
func undismissed(op string, status []string) error {
	switch {
	case len(status) == 0:
		return noMessage(op)
	case status[0] != string(bridge.Dismissed):
		return fault.New(fault.Conflict, op, "The message is not dead.")
	}
	return nil
}

// claimed commits what run writes together with a claim. When the key is taken, run
// does not come to it, and the older claim is returned.
func (s *Store) claimed(ctx context.Context, op string, claim *bridge.Claim, run func(*conn) error) (held bridge.Claim, err error) {
	err = s.writer.do(ctx, op, func(w *conn) (err error) {
		if claim != nil {
			var taken bool
			if held, taken, err = take(w, insertClaim, *claim); err != nil || taken {
				return err
			}
		}
		return run(w)
	})
	if err != nil {
		return bridge.Claim{}, err
	}
	return held, nil
}

// HeldClaim returns the claim that holds a key.
//
// Faults: NotFound when the key is free; Unavailable.
func (s *Store) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	return claimHeld(ctx, s, "sqlstore.HeldClaim", scope, key)
}

func claimHeld(ctx context.Context, in claimant, op, scope, key string) (bridge.Claim, error) {
	held, err := in.heldClaim(ctx, op, &bridge.Claim{Scope: scope, Key: key})
	switch {
	case err != nil:
		return bridge.Claim{}, err
	case held == nil:
		return bridge.Claim{}, fault.New(fault.NotFound, op, "The key is free.")
	}
	return *held, nil
}

// heldClaim is the claim that holds a key; nil when none does, or none is asked for.
func (s *Store) heldClaim(ctx context.Context, op string, claim *bridge.Claim) (*bridge.Claim, error) {
	if claim == nil {
		return nil, nil
	}
	ctx, err := uninterrupted(ctx)
	if err != nil {
		return nil, asFault(op, err)
	}
	var digest, order, at, status, body any
	err = s.reader.QueryRowContext(ctx, queries[selectClaim], claim.Scope, claim.Key).
		Scan(&digest, &order, &at, &status, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, asFault(op, err)
	}
	held := readClaim(claim.Scope, claim.Key, []driver.Value{digest, order, at, status, body})
	return &held, nil
}
