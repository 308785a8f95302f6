package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// task is what one call wants written: one statement, and perhaps a claim that is
// read behind it. It may be sent again without harm, since its statement is guarded:
// by a version, by a key, or by writing the same once more.
type task struct {
	op    string
	lock  string // the row or key that it may have to wait for
	text  string
	args  []any
	read  func(pgx.Rows) error // of the rows that the statement returns, if wanted
	claim *bridge.Claim        // whose scope and key are read afterwards
	// registry says what the task does to the version of the endpoints.
	registry registryUse

	rows    int64         // that the statement wrote or returned
	held    *bridge.Claim // the claim as it stands afterwards
	doubted bool          // an earlier try of it may have been stored
}

// write stores a task together with what others want stored at the moment.
func (s *Postgres) write(ctx context.Context, t *task) error {
	plainAll(t.args)
	return s.finish(ctx, t, s.writes.do(ctx, t))
}

// writeAlone stores a task that would keep others waiting.
func (s *Postgres) writeAlone(ctx context.Context, t *task) error {
	plainAll(t.args)
	return s.finish(ctx, t, s.sendWrites(ctx, []*task{t}))
}

// finish sees a task that failed to a certain end, where there is one.
func (s *Postgres) finish(ctx context.Context, t *task, err error) error {
	for tries := 0; collided(err) && tries < mostRuns; tries++ {
		err = s.sendWrites(ctx, []*task{t})
	}
	if isLost(err) {
		return s.settle(ctx, t, err)
	}
	return postgresFault(t.op, err)
}

// settleEvery is how often a lost database is looked for.
const settleEvery = 50 * time.Millisecond

// settle finds out what became of a task whose connection was lost, by sending it
// again until there is an answer or ctx ends. Merely reading would not do: the server
// may be about to commit what it received. Whichever of the two comes first, the
// guard turns the other away.
func (s *Postgres) settle(ctx context.Context, t *task, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.doubted = true
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for {
		err := s.sendWrites(ctx, []*task{t})
		if err == nil || fault.KindOf(postgresFault(t.op, err)) == fault.Conflict {
			return postgresFault(t.op, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return unknown(t.op, cause)
		}
	}
}

func unknown(op string, err error) error {
	return &fault.Error{
		Kind: fault.Unknown, Op: op, Err: err,
		Detail: "The database was lost while it stored this.",
	}
}

// sendWrites commits tasks in one transaction. They take their locks in one order on
// every node, so that batches wait for each other and do not deadlock.
func (s *Postgres) sendWrites(ctx context.Context, tasks []*task) error {
	slices.SortStableFunc(tasks, func(a, b *task) int { return cmp.Compare(a.lock, b.lock) })
	var batch pgx.Batch
	queueRegistryLock(&batch, tasks)
	for _, t := range tasks {
		t.queue(&batch)
	}
	if err := s.roundTrip(ctx, &batch); err != nil {
		return err
	}
	s.stats.committed(tasks)
	return nil
}

func (s *stats) committed(tasks []*task) {
	var changes uint64
	for _, t := range tasks {
		if t.rows > 0 {
			changes++
		}
	}
	if changes > 0 {
		s.commits.Add(1)
		s.changes.Add(changes)
	}
}

func (t *task) queue(b *pgx.Batch) {
	t.rows, t.held = 0, nil
	q := b.Queue(t.text, t.args...)
	if t.read != nil {
		q.Query(t.read)
	} else {
		q.Exec(func(tag pgconn.CommandTag) error { t.rows = tag.RowsAffected(); return nil })
	}
	if t.claim != nil {
		b.Queue(pgReadClaim, plain(t.claim.Scope), plain(t.claim.Key)).Query(t.readClaim)
	}
}

func (t *task) readClaim(found pgx.Rows) error {
	for found.Next() {
		c := bridge.Claim{Scope: t.claim.Scope, Key: t.claim.Key}
		var digest, body []byte
		var at, status *int64
		if err := found.Scan(&digest, &c.Subject, &at, &status, &body); err != nil {
			return err
		}
		copy(c.Digest[:], digest)
		c.CreatedAt = fromNullable(at)
		if status != nil {
			c.Answer = &bridge.Answer{Status: int(*status), Body: body}
		}
		t.held = &c
	}
	return found.Err()
}
