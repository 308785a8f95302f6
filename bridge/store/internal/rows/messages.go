package rows

import (
	"context"
	"errors"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	messageKey = "app = ? and id = ?"

	attempted      = `attempts = attempts + 1, tried_at = ?, took_ms = ?, answer_status = ?, answer = ?, answered_at = ?`
	deliverMessage = `update outbox set status = 'delivered', run_at = null, note = ?, ` + attempted + `,
		dismissed_by = '', dismissed_note = '', dismissed_at = null where id = ? and status <> 'delivered'`
	finishMessage = `update outbox set status = ?, run_at = ?, note = ?, ` + attempted + `
		where id = ? and attempts = ? and status = 'undelivered'`

	replayMessage = `status = 'undelivered', run_at = ?, created_at = ?, attempts = 0, note = '',
		tried_at = null, took_ms = 0, answer_status = 0, answer = ?, answered_at = null, dismissed_by = '', dismissed_note = '', dismissed_at = null`

	// A message that is dismissed already stays as it is.
	dismissibleMessage = messageKey + " and status in ('dead', 'dismissed')"
	dismissMessage     = `status = 'dismissed', dismissed_by = case status when 'dead' then ? else dismissed_by end,
		dismissed_note = case status when 'dead' then ? else dismissed_note end,
		dismissed_at = case status when 'dead' then ? else dismissed_at end`
)

// FinishMessage stores the outcome of an attempt to deliver a message: a success unless
// the message is delivered already, anything else only while it is undelivered and the
// attempt is the one that was claimed last. So it may be sent again when the connection
// is lost.
//
// Faults: NotFound; Unavailable; Unknown.
func (r *Resources) FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error {
	const op = "store.FinishMessage"
	at, answer := Millis(outcome.At), &outcome.Answer
	how := []any{outcome.Note, at, outcome.Took.Milliseconds(), int64(answer.Status), Blob([]byte(answer.Body)), at}
	s := &Statement{Op: op, Lock: id, Text: deliverMessage, Args: append(how, id)}
	if outcome.Status != store.Delivered {
		s.Text = finishMessage
		s.Args = append(append([]any{string(outcome.Status), Millis(outcome.RunAt)}, how...), id, int64(attempt))
	}
	n, err := r.db.Exec(ctx, s)
	if err == nil && n == 0 {
		_, err = readOne(ctx, r, op, "message", NewSearch("select status from outbox where id = ?", id), scanValue[string])
	}
	return err
}

// ReplayMessage makes a message due again at once. It keeps its place: of its order's
// messages that are undelivered, it goes before those that were made after it.
//
// Faults: NotFound, unless the claim is held already; Unavailable; Unknown.
func (r *Resources) ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "store.ReplayMessage"
	held, err := r.db.Write(ctx, &Write{
		Op: op, Table: "outbox", Claim: claim, Set: replayMessage, Args: []any{now.UnixMilli(), now.UnixMilli(), Blob(nil)},
		Where: messageKey, WhereArgs: []any{app, id},
	})
	if errors.Is(err, ErrStale) {
		err = NotFound(op, "message")
	}
	return held, err
}

// DismissMessage gives up a dead message for good. One that is dismissed already stays as
// it is.
//
// Faults: NotFound and Conflict, unless the claim is held already; Unavailable; Unknown.
func (r *Resources) DismissMessage(ctx context.Context, app, id string, d store.Dismissal, claim *bridge.Claim) (bridge.Claim, error) {
	const op = "store.DismissMessage"
	held, err := r.db.Write(ctx, &Write{
		Op: op, Table: "outbox", Claim: claim, Set: dismissMessage, Args: []any{d.By, d.Note, Millis(d.At)},
		Where: dismissibleMessage, WhereArgs: []any{app, id},
	})
	if errors.Is(err, ErrStale) {
		err = r.undismissed(ctx, op, app, id)
	}
	return held, err
}

// undismissed returns why a message was not dismissed.
func (r *Resources) undismissed(ctx context.Context, op, app, id string) error {
	status, err := readOne(ctx, r, op, "message", NewSearch("select status from outbox where "+messageKey, app, id), scanValue[string])
	switch {
	case err != nil:
		return err
	case status == string(store.Dead), status == string(store.Dismissed): // since the attempt
		return Unavailable(op, ErrStale)
	}
	return fault.New(fault.Conflict, op, "The message is not dead.")
}

// ReadClaim finds the claim that holds a key.
const ReadClaim = `select digest, order_id, created_at, coalesce(c.status, a.status), coalesce(c.body, a.body)
	from claims as c left join answers as a on a.claim = c.number where scope = ? and key = ?`

// ScanClaim reads a row of ReadClaim.
func ScanClaim(row Row, scope, key string) (*bridge.Claim, error) {
	c := bridge.Claim{Scope: scope, Key: key}
	var digest, body []byte
	var status *int64
	// The column is called order_id, from when only orders had claims.
	if err := row.Scan(&digest, &c.Subject, instant{&c.CreatedAt}, &status, &body); err != nil {
		return nil, err
	}
	copy(c.Digest[:], digest)
	if status != nil {
		c.Answer = &bridge.Answer{Status: int(*status), Body: body}
	}
	return &c, nil
}

// HeldClaim returns the claim that holds a key.
//
// Faults: NotFound when the key is free; Unavailable.
func (r *Resources) HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error) {
	const op = "store.HeldClaim"
	held, err := r.heldClaim(ctx, op, &bridge.Claim{Scope: scope, Key: key})
	switch {
	case err != nil:
		return bridge.Claim{}, err
	case held == nil:
		return bridge.Claim{}, fault.New(fault.NotFound, op, "The key is free.")
	}
	return *held, nil
}

// heldClaim returns the claim that holds a key; nil when the key is free, or claim is nil.
func (r *Resources) heldClaim(ctx context.Context, op string, claim *bridge.Claim) (*bridge.Claim, error) {
	if claim == nil {
		return nil, nil
	}
	q := NewSearch(ReadClaim, claim.Scope, claim.Key)
	q.Short = true
	found, err := readAll(ctx, r, op, q, func(row Row) (*bridge.Claim, error) { return ScanClaim(row, claim.Scope, claim.Key) })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
