package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
)

// Deliveries returns messages of the outbox that match, the newest first, whatever has
// become of them.
//
// Faults: NotFound when Before is no message of the app; Unavailable.
func (s *Postgres) Deliveries(ctx context.Context, q bridge.DeliveryQuery) ([]bridge.DeliveryRecord, error) {
	const op = "sqlstore.Deliveries"
	before := newest
	if q.Before != "" {
		var err error
		if before, err = s.placeOf(ctx, op, pgReadMessagePlace, q.Before, q.App); err != nil {
			return nil, err
		}
	}
	return pgListOf(ctx, s, op, pgDeliveriesSearch(&q, before), collectDelivery)
}

// pgDeliveriesSearch sorts by what only the index of its choice has: see the migration.
// The undelivered, of whose number the planner learns too late, are read by their own
// index, and messages of an order by its own: no index has position - 0, or an app with
// nothing appended.
func pgDeliveriesSearch(q *bridge.DeliveryQuery, before int64) *search {
	app, position := `app`, `position + 0`
	switch {
	case q.Order != "":
		app = `app || ''`
	case q.Status == bridge.Undelivered:
		position = `position - 0`
	}
	return newSearch(`select id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts,
		status, note, tried_at, dismissed_by, dismissed_note, dismissed_at from outbox where `+app+` = ? and `+position+` < ?`, q.App, before).
		filterMessages(q).add(` order by `+position+` desc limit ?`, pageSize(q.Limit))
}

func collectDelivery(row pgx.CollectableRow) (d bridge.DeliveryRecord, err error) {
	var createdAt, runAt, triedAt, dismissedAt *int64
	err = row.Scan(&d.ID, &d.App, &d.Endpoint, &d.Order, &d.Sequence, &d.Type, &d.Body, &createdAt, &runAt,
		&d.Attempts, &d.Status, &d.Note, &triedAt, &d.Dismissal.By, &d.Dismissal.Note, &dismissedAt)
	d.Note = original(d.Note)
	d.Dismissal.By, d.Dismissal.Note, d.Dismissal.At = original(d.Dismissal.By), original(d.Dismissal.Note), fromNullable(dismissedAt)
	d.CreatedAt, d.RunAt, d.TriedAt = fromNullable(createdAt), fromNullable(runAt), fromNullable(triedAt)
	return d, err
}

// ReplayMessage makes a message due again at once. It keeps its place: of its order's
// messages that are not settled, it goes before those that were made after it.
//
// Faults: NotFound, unless the claim is held already; Unavailable; Unknown.
func (s *Postgres) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.ReplayMessage"
	t := claimedTask(op, part{partMessageThere, []any{app, id}}, claim,
		part{partReplay, []any{now.UnixMilli(), now.UnixMilli(), app, id}})
	held, err := s.claimed(ctx, t)
	if errors.Is(err, errStale) {
		return bridge.Claim{}, noMessage(op)
	}
	return held, err
}

// DismissMessage gives up a dead message for good. One that is dismissed already stays as
// it is.
//
// Faults: NotFound and Conflict, unless the claim is held already; Unavailable; Unknown.
func (s *Postgres) DismissMessage(ctx context.Context, app, id string, d bridge.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "sqlstore.DismissMessage"
	t := claimedTask(op, part{partMessageDead, []any{app, id}}, claim,
		part{partDismiss, []any{d.By, d.Note, millis(d.At), app, id}})
	held, err := s.claimed(ctx, t)
	if !errors.Is(err, errStale) {
		return held, err
	}
	found, err := query(ctx, s, pgx.RowTo[string], pgReadMessageOfApp, app, id)
	if err == nil {
		err = undismissed(op, found)
	}
	if err == nil { // it died after it was looked at
		err = unavailable(op, errStale)
	}
	return bridge.Claim{}, postgresFault(op, err)
}

// claimedTask is a task whose write hangs on what must be there and on a claim, which
// may be nil, being taken with it. The rest hangs on the write.
func claimedTask(op string, there part, claim *bridge.Claim, write part, rest ...part) *task {
	k := part{text: partNoClaim}
	if claim != nil {
		k = part{partClaimOfAny, claimArgs(insertClaim, *claim)}
	}
	t := &task{op: op, claim: claim}
	t.text, t.args = compose(append([]part{there, k, write}, rest...))
	return t
}

// claimed stores such a task, or returns the older claim that holds the key. It returns
// errStale when what must be there is not.
func (s *Postgres) claimed(ctx context.Context, t *task) (bridge.Claim, error) {
	if err := s.writeAlone(ctx, t); err != nil {
		return bridge.Claim{}, err
	}
	switch {
	case t.rows > 0 && t.claim != nil:
		return *t.claim, nil
	case t.rows > 0:
		return bridge.Claim{}, nil
	case t.held != nil:
		return *t.held, nil
	}
	return bridge.Claim{}, errStale
}

// HeldClaim returns the claim that holds a key.
//
// Faults: NotFound when the key is free; Unavailable.
func (s *Postgres) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	return claimHeld(ctx, s, "sqlstore.HeldClaim", scope, key)
}

// heldClaim is the claim that holds a key; nil when none does, or none is asked for.
func (s *Postgres) heldClaim(ctx context.Context, op string, claim *bridge.Claim) (*bridge.Claim, error) {
	if claim == nil {
		return nil, nil
	}
	t := &task{claim: claim}
	err := s.ask(ctx, func(batch *pgx.Batch) {
		batch.Queue(pgReadClaim, plain(claim.Scope), plain(claim.Key)).Query(t.readClaim)
	})
	return t.held, postgresFault(op, err)
}
