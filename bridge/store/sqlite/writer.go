package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/minitill/minitill/bridge/store/internal/rows"
	"github.com/minitill/minitill/fault"
)

// maxBatch bounds how many changes share a commit, and so how long one waits for
// the others.
const maxBatch = 256

// writer commits changes, as many together as are waiting.
type writer struct {
	conn    *conn
	log     *checkpointer
	mu      sync.Mutex
	waiting []*job
	closed  bool
	wake    chan struct{}
	ended   chan struct{}
	stats   rows.Counter

	once sync.Once
	err  error
}

// job is one change on its way through the writer.
type job struct {
	op    string
	run   func(*conn) error
	state atomic.Int32
	done  chan error
	err   error // what run returned; the writer's until done
	wrote bool
}

// The states of a job. A caller may give up a waiting job, never one that started.
const (
	jobWaiting = iota
	jobStarted
	jobCanceled
)

func newWriter(c *conn, log *checkpointer) *writer {
	w := &writer{conn: c, log: log, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.loop()
	return w
}

// do commits what run writes and returns once it is durable. An error from run, or a
// panic in it, undoes what it wrote and nothing else. When ctx ends before the
// change was started, it is dropped; afterwards the outcome is waited for.
func (w *writer) do(ctx context.Context, op string, run func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return asFault(op, err)
	}
	j := &job{op: op, run: run, done: make(chan error, 1)}
	if err := w.push(j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
	}
	if j.state.CompareAndSwap(jobWaiting, jobCanceled) {
		return asFault(op, ctx.Err())
	}
	return <-j.done
}

func (w *writer) push(j *job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return rows.Unavailable(j.op, rows.ErrClosed)
	}
	w.waiting = append(w.waiting, j)
	w.signal()
	return nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// close commits what waits, refuses what comes and returns when all is answered.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
	<-w.ended
}

// release closes the connection, once, after close.
func (w *writer) release() error {
	w.once.Do(func() { w.err = errors.Join(w.log.close(), w.conn.close()) })
	return w.err
}

func (w *writer) loop() {
	defer close(w.ended)
	batch := make([]*job, 0, maxBatch)
	for {
		var last bool
		rows.Gather(w.pending, maxBatch)
		batch, last = w.take(batch[:0])
		switch {
		case len(batch) > 0:
			w.commit(batch)
		case last:
			return
		default:
			<-w.wake
		}
	}
}

func (w *writer) pending() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// take moves waiting jobs into batch; last reports that none will follow.
func (w *writer) take(batch []*job) (_ []*job, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.waiting), maxBatch)
	for _, j := range w.waiting[:n] {
		if j.state.CompareAndSwap(jobWaiting, jobStarted) {
			batch = append(batch, j)
		}
	}
	rest := copy(w.waiting, w.waiting[n:])
	clear(w.waiting[rest:])
	w.waiting = w.waiting[:rest]
	return batch, w.closed && rest == 0
}

// commit runs a batch in one transaction and answers every job in it.
func (w *writer) commit(batch []*job) {
	began := w.stats.Begin()
	err := w.transact(batch)
	w.stats.End(began, written(batch), err)
	for _, j := range batch {
		if j.err == nil {
			j.err = err
		}
		if j.err == nil && j.wrote {
			w.stats.Changes.Add(1)
		}
		j.done <- asFault(j.op, j.err)
	}
	w.log.committed(w.conn)
}

// written is how many jobs have written something.
func written(batch []*job) (n int) {
	for _, j := range batch {
		if j.err == nil && j.wrote {
			n++
		}
	}
	return n
}

// transact returns the error of the batch as a whole; the error of one job alone is
// noted in the job. A savepoint for each job costs a tenth of a small change, and few jobs
// fail: they are used only when a job has failed after it wrote.
func (w *writer) transact(batch []*job) error {
	again, err := w.attempt(batch, w.runJob)
	if again {
		_, err = w.attempt(batch, w.runInSavepoint)
	}
	if err == nil && w.conn.writes > 0 {
		w.stats.Commits.Add(1)
	}
	return err
}

// errUndo means that what a job wrote has to be undone, and with it the transaction.
var errUndo = errors.New("a change has to be undone")

// attempt runs a batch in one transaction. again reports that it was rolled back because of
// one job, and has to run again with a savepoint for each.
func (w *writer) attempt(batch []*job, run func(*job) error) (again bool, err error) {
	const op = "store.commit"
	w.conn.writes = 0
	if err := w.conn.control(begin); err != nil {
		_ = w.conn.control(rollback) // in case the last one did not get through
		return false, asFault(op, err)
	}
	for _, j := range batch {
		if err := run(j); err != nil {
			_ = w.conn.control(rollback)
			return errors.Is(err, errUndo), asFault(op, err)
		}
	}
	if err := w.conn.control(commit); err != nil {
		_ = w.conn.control(rollback)
		return false, commitFault(op, err)
	}
	return false, nil
}

// runJob runs one job. A job that failed by its own decision, before it wrote, has left
// nothing to undo. After an error of SQLite nothing is assumed about the transaction: on a
// full disk SQLite may roll back by itself.
func (w *writer) runJob(j *job) error {
	before := w.conn.writes
	j.err = recovered(j.run, w.conn)
	j.wrote = w.conn.writes > before
	if j.err != nil && (j.wrote || ofSQLite(j.err)) {
		return errUndo
	}
	return nil
}

// runInSavepoint runs one job in a savepoint. An error means that the transaction is lost: on
// a full disk SQLite may roll back more than was requested.
func (w *writer) runInSavepoint(j *job) error {
	if err := w.conn.control(savepoint); err != nil {
		return err
	}
	before := w.conn.writes
	if j.err = recovered(j.run, w.conn); j.err != nil {
		w.conn.writes = before
		if err := w.conn.control(rollbackTo); err != nil {
			return errors.Join(err, j.err)
		}
	}
	j.wrote = w.conn.writes > before
	return w.conn.control(release)
}

var errPanic = errors.New("panic")

// recovered turns a panic into an error, so that it ends one change and not all.
func recovered(run func(*conn) error, c *conn) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fault.Internal, "store.commit", fmt.Errorf("%w: %v", errPanic, p))
		}
	}()
	return run(c)
}
