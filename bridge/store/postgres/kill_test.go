package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
)

// ledger is what a store said it had stored.
type ledger struct {
	mu       sync.Mutex
	sequence map[bridge.OrderID]int64
	noted    atomic.Int64
	failed   map[string]int
}

func (l *ledger) note(id bridge.OrderID, sequence int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sequence[id] = max(l.sequence[id], sequence)
	l.noted.Add(1)
}

func (l *ledger) fail(t *testing.T, err error) {
	t.Helper()
	kind := fault.KindOf(err)
	if kind != fault.Unavailable && kind != fault.Unknown {
		t.Errorf("while the database is killed: got %v, want unavailable or unknown", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed[kind.String()]++
}

func TestPostgresKilledUnderLoad(t *testing.T) { killUnderLoad(t, pgtest.URL(t), 2) }

// killUnderLoad kills the database at url while it is written to, and looks for
// everything that was acknowledged.
func killUnderLoad(t *testing.T, url string, kills int) {
	const writers, between = 32, 300
	s := postgresAt(t, url)
	book := &ledger{sequence: make(map[bridge.OrderID]int64), failed: make(map[string]int)}
	stop, reached := make(chan struct{}), make(chan struct{}, 1)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					writeOne(t, s, book, i%2 == 0)
				}
				if book.noted.Load()%between < writers {
					select {
					case reached <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	for range kills {
		for target := book.noted.Load() + between; book.noted.Load() < target; {
			<-reached
		}
		pgtest.Kill(t)
	}
	for target := book.noted.Load() + between; book.noted.Load() < target; {
		<-reached
	}
	close(stop)
	all.Wait()
	checkBook(t, postgresAt(t, url), book)
	t.Logf("%d acknowledged, failed: %v", book.noted.Load(), book.failed)
}

// writeOne creates an order and changes it a few times, until something fails. Who is
// in a hurry does not wait for the database to come back.
func writeOne(t *testing.T, s *postgres.Store, book *ledger, hurry bool) {
	ctx := t.Context()
	if hurry {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		ctx = short
	}
	c := storetest.NewOrder(t)
	if _, err := s.CreateOrder(ctx, c); err != nil {
		book.fail(t, err)
		return
	}
	book.note(c.Order.ID, 1)
	for range 3 {
		o, err := s.UpdateOrder(ctx, c.Order.ID, addOne)
		if err != nil {
			book.fail(t, err)
			return
		}
		book.note(o.ID, o.Sequence)
	}
}

func checkBook(t *testing.T, s *postgres.Store, book *ledger) {
	t.Helper()
	for id, sequence := range book.sequence {
		o, err := s.Order(t.Context(), id)
		if err != nil || o.Sequence < sequence {
			t.Fatalf("%s: got sequence %d, %v, want at least the acknowledged %d", id, o.Sequence, err, sequence)
		}
		wantIncrements(t, s, id, o.Sequence-1)
	}
}

// A restart that is planned is not seen by callers who come afterwards.
func TestPostgresContinuesAfterARestart(t *testing.T) {
	s := openPostgres(t)
	ids := make([]bridge.OrderID, 16)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() { ids[i] = storetest.Stored(t, s) })
	}
	all.Wait()
	pgtest.Restart(t)
	for _, id := range ids {
		increment(t, s, id)
		wantIncrements(t, s, id, 1)
	}
}
