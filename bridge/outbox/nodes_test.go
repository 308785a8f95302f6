package outbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// fleet is nodes over one store with one clock. The backend answers a node's requests
// as the test decides.
type fleet struct {
	*testing.T
	store *memstore.Store
	clock *testclock.Clock
}

// node is one deliverer of a fleet.
type node struct {
	*Dispatcher
	arrived chan string // ids of messages, as its requests come in
	answer  chan int    // the status of each, as a backend would answer
}

func newFleet(t *testing.T, messages ...string) *fleet {
	f := &fleet{T: t, store: memstore.New(), clock: testclock.At(noon)}
	t.Cleanup(func() { _ = f.store.Close() })
	o := bridge.Order{ID: "ord_01KAGD3Z8Q9M5X7T2V4B6N0001", App: "shop", Sequence: 1, CreatedAt: noon}
	c := bridge.NewChange(bridge.Order{})
	c.Order, c.Events = o, []bridge.Event{{Order: o.ID, Sequence: 1, Type: bridge.OrderCreated, At: noon, Data: bridge.EventData{Order: &o}}}
	for i, id := range messages {
		c.Messages = append(c.Messages, bridge.Message{
			ID: id, App: "shop", Endpoint: "hook", Order: o.ID, Sequence: int64(i + 1), Type: bridge.OrderPaid,
			Body: []byte("{}"), CreatedAt: noon, RunAt: noon,
		})
	}
	if _, err := f.store.CreateOrder(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fleet) node(store Outbox) *node {
	f.Helper()
	n := &node{arrived: make(chan string, 8), answer: make(chan int)}
	var err error
	n.Dispatcher, err = New(Config{Outbox: store, Now: f.clock.Now, Static: []Endpoint{{App: "shop", Name: "hook", Deliver: n.deliver}}})
	if err != nil {
		f.Fatal(err)
	}
	return n
}

func (n *node) deliver(_ context.Context, m *bridge.Message) (store.Answer, error) {
	n.arrived <- m.ID
	if status := <-n.answer; status != http.StatusOK {
		return store.Answer{Status: status, Body: "no"}, fault.Reason(http.StatusText(status))
	}
	return store.Answer{Status: http.StatusOK}, nil
}

// begin lets a node send the first message that is due. finish answers it and returns
// when the node is done.
func (f *fleet) begin(n *node, id string) (finish func(status int)) {
	f.Helper()
	done := make(chan error, 1)
	t := n.targets[hook("hook")]
	go func() {
		_, err := n.drain(context.Background(), t)
		done <- err
	}()
	select {
	case got := <-n.arrived:
		if got != id {
			f.Fatalf("a node sent %s, want %s", got, id)
		}
	case err := <-done:
		f.Fatalf("a node sent nothing, %v, want %s", err, id)
	}
	return func(status int) {
		f.Helper()
		n.answer <- status
		if err := <-done; err != nil {
			f.Errorf("a node: got %v, want nil", err)
		}
	}
}

// wantNothing lets a node poll for what is due.
func (f *fleet) wantNothing(n *node, when string) {
	f.Helper()
	if attempts, err := n.RunOnce(f.Context()); attempts != 0 || err != nil {
		f.Errorf("%s: a node made %d attempts, %v, want none", when, attempts, err)
	}
}

func (f *fleet) want(id string, status store.DeliveryStatus, attempts int) store.DeliveryRecord {
	f.Helper()
	list, err := f.store.Deliveries(f.Context(), store.DeliveryQuery{App: "shop", ID: id, Limit: 1})
	if err != nil || len(list) != 1 {
		f.Fatalf("Deliveries: got %d, %v, want one", len(list), err)
	}
	if list[0].Status != status || list[0].Attempts != attempts {
		f.Errorf("%s: got %s after %d attempts, want %s after %d", id, list[0].Status, list[0].Attempts, status, attempts)
	}
	return list[0]
}

func TestAMessageUnderWayAtOneNodeIsNotSentByAnother(t *testing.T) {
	f := newFleet(t, "dlv_1", "dlv_2")
	one, two := f.node(f.store), f.node(f.store)
	finish := f.begin(one, "dlv_1")
	f.wantNothing(two, "at once")
	f.clock.Advance(DefaultLease - time.Millisecond)
	f.wantNothing(two, "before the lease ends")
	f.clock.Advance(time.Millisecond)
	again := f.begin(two, "dlv_1")
	again(http.StatusOK)
	finish(http.StatusOK)
	f.want("dlv_1", store.Delivered, 1)
	f.begin(two, "dlv_2")(http.StatusOK)
	f.wantNothing(one, "when all is delivered")
}

// TestOfTwoAttemptsAtOnceTheSuccessCounts lets a lease end while its request hangs, so
// that two nodes send one message.
func TestOfTwoAttemptsAtOnceTheSuccessCounts(t *testing.T) {
	for name, test := range map[string]struct {
		late     time.Duration // of the first node's failure
		first    bool          // that is reported before the other's success
		attempts int
	}{
		"a late failure":                      {0, false, 1},
		"a late failure after three days":     {GiveUp, false, 1},
		"an early failure":                    {0, true, 2},
		"an early failure after three days":   {GiveUp, true, 2},
		"a late failure at the end of a step": {4 * time.Hour, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "dlv_1")
			one, two := f.node(f.store), f.node(f.store)
			fails := f.begin(one, "dlv_1")
			f.clock.Advance(DefaultLease)
			succeeds := f.begin(two, "dlv_1")
			f.clock.Advance(test.late)
			if test.first {
				fails(http.StatusBadGateway)
				succeeds(http.StatusOK)
			} else {
				succeeds(http.StatusOK)
				fails(http.StatusBadGateway)
			}
			if d := f.want("dlv_1", store.Delivered, test.attempts); d.Note != "" || !d.RunAt.IsZero() {
				t.Errorf("got %+v, want nothing left of the failure", d)
			}
			f.clock.Advance(GiveUp)
			f.wantNothing(one, "afterwards")
		})
	}
}

func TestAMessageIsDeadAtSeventyTwoHoursAndNotBefore(t *testing.T) {
	for name, test := range map[string]struct {
		age  time.Duration
		want store.DeliveryStatus
	}{
		"new":                {0, store.Undelivered},
		"a moment before":    {GiveUp - time.Millisecond, store.Undelivered},
		"at 72 hours":        {GiveUp, store.Dead},
		"a week later":       {7 * 24 * time.Hour, store.Dead},
		"at 72 hours, taken": {GiveUp, store.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "dlv_1", "dlv_2")
			n := f.node(f.store)
			f.clock.Advance(test.age)
			status := http.StatusBadGateway
			if test.want == store.Delivered {
				status = http.StatusOK
			}
			f.begin(n, "dlv_1")(status)
			d := f.want("dlv_1", test.want, 1)
			if again := !d.RunAt.IsZero(); again != (test.want == store.Undelivered) {
				t.Errorf("the next attempt: got one at %v, want one: %v", d.RunAt, !again)
			}
			if test.want == store.Undelivered {
				f.wantNothing(n, "while it waits, the next of its order")
				return
			}
			f.begin(n, "dlv_2")(http.StatusOK)
		})
	}
}

// forgetful is an outbox that cannot store outcomes.
type forgetful struct{ Outbox }

var errForgetful = errors.New("the outbox takes no writes")

func (forgetful) FinishMessage(context.Context, string, int, store.Delivery) error {
	return errForgetful
}

func TestAnOutcomeThatCannotBeStoredIsAnErrorAndTriedAgain(t *testing.T) {
	f := newFleet(t, "dlv_1")
	n := f.node(forgetful{f.store})
	go func() { n.answer <- http.StatusOK }()
	attempts, err := n.RunOnce(t.Context())
	if attempts != 1 || !errors.Is(err, errForgetful) {
		t.Errorf("RunOnce: got %d attempts, %v, want 1 and the outbox's fault", attempts, err)
	}
	f.want("dlv_1", store.Undelivered, 0)
	f.clock.Advance(DefaultLease)
	f.begin(f.node(f.store), "dlv_1")(http.StatusOK)
	f.want("dlv_1", store.Delivered, 1)
}

// TestRunLogsThatOutcomesCannotBeStored, since callers may ignore what Run returns.
func TestRunLogsThatOutcomesCannotBeStored(t *testing.T) {
	f := newFleet(t, "dlv_1")
	n := f.node(forgetful{f.store})
	lines := make(chan string, 8)
	n.log = slog.New(slog.NewTextHandler(writerFunc(func(line []byte) (int, error) {
		lines <- string(line)
		return len(line), nil
	}), nil))
	stop := running(n.Dispatcher)
	<-n.arrived
	n.answer <- http.StatusOK
	defer stop()
	select {
	case line := <-lines:
		if !strings.Contains(line, "the outbox cannot be read or written") || !strings.Contains(line, errForgetful.Error()) {
			t.Errorf("the log: got %s, want the outbox's fault", line)
		}
	case <-time.After(time.Minute):
		t.Error("the log: got nothing within a minute, want the outbox's fault")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(line []byte) (int, error) { return f(line) }

// running runs a dispatcher until stop is called.
func running(d *Dispatcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func hook(name string) store.EndpointKey { return store.EndpointKey{App: "shop", Endpoint: name} }

// dispatcher returns a dispatcher over an empty outbox, with one endpoint that accepts
// everything.
func dispatcher(t *testing.T, now func() time.Time) *Dispatcher {
	t.Helper()
	empty := memstore.New()
	t.Cleanup(func() { _ = empty.Close() })
	accept := func(context.Context, *bridge.Message) (store.Answer, error) { return store.Answer{}, nil }
	d, err := New(Config{Outbox: empty, Now: now, Static: []Endpoint{{App: "shop", Name: "hook", Deliver: accept}}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
