package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/patience"
	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// task is what one call writes: one statement. It may be sent again without harm, since its statement is guarded:
// by a version, by a key, or by writing the same once more.
type task struct {
	op    string
	lock  string // the row or key that it may have to wait for
	text  string
	args  []any
	read  func(pgx.Rows) error // of the rows that the statement returns, if wanted
	claim *bridge.Claim        // that the statement hangs on; nil when there is none
	// registry describes what the task does to the version of the endpoints.
	registry registryUse

	rows    int64 // that the statement wrote or returned
	retried bool  // an earlier try of it may have been stored
}

// write stores a task together with what other calls store at the moment.
func (s *Store) write(ctx context.Context, t *task) error {
	plainAll(t.args)
	return s.finish(ctx, t, s.writes.do(ctx, t))
}

// writeAlone stores a task that would keep others waiting.
func (s *Store) writeAlone(ctx context.Context, t *task) error {
	plainAll(t.args)
	return s.finish(ctx, t, s.sendWrites(ctx, []*task{t}))
}

// finish sees a task that failed to a certain end, where there is one.
func (s *Store) finish(ctx context.Context, t *task, err error) error {
	for tries := 0; collided(err) && tries < maxRuns; tries++ {
		err = s.sendWrites(ctx, []*task{t})
	}
	if isLost(err) {
		return s.retryLost(ctx, t, err)
	}
	return postgresFault(t.op, err)
}

// retryInterval is how often a lost database is tried again.
const retryInterval = 50 * time.Millisecond

// retryLost finds out what became of a task whose connection was lost, by sending it
// again until there is an answer or ctx ends. Merely reading would not do: the server
// may be about to commit what it received. Whichever of the two comes first, the
// guard rejects the other.
func (s *Store) retryLost(ctx context.Context, t *task, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, patience.Timeout)
	defer cancel()
	t.retried = true
	tick := time.NewTicker(retryInterval)
	defer tick.Stop()
	for {
		err := s.sendWrites(ctx, []*task{t})
		if err == nil || fault.KindOf(postgresFault(t.op, err)) == fault.Conflict {
			return postgresFault(t.op, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return rows.Unknown(t.op, cause)
		}
	}
}

// sendWrites commits tasks in one transaction. They take their locks in one order on
// every node, so that batches wait for each other and do not deadlock.
func (s *Store) sendWrites(ctx context.Context, tasks []*task) error {
	slices.SortStableFunc(tasks, func(a, b *task) int { return cmp.Compare(a.lock, b.lock) })
	var batch pgx.Batch
	queueRegistryLock(&batch, tasks)
	for _, t := range tasks {
		t.queue(&batch)
	}
	began := s.stats.Begin()
	if err := s.roundTrip(ctx, &batch); err != nil {
		s.failed(began, err)
		return err
	}
	s.stats.End(began, s.committed(tasks), nil)
	return nil
}

// failed observes a batch that was not committed. One that was rejected for one task in it,
// or rolled back for the sake of another, is sent again and no failure of the database.
func (s *Store) failed(began time.Time, err error) {
	f := postgresFault("store.commit", err)
	if fault.KindOf(f) != fault.Conflict && !collided(err) {
		s.stats.End(began, 0, f)
	}
}

// committed counts the tasks that have written something.
func (s *Store) committed(tasks []*task) (changes int) {
	for _, t := range tasks {
		if t.rows > 0 {
			changes++
		}
	}
	if changes > 0 {
		s.stats.Commits.Add(1)
		s.stats.Changes.Add(uint64(changes))
	}
	return changes
}

func (t *task) queue(b *pgx.Batch) {
	t.rows = 0
	q := b.Queue(t.text, t.args...)
	if t.read != nil {
		q.Query(t.read)
	} else {
		q.Exec(func(tag pgconn.CommandTag) error { t.rows = tag.RowsAffected(); return nil })
	}
}

// readClaim is the text of rows.ReadClaim for PostgreSQL.
var readClaim = numbered(rows.ReadClaim)

// held returns the claim that holds the key of a task which wrote nothing; nil when there is
// none. Most tasks write, so it is a round trip of its own. The transaction that took the key
// has committed: the task has waited for it.
//
// Faults: Unavailable; Unknown when an earlier try of the task may have been stored.
func (s *Store) held(ctx context.Context, t *task) (held *bridge.Claim, err error) {
	if t.claim == nil {
		return nil, nil
	}
	ctx = context.WithoutCancel(ctx) // as the task itself was waited for
	err = s.read(ctx, readClaim, []any{t.claim.Scope, t.claim.Key}, func(found pgx.Rows) (err error) {
		for found.Next() {
			if held, err = rows.ScanClaim(found, t.claim.Scope, t.claim.Key); err != nil {
				return err
			}
		}
		return found.Err()
	})
	if err != nil && t.retried {
		return nil, rows.Unknown(t.op, err)
	}
	return held, postgresFault(t.op, err)
}
