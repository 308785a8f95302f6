package sqlstore

import (
	"context"
	"errors"

	"github.com/minitill/minitill/bridge"
)

// mostRuns bounds how often one change is decided. Changes made in this process do
// not race, so only as many quicker writers in other processes use it up.
const mostRuns = 100

// UpdateOrder gives change the current order and commits what it leaves behind. The
// store does not run two changes of one order at the same time in this process, so
// change must not update the same order itself. A panic in change reaches the caller
// as it is.
//
// Faults: NotFound; Conflict for an event or message that exists already;
// Unavailable when nothing was stored, also when ctx ended before the commit began;
// Unknown when the disk failed during the commit.
func (s *Store) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	const op = "sqlstore.UpdateOrder"
	lane, err := s.lanes.enter(ctx, id)
	if err != nil {
		return bridge.Order{}, asFault(op, err)
	}
	defer s.lanes.leave(id, lane)
	return updateOrderIn(ctx, s, s.recent, op, id, change)
}

// versioned is what an update needs of a database, whichever it is.
type versioned interface {
	record(ctx context.Context, op string, id bridge.OrderID) (*record, error)
	// commitChange returns errStale when the order has another version by now than was
	// read or, where the change has events, the endpoints have.
	commitChange(ctx context.Context, op string, c *bridge.Change, read written) error
}

// updateOrderIn decides a change, again as long as somebody else is quicker.
func updateOrderIn(ctx context.Context, in versioned, known *recent, op string, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	if w, ok := known.get(id); ok {
		o, err := tryUpdate(ctx, in, known, op, w, change)
		if !errors.Is(err, errStale) && !errors.Is(err, errUndecided) {
			return o, err
		}
	}
	for range mostRuns {
		w, err := readWritten(ctx, in, known, op, id)
		if err != nil {
			return bridge.Order{}, err
		}
		o, err := tryUpdate(ctx, in, known, op, w, change)
		if !errors.Is(err, errStale) {
			return o, err
		}
	}
	return bridge.Order{}, unavailable(op, errStale)
}

func readWritten(ctx context.Context, in versioned, known *recent, op string, id bridge.OrderID) (written, error) {
	r, err := in.record(ctx, op, id)
	if err != nil {
		return written{}, err
	}
	known.sawEndpoints(r.endpoints)
	o, err := r.order(op)
	return written{order: o, version: r.version, endpoints: r.endpoints, fresh: true}, err
}

// tryUpdate returns errStale when a change in another process was quicker, and
// errUndecided when what is remembered does not suffice: that nothing is to be done,
// or that something must not be done, has to be said of the order as it is.
func tryUpdate(ctx context.Context, in versioned, known *recent, op string, w written, change func(*bridge.Change) error) (bridge.Order, error) {
	c := bridge.NewChange(w.order)
	c.Endpoints = w.endpoints
	err := change(c)
	switch {
	case (err != nil || c.Empty()) && !w.fresh:
		return bridge.Order{}, errUndecided
	case err != nil || c.Empty():
		return w.order, err
	}
	if err := in.commitChange(ctx, op, c, w); err != nil {
		return w.order, err
	}
	c.Order.Schedule = stored(c.Order.Schedule)
	known.note(c.Order, w.version+1)
	return c.Order, nil
}

func (s *Store) commitChange(ctx context.Context, op string, c *bridge.Change, read written) error {
	first, err := guard(op, c, read)
	if err != nil {
		return err
	}
	rest, err := attached(op, c)
	if err != nil {
		return err
	}
	return s.writer.do(ctx, op, func(c *conn) error {
		switch n, err := c.exec(first.statement, first.args...); {
		case err != nil:
			return err
		case n == 0:
			return errStale
		}
		return runAll(c, rest)
	})
}
