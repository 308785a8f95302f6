package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

func openTest(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "minitill.db"))
}

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// hold keeps the writer busy until the function it returns is called.
func hold(s *Store) (release func()) {
	started, gate, answered := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(answered)
		_ = s.writer.do(context.Background(), "hold", func(*conn) error {
			close(started)
			<-gate
			return nil
		})
	}()
	<-started
	return func() { close(gate); <-answered }
}

// await returns when n jobs are waiting.
func await(w *writer, n int) {
	for {
		w.mu.Lock()
		waiting := len(w.waiting)
		w.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// queue lets the jobs wait in their order behind a busy writer, then lets them go
// and returns how each ended.
func queue(s *Store, runs ...func(*conn) error) []error {
	release := hold(s)
	outcomes := make([]error, len(runs))
	var all sync.WaitGroup
	for i, run := range runs {
		all.Go(func() { outcomes[i] = s.writer.do(context.Background(), "test", run) })
		await(s.writer, i+1)
	}
	release()
	all.Wait()
	return outcomes
}

func keep(event string) func(*conn) error {
	return func(c *conn) error {
		err := keepIn(c, &store.InboxItem{ID: event, Wallet: "sandbox", EventID: event})
		return err
	}
}

func kept(t testing.TB, s *Store) (n int) {
	t.Helper()
	if err := s.reader.QueryRow("select count(*) from inbox").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWaitingChangesShareACommit(t *testing.T) {
	s := openTest(t)
	runs := make([]func(*conn) error, 64)
	for i := range runs {
		runs[i] = keep(fmt.Sprint(i))
	}
	for i, err := range queue(s, runs...) {
		if err != nil {
			t.Errorf("change %d: got %v, want nil", i, err)
		}
	}
	if got, want := s.Stats(), (Stats{Commits: 1, Changes: 64}); got != want {
		t.Errorf("Stats: got %+v, want %+v", got, want)
	}
}

func TestMoreTasksThanABatchHoldsAreAllCommitted(t *testing.T) {
	s := openTest(t)
	runs := make([]func(*conn) error, maxBatch+10)
	for i := range runs {
		runs[i] = keep(fmt.Sprint(i))
	}
	queue(s, runs...)
	if got, want := s.Stats(), (Stats{Commits: 2, Changes: maxBatch + 10}); got != want {
		t.Errorf("Stats: got %+v, want %+v", got, want)
	}
}

func TestABadChangeHarmsNoOther(t *testing.T) {
	s := openTest(t)
	refusal := errors.New("refused")
	after := func(event string, then func() error) func(*conn) error {
		return func(c *conn) error {
			if err := keep(event)(c); err != nil {
				return err
			}
			return then()
		}
	}
	outcomes := queue(s,
		keep("first"),
		after("panicking", func() error { panic("bad") }),
		keep("between"),
		after("failing", func() error { return refusal }),
		func(c *conn) error {
			err := c.script(context.Background(), "insert into inbox (id) values (null)")
			return err
		},
		keep("last"),
	)
	for i, want := range []error{nil, fault.Internal, nil, refusal, fault.Conflict, nil} {
		if !errors.Is(outcomes[i], want) {
			t.Errorf("change %d: got %v, want %v", i, outcomes[i], want)
		}
	}
	if got := kept(t, s); got != 3 {
		t.Errorf("rows kept: got %d, want 3", got)
	}
	if got, want := s.Stats(), (Stats{Commits: 1, Changes: 3}); got != want {
		t.Errorf("Stats: got %+v, want %+v", got, want)
	}
}

func TestACallerWhoCancelsBeforeTheStartIsDropped(t *testing.T) {
	s := openTest(t)
	release := hold(s)
	ctx, cancel := context.WithCancel(context.Background())
	outcome := make(chan error)
	go func() { outcome <- s.writer.do(ctx, "test", keep("dropped")) }()
	await(s.writer, 1)
	cancel()
	if err := <-outcome; !errors.Is(err, fault.Unavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want unavailable because canceled", err)
	}
	release()
	if err := s.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, s); got != 0 {
		t.Errorf("rows kept: got %d, want 0", got)
	}
}

func TestACallerWhoCancelsAfterTheStartReceivesTheResult(t *testing.T) {
	s := openTest(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := s.writer.do(ctx, "test", func(c *conn) error {
		cancel()
		return keep("stored")(c)
	})
	if err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if got := kept(t, s); got != 1 {
		t.Errorf("rows kept: got %d, want 1", got)
	}
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "minitill.db")
	s := openAt(t, path)
	release := hold(s)
	outcome, closed := make(chan error, 1), make(chan error, 1)
	go func() { outcome <- s.writer.do(context.Background(), "test", keep("last")) }()
	await(s.writer, 1)
	go func() { closed <- s.Close() }()
	release()
	if err := <-outcome; err != nil {
		t.Errorf("the change that waited: got %v, want nil", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	err := s.KeepNotification(context.Background(), store.InboxItem{Wallet: "sandbox", EventID: "late"})
	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("a change after Close: got %v, want unavailable", err)
	}
	if got := kept(t, openAt(t, path)); got != 1 {
		t.Errorf("rows kept: got %d, want 1", got)
	}
}
