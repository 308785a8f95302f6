package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
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
		status, note, tried_at from outbox `
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
	case q.Endpoint != "":
		s.add(`indexed by outbox_endpoint `)
	default:
		s.add(`indexed by outbox_app `)
	}
	return s.add(`where app = ? and position < ?`, q.App, before).filterMessages(q).add(end, pageSize(q.Limit))
}

func scanDelivery(rows *sql.Rows) (d bridge.DeliveryRecord, err error) {
	var createdAt, runAt, triedAt any
	err = rows.Scan(&d.ID, &d.App, &d.Endpoint, &d.Order, &d.Sequence, &d.Type, &d.Body, &createdAt, &runAt,
		&d.Attempts, &d.Status, &d.Note, &triedAt)
	d.CreatedAt, d.RunAt, d.TriedAt = fromMillis(createdAt), fromMillis(runAt), fromMillis(triedAt)
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
			err = sql.ErrNoRows
		}
		return err
	})
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
