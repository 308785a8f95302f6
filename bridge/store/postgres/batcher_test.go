package postgres

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// desk is a server that can be held up, and notes the batches it is sent.
type desk struct {
	mu      sync.Mutex
	batches [][]string
	arrived chan struct{} // when a batch is there
	open    chan struct{} // until it is closed, batches wait
	refuse  func(batch []string) error
}

func newDesk(refuse func([]string) error) *desk {
	return &desk{arrived: make(chan struct{}, 100), open: make(chan struct{}), refuse: refuse}
}

func (d *desk) send(_ context.Context, batch []string) error {
	d.mu.Lock()
	d.batches = append(d.batches, slices.Clone(batch))
	d.mu.Unlock()
	d.arrived <- struct{}{}
	<-d.open
	return d.refuse(batch)
}

// line lets wants wait behind a busy line, then lets them go, and returns how each
// ended.
func (d *desk) line(t *testing.T, wants ...string) map[string]error {
	t.Helper()
	g := newBatcher(1, d.send)
	outcomes := make(map[string]error)
	var mu sync.Mutex
	var all sync.WaitGroup
	query := func(want string) {
		all.Go(func() {
			err := g.do(context.Background(), want)
			mu.Lock()
			defer mu.Unlock()
			outcomes[want] = err
		})
	}
	query("first")
	<-d.arrived
	for i, want := range wants {
		query(want)
		awaitCallers(g, i+1)
	}
	close(d.open)
	all.Wait()
	g.close()
	if err := g.do(context.Background(), "late"); !isNotSent(err) {
		t.Errorf("after close: got %v, want that nothing was sent", err)
	}
	return outcomes
}

func awaitCallers[T any](g *batcher[T], n int) {
	for {
		g.mu.Lock()
		waiting := len(g.waiting)
		g.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

func TestWaitingTasksAreSentInOneBatch(t *testing.T) {
	d := newDesk(func([]string) error { return nil })
	for want, err := range d.line(t, "a", "b", "c") {
		if err != nil {
			t.Errorf("%s: got %v, want nil", want, err)
		}
	}
	if len(d.batches) != 2 || !slices.Equal(d.batches[1], []string{"a", "b", "c"}) {
		t.Errorf("batches: got %v, want the first and then the rest together", d.batches)
	}
}

func TestARefusedTaskFailsNoOtherTask(t *testing.T) {
	refusal := errors.New("refused")
	d := newDesk(func(batch []string) error {
		if slices.Contains(batch, "bad") {
			return refusal
		}
		return nil
	})
	for want, err := range d.line(t, "a", "bad", "b") {
		if (want == "bad") != (err == refusal) || want != "bad" && err != nil {
			t.Errorf("%s: got %v, want only the bad one refused", want, err)
		}
	}
}

func TestABatchThatIsLostIsNotSentAgain(t *testing.T) {
	d := newDesk(func(batch []string) error {
		if len(batch) > 1 {
			return &lost{errors.New("gone")}
		}
		return nil
	})
	for want, err := range d.line(t, "a", "b") {
		if (want != "first") != isLost(err) {
			t.Errorf("%s: got %v, want the batch's loss", want, err)
		}
	}
	if len(d.batches) != 2 {
		t.Errorf("batches: got %v, want 2", d.batches)
	}
}

func TestACallerWhoCancelsBeforeTheBatchIsDropped(t *testing.T) {
	d := newDesk(func([]string) error { return nil })
	g := newBatcher(1, d.send)
	var all sync.WaitGroup
	all.Go(func() { _ = g.do(context.Background(), "first") })
	<-d.arrived
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error)
	go func() { left <- g.do(ctx, "left") }()
	awaitCallers(g, 1)
	cancel()
	if err := <-left; !isNotSent(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that nothing was sent because of the context", err)
	}
	close(d.open)
	all.Wait()
	g.close()
	if len(d.batches) != 1 {
		t.Errorf("batches: got %v, want the first alone", d.batches)
	}
}

func TestOddTextStaysDistinctAndIsReadBack(t *testing.T) {
	seen := make(map[string]string)
	for _, s := range []string{"", "a", "a\x00", "a\xff", "a\ufffd", `"a"`, "\x01", "\x01\"a\\xff\"", "ü"} {
		kept := plain(s)
		if other, taken := seen[kept]; taken {
			t.Errorf("%q and %q are kept alike", s, other)
		}
		seen[kept] = s
		if got := original(kept); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	}
}
