package postgres

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// CreateOrder commits a new order with all that goes with it, or returns the older
// claim and writes nothing, in one round trip. Without a claim it returns the zero
// Claim. When the connection is lost during the commit it is sent again until the
// database answers; the order's id and first event decide whether it is there.
//
// Faults: Conflict when the order exists; Unavailable; Unknown when the database was
// lost during the commit and did not come back in time.
func (s *Store) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	const op = "store.CreateOrder"
	parts, err := createParts(op, c)
	if err != nil {
		return bridge.Claim{}, err
	}
	t := &task{op: op, lock: string(c.Order.ID), claim: c.Claim}
	t.text, t.args = compose(parts)
	var held bridge.Claim
	if c.Claim == nil {
		err = s.create(ctx, t, c)
	} else {
		t.lock = c.Claim.Scope + "\x00" + c.Claim.Key
		held, err = s.take(ctx, t, *c.Claim)
	}
	if err != nil {
		return bridge.Claim{}, err
	}
	s.changes.Created(c, held)
	return held, nil
}

func (s *Store) create(ctx context.Context, t *task, c *bridge.Change) error {
	err := s.write(ctx, t)
	if t.retried && fault.KindOf(err) == fault.Conflict {
		return s.recognize(ctx, t.op, c, err)
	}
	return err
}

// Claim takes a key for an operation on an order that exists, or returns the older
// claim that holds it.
//
// Faults: NotFound when there is no such order; Unavailable; Unknown.
func (s *Store) Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error) {
	const op = "store.Claim"
	t := &task{
		op: op, lock: claim.Scope + "\x00" + claim.Key, text: insertClaimOfOrder,
		args: rows.ClaimOfOrderColumns(&claim), claim: &claim,
	}
	held, err := s.take(ctx, t, claim)
	if errors.Is(err, rows.ErrStale) {
		return bridge.Claim{}, fault.Wrap(fault.NotFound, op, err)
	}
	return held, err
}

// take stores a task that begins with a claim, and returns the claim that holds the
// key afterwards. A repeat of a retried task finds its own.
func (s *Store) take(ctx context.Context, t *task, claim bridge.Claim) (bridge.Claim, error) {
	if err := s.write(ctx, t); err != nil {
		return bridge.Claim{}, err
	}
	if t.rows > 0 {
		return claim, nil
	}
	held, err := s.held(ctx, t)
	switch {
	case err != nil:
		return bridge.Claim{}, err
	case held != nil:
		return *held, nil
	}
	return bridge.Claim{}, rows.Unavailable(t.op, rows.ErrStale)
}
