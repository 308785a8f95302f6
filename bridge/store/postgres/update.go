package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// UpdateOrder gives change the current order and commits what it leaves behind: one
// round trip to read, one to write, no lock held between them. As in the SQLite store
// changes of one order follow each other in this process, so change must not update
// the same order itself; between nodes the first commit wins and the other node decides
// again.
//
// When the connection is lost during the commit, the change is sent again until the
// database answers, and its own first event proves whether it is there. A change
// without events leaves no such trace: when another writer has written the order meanwhile,
// its outcome is unknown.
//
// Faults: NotFound; Conflict for an event or message that exists already; Unavailable
// when nothing was stored; Unknown when the database was lost during the commit and
// did not come back in time.
func (s *Store) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	return s.changes.UpdateOrder(ctx, (*database)(s), id, change)
}

// CommitOrder commits a change that was decided on what was read.
func (d *database) CommitOrder(ctx context.Context, op string, c *bridge.Change, read *rows.Written) error {
	s := (*Store)(d)
	parts, err := updateParts(op, c, read)
	if err != nil {
		return err
	}
	t := &task{op: op, lock: string(c.Order.ID)}
	if len(c.Events) > 0 {
		t.registry = readsRegistry
	}
	t.text, t.args = compose(parts)
	if err := s.write(ctx, t); err != nil || t.rows > 0 {
		return err
	}
	if t.retried {
		return s.recognize(ctx, op, c, rows.ErrStale)
	}
	return rows.ErrStale
}

var errNoTrace = errors.New("a change without events cannot be recognized")

// recognize reports whether a retried change was stored by an earlier attempt: nil when its
// first event is there, otherwise the fault of its guard. Events are numbered, so another
// in its place means that this one never came. An equal one, to the millisecond, is
// the same event, no matter which node stored it.
func (s *Store) recognize(ctx context.Context, op string, c *bridge.Change, cause error) error {
	if len(c.Events) == 0 {
		return rows.Unknown(op, errNoTrace)
	}
	columns, err := rows.EventColumns(op, &c.Events[0])
	if err != nil {
		return err
	}
	there, err := query(ctx, s, pgx.RowTo[bool], hasEvent, columns...)
	if err != nil {
		return rows.Unknown(op, err)
	}
	if there[0] {
		return nil
	}
	return cause
}
