package rows

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
)

// maxRuns bounds how often one change is decided. Changes made in this process do not
// race, so only conflicts with other processes use it up.
const maxRuns = 100

// Changes coordinates the changes that this process makes: those of one row follow each
// other, and orders that were written lately are cached.
type Changes struct {
	lanes  *lanes
	recent *recent
}

// NewChanges returns the Changes of a store that was just opened.
func NewChanges() *Changes { return &Changes{lanes: newLanes(), recent: newRecent()} }

// Clear empties the cache, since rows of orders or the endpoints have changed.
func (c *Changes) Clear() { c.recent.clear() }

// Created caches a new order, unless its key was taken and it was not stored.
func (c *Changes) Created(change *bridge.Change, held bridge.Claim) {
	if change.Claim != nil && held.Subject != string(change.Order.ID) {
		return
	}
	o := change.Order
	o.Schedule = truncatedSchedule(o.Schedule)
	c.recent.add(o, 1)
}

// Orders is what an update of an order needs of a database.
type Orders interface {
	// ReadOrder reads an order with the version of the endpoints, of one snapshot.
	ReadOrder(ctx context.Context, op string, id bridge.OrderID) (*Record, error)
	// CommitOrder returns ErrStale when the order has another version by now than was
	// read or, where the change has events, the endpoints have.
	CommitOrder(ctx context.Context, op string, c *bridge.Change, read *Written) error
}

// UpdateOrder decides a change and commits it, again after a conflict.
func (c *Changes) UpdateOrder(ctx context.Context, db Orders, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	const op = "store.UpdateOrder"
	lane, err := c.lanes.enter(ctx, string(id))
	if err != nil {
		return bridge.Order{}, Unavailable(op, err)
	}
	defer c.lanes.leave(string(id), lane)
	u := orderUpdate{db, c.recent, op, change}
	if w, ok := c.recent.get(id); ok {
		o, err := u.try(ctx, &w)
		if !errors.Is(err, ErrStale) && !errors.Is(err, errUndecided) {
			return o, err
		}
	}
	return u.run(ctx, id)
}

type orderUpdate struct {
	db     Orders
	recent *recent
	op     string
	change func(*bridge.Change) error
}

// errUndecided reports that a change has to be decided on the order as it is stored.
var errUndecided = errors.New("the order has to be read")

func (u *orderUpdate) run(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	for range maxRuns {
		w, err := u.read(ctx, id)
		if err != nil {
			return bridge.Order{}, err
		}
		o, err := u.try(ctx, &w)
		if !errors.Is(err, ErrStale) {
			return o, err
		}
	}
	return bridge.Order{}, Unavailable(u.op, ErrStale)
}

func (u *orderUpdate) read(ctx context.Context, id bridge.OrderID) (Written, error) {
	r, err := u.db.ReadOrder(ctx, u.op, id)
	if err != nil {
		return Written{}, err
	}
	u.recent.sawEndpoints(r.Endpoints)
	o, err := r.Order(u.op)
	return Written{Order: o, Version: r.Version, Endpoints: r.Endpoints, fresh: true}, err
}

// try returns ErrStale after a conflict with another process, and errUndecided
// when a cached order does not suffice: an empty change, or an error of change, is only
// valid for the order as it is stored.
func (u *orderUpdate) try(ctx context.Context, w *Written) (bridge.Order, error) {
	c := bridge.NewChange(w.Order)
	c.Endpoints = w.Endpoints
	err := u.change(c)
	switch {
	case (err != nil || c.Empty()) && !w.fresh:
		return bridge.Order{}, errUndecided
	case err != nil || c.Empty():
		return w.Order, err
	}
	if err := u.db.CommitOrder(ctx, u.op, c, w); err != nil {
		return w.Order, err
	}
	c.Order.Schedule = truncatedSchedule(c.Order.Schedule)
	u.recent.add(c.Order, w.Version+1)
	return c.Order, nil
}

// updateRow decides an update of a row that its version guards, together with a claim,
// which may be nil; again after a conflict. A claim that is held
// already ends it, even where the row is gone.
func updateRow[T any](ctx context.Context, r *Resources, op string, u *rowUpdate[T]) (T, bridge.Claim, error) {
	var none T
	for range maxRuns {
		held, err := r.heldClaim(ctx, op, u.claim)
		if err != nil {
			return none, bridge.Claim{}, err
		}
		row, version, err := u.read()
		if held != nil {
			return row, *held, nil
		}
		if err != nil {
			return none, bridge.Claim{}, err
		}
		switch err := u.try(&row, version); {
		case errors.Is(err, ErrStale):
		case err != nil || u.claim == nil:
			return row, bridge.Claim{}, err
		default:
			return row, *u.claim, nil
		}
	}
	return none, bridge.Claim{}, Unavailable(op, ErrStale)
}

type rowUpdate[T any] struct {
	claim *bridge.Claim
	read  func() (row T, version int64, err error)
	// try leaves row as it was unless it was stored. It returns ErrStale when the row has
	// another version by now, or the claim's key was taken.
	try func(row *T, version int64) error
}
