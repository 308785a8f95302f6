package sqlite

import (
	"context"
	"sync/atomic"

	"modernc.org/sqlite"
)

// checkpointAfter is how many pages go into the log before it is copied into the database:
// some four megabytes.
const checkpointAfter = 1000

const checkpoint = `pragma wal_checkpoint(passive)`

// checkpointer copies the log into the database on a connection of its own, while the
// writer goes on. The log begins anew only when all of it has been copied, which the
// writer alone can bring about while there is load: after the checkpointer it copies the
// few pages that it added meanwhile.
//
//	writer        commit  commit ─ 1000 pages ─ commit  commit ─ the rest ─ commit at the front of the log
//	checkpointer                  └──── copies what is there ────┘
//
// A checkpoint that fails loses nothing: the log keeps what was not copied, and the next
// attempt follows after as many pages again.
type checkpointer struct {
	conn  *conn
	wake  chan struct{}
	ended chan struct{}

	copied atomic.Bool // the checkpointer has done its part
	// The writer's own.
	pages     int  // that it has put into the log since the last checkpoint
	requested bool // a checkpoint that the writer has not finished
}

func openCheckpointer(ctx context.Context, path string) (*checkpointer, error) {
	connector, err := sqlite.NewConnector(dsn(path, []string{"synchronous(FULL)", "wal_autocheckpoint(0)"}))
	if err != nil {
		return nil, err
	}
	c, err := newConn(ctx, connector)
	if err != nil {
		return nil, err
	}
	p := &checkpointer{conn: c, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go p.loop()
	return p, nil
}

func (p *checkpointer) loop() {
	defer close(p.ended)
	for range p.wake {
		_ = p.conn.script(context.Background(), checkpoint)
		p.copied.Store(true)
	}
}

// committed counts what the writer has put into the log, requests a checkpoint when that is
// much, and finishes one that was requested. The writer calls it between two commits.
func (p *checkpointer) committed(w *conn) {
	p.pages += w.pagesWritten()
	switch {
	case p.requested && p.copied.CompareAndSwap(true, false):
		_ = w.script(context.Background(), checkpoint)
		p.requested, p.pages = false, 0
	case !p.requested && p.pages >= checkpointAfter:
		p.requested = true
		p.wake <- struct{}{}
	}
}

// close ends the goroutine and the connection, after the writer has ended.
func (p *checkpointer) close() error {
	close(p.wake)
	<-p.ended
	return p.conn.close()
}

// pagesWritten returns how many pages the connection has written since the last call.
func (c *conn) pagesWritten() int {
	n, _, err := c.driver.(sqlite.DBStatus).Status(sqlite.DBStatusCacheWrite, true)
	if err != nil {
		return 1 // a commit writes one at least, and so the log is emptied some time
	}
	return n
}
