package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/outbox"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// listener is a handler that records what it receives, and answers as the test decides.
type listener struct {
	mu       sync.Mutex
	received []engine.Event
	answer   func(engine.Event) error // nil: it takes everything
}

func (l *listener) handle(_ context.Context, e engine.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received = append(l.received, e)
	if l.answer == nil {
		return nil
	}
	return l.answer(e)
}

// types are what the listener received about an order, each with its attempt.
func (l *listener) types(id bridge.OrderID) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.received {
		if e.Order.ID == id {
			list = append(list, fmt.Sprint(e.Type, " ", e.Attempt))
		}
	}
	return list
}

func (l *listener) want(t *testing.T, id bridge.OrderID, want ...string) {
	t.Helper()
	if got := l.types(id); !slices.Equal(got, want) {
		t.Errorf("the handler was called with %v, want %v", got, want)
	}
}

// subscribe is the engine's Subscribe, which must work.
func (f *fight) subscribe(name string, handle engine.Handler, types ...bridge.EventType) {
	f.Helper()
	if err := f.engine.Subscribe(name, handle, types...); err != nil {
		f.Fatal(err)
	}
}

// deliverDue lets the engine call its subscriptions, and requires so many attempts.
func (f *fight) deliverDue(want int) {
	f.Helper()
	if n, err := f.engine.DeliverOnce(f.ctx); n != want || err != nil {
		f.Errorf("DeliverOnce: got %d attempts, %v, want %d", n, err, want)
	}
}

// delivery is what became of the message about an event of an order.
func (f *fight) delivery(id bridge.OrderID, endpoint string, t bridge.EventType) store.DeliveryRecord {
	f.Helper()
	list, err := f.config.Store.(store.Archive).Deliveries(f.ctx, store.DeliveryQuery{App: "shop", Order: id, Endpoint: endpoint, Limit: 100})
	if err != nil {
		f.Fatal(err)
	}
	at := slices.IndexFunc(list, func(d store.DeliveryRecord) bool { return d.Type == t })
	if at < 0 {
		f.Fatalf("there is no delivery of %s to %s", t, endpoint)
	}
	return list[at]
}

// onLocalStores runs a test in memory and on SQLite.
func onLocalStores(t *testing.T, test func(*fight)) {
	t.Run("memory", func(t *testing.T) { test(newFight(t)) })
	t.Run("SQLite", func(t *testing.T) {
		f := newFight(t)
		f.config.Store = sqlitetest.Open(t)
		f.restart()
		test(f)
	})
}

func TestASubscriptionReceivesEachEventOnceAndInOrder(t *testing.T) {
	onLocalStores(t, func(f *fight) {
		var all, paid listener
		f.subscribe("all", all.handle)
		f.subscribe("paid", paid.handle, bridge.OrderPaid)
		o := f.paid()
		f.deliverDue(3)
		f.deliverDue(0)
		all.want(f.T, o.ID, "order.pending 1", "order.paid 1")
		paid.want(f.T, o.ID, "order.paid 1")
		events, err := f.engine.Events(f.ctx, o.ID, 0)
		if err != nil {
			f.Fatal(err)
		}
		first, second := all.received[0], all.received[1]
		if got, want := asJSON(f.T, second.Order), asJSON(f.T, view.NewOrder(&o, view.ForMerchant)); got != want {
			f.Errorf("the order: got\n%s\nwant it as webhooks have it:\n%s", got, want)
		}
		if first.Order.Status != wallet.Pending || second.Order.Status != wallet.Paid || second.Order.Paid != usd(1000) || second.Order.App != "shop" {
			f.Errorf("the order: got %+v, then %+v, want it as it stood", first.Order, second.Order)
		}
		if last := events[len(events)-1]; second.ID != last.ID() || second.Sequence != last.Sequence || !second.At.Equal(last.At) || second.Source != last.Source {
			f.Errorf("the event: got %+v, want %+v", second, last)
		}
		if d := f.delivery(o.ID, "sub_paid", bridge.OrderPaid); d.Status != store.Delivered {
			f.Errorf("the delivery: got %+v, want it delivered", d)
		}
	})
}

func TestWithoutASubscriptionTheOutboxGetsNothingMore(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	list, err := f.config.Store.(store.Archive).Deliveries(f.ctx, store.DeliveryQuery{App: "shop", Order: o.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Endpoint != "hook" {
			t.Errorf("there is a message to %s, want those to the webhook alone", d.Endpoint)
		}
	}
	f.deliverDue(0)
}

func TestAnInvalidSubscriptionIsRefused(t *testing.T) {
	var l listener
	f := newFight(t)
	f.subscribe("ship", l.handle)
	for name, test := range map[string]struct {
		name   string
		handle engine.Handler
		types  []bridge.EventType
		want   string
	}{
		"a name that is taken":                 {"ship", l.handle, nil, "there is one of that name"},
		"the name of a webhook endpoint":       {"hook", l.handle, nil, "has a webhook endpoint of that name"},
		"a name with a space":                  {"ship it", l.handle, nil, "a name is 1 to"},
		"no name":                              {"", l.handle, nil, "a name is 1 to"},
		"no handler":                           {"mail", nil, nil, "it has no handler"},
		"an event that no webhook hears of":    {"mail", l.handle, []bridge.EventType{bridge.OrderCreated}, `no event "order.created"`},
		"one such event beside others":         {"mail", l.handle, []bridge.EventType{bridge.OrderPaid, "order.eaten"}, `no event "order.eaten"`},
		"an event's name that is spelled well": {"post", l.handle, []bridge.EventType{"order.paid"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := f.engine.Subscribe(test.name, test.handle, test.types...)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	f.deliverDue(0)
	if err := f.engine.Subscribe("late", l.handle); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("once the engine runs: got %v, want a refusal", err)
	}
	f.config.Apps[0].Endpoints = []string{"sub_ship"}
	if _, err := engine.New(f.config); err == nil || !strings.Contains(err.Error(), "the name of a subscription") {
		t.Errorf("a webhook endpoint with the name of a subscription: got %v, want a refusal", err)
	}
}

func TestAFailedAttemptIsRepeatedBeforeTheNextEventOfItsOrder(t *testing.T) {
	onLocalStores(t, func(f *fight) {
		l := listener{}
		f.subscribe("ship", l.handle)
		o, other := f.create(false), f.create(false)
		l.answer = func(e engine.Event) error {
			if e.Order.ID == o.ID && e.Attempt < 3 {
				return errors.New("the courier's password is secret")
			}
			return nil
		}
		f.tellPayment(&o.Payments[0], wallet.Paid, nil)
		f.tellPayment(&other.Payments[0], wallet.Paid, nil)
		f.deliverDue(3)
		l.want(f.T, other.ID, "order.pending 1", "order.paid 1")
		f.clock.Advance(3 * time.Second)
		f.deliverDue(0)
		if d := f.delivery(o.ID, "sub_ship", bridge.OrderPending); d.Status != store.Undelivered || d.Attempts != 1 || d.Note != "the call failed" {
			f.Errorf("the delivery: got %+v, want a failed attempt without the error's text", d)
		}
		f.clock.Advance(4 * time.Second)
		f.deliverDue(1)
		f.clock.Advance(20 * time.Second)
		f.deliverDue(2)
		l.want(f.T, o.ID, "order.pending 1", "order.pending 2", "order.pending 3", "order.paid 1")
		if l.received[0].ID == "" || l.types(o.ID) == nil {
			f.Error("an event has no id")
		}
	})
}

func TestWhatAHandlerReturnsDecidesWhatBecomesOfTheEvent(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status store.DeliveryStatus
		note   string
		wait   time.Duration // at least, until the next attempt
	}{
		"a permanent error":                        {engine.Permanent(errors.New("no such address")), store.Dead, "the call failed", 0},
		"a permanent fault, with a detail":         {engine.Permanent(fault.New(fault.Invalid, "ship", "There is no such street.")), store.Dead, "There is no such street.", 0},
		"a fault with a time to come again":        {&fault.Error{Kind: fault.RateLimited, Detail: "Busy.", RetryAfter: time.Minute}, store.Undelivered, "Busy.", time.Minute},
		"a reason of the host":                     {fmt.Errorf("shipping: %w", fault.Reason("the depot is closed")), store.Undelivered, "the depot is closed", 4 * time.Second},
		"an error of its context that has not run": {context.DeadlineExceeded, store.Undelivered, "no answer came in time", 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFight(t)
			l := listener{answer: func(e engine.Event) error {
				if e.Type == bridge.OrderPending {
					return test.err
				}
				return nil
			}}
			f.subscribe("ship", l.handle)
			o := f.paid()
			want := 1
			if test.status == store.Dead {
				want = 2 // the next of its order follows
			}
			f.deliverDue(want)
			d := f.delivery(o.ID, "sub_ship", bridge.OrderPending)
			if d.Status != test.status || d.Note != test.note || test.wait > 0 && d.RunAt.Sub(f.clock.Now()) < test.wait {
				t.Errorf("got %+v, want %s with the note %q and %v to wait", d, test.status, test.note, test.wait)
			}
		})
	}
}

func TestAnEventIsDeadAfterThreeDays(t *testing.T) {
	f := newFight(t)
	l := listener{answer: func(engine.Event) error { return errors.New("down") }}
	f.subscribe("ship", l.handle, bridge.OrderPaid)
	o := f.paid()
	f.clock.Advance(outbox.GiveUp)
	f.deliverDue(1)
	if d := f.delivery(o.ID, "sub_ship", bridge.OrderPaid); d.Status != store.Dead {
		t.Errorf("got %+v, want it dead", d)
	}
	f.clock.Advance(outbox.GiveUp)
	f.deliverDue(0)
	id := f.delivery(o.ID, "sub_ship", bridge.OrderPaid).ID
	if _, err := f.config.Store.(store.Archive).ReplayMessage(f.ctx, "shop", id, f.clock.Now(), nil); err != nil {
		t.Fatal(err)
	}
	l.answer = nil
	f.deliverDue(1)
	l.want(t, o.ID, "order.paid 1", "order.paid 1")
}

func TestAHandlerThatPanicsOrEndsItsGoroutineHasFailed(t *testing.T) {
	for name, test := range map[string]struct {
		end       func()
		note, log string
	}{
		"a panic":              {func() { panic("out of parcels") }, "the handler panicked", "out of parcels"},
		"a panic with nil":     {func() { panic(nil) }, "the handler panicked", "subscribe_test.go"},
		"an end of goroutines": {runtime.Goexit, "the handler ended its goroutine", "the handler ended its goroutine"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFight(t)
			var log bytes.Buffer
			f.config.Log = slog.New(slog.NewTextHandler(&log, nil))
			f.restart()
			first := true
			l := listener{answer: func(engine.Event) error {
				if first {
					first = false
					test.end()
				}
				return nil
			}}
			f.subscribe("ship", l.handle, bridge.OrderPaid)
			o := f.paid()
			f.deliverDue(1)
			if d := f.delivery(o.ID, "sub_ship", bridge.OrderPaid); d.Status != store.Undelivered || d.Note != test.note {
				t.Errorf("got %+v, want a failed attempt with the note %q", d, test.note)
			}
			if !strings.Contains(log.String(), test.log) {
				t.Errorf("the log: got %s, want %q in it", log.String(), test.log)
			}
			f.clock.Advance(10 * time.Second)
			f.deliverDue(1)
			l.want(t, o.ID, "order.paid 1", "order.paid 2")
		})
	}
}

// TestASubscriptionWithoutAHandlerKeepsItsEvents starts the program without a subscription
// that it had, and later with it.
func TestASubscriptionWithoutAHandlerKeepsItsEvents(t *testing.T) {
	onLocalStores(t, func(f *fight) {
		var l listener
		f.subscribe("ship", l.handle, bridge.OrderPaid)
		first, second := f.paid(), f.paid()
		var log bytes.Buffer
		f.config.Log = slog.New(slog.NewTextHandler(&log, nil))
		f.restart()
		f.clock.Advance(4 * outbox.GiveUp)
		stopped, stop := context.WithCancel(f.ctx)
		stop()
		f.subscribe("mail", l.handle)
		f.deliverDue(0)
		if err := f.engine.Run(stopped); err != nil {
			f.Fatal(err)
		}
		record := f.delivery(first.ID, "sub_ship", bridge.OrderPaid)
		if record.Status != store.Undelivered || record.Attempts != 0 {
			f.Errorf("got %+v, want it as it was", record)
		}
		if err := f.engine.GiveUpDelivery(f.ctx, &record); err != nil {
			f.Fatal(err)
		}
		if d := f.delivery(first.ID, "sub_ship", bridge.OrderPaid); d.Status != store.Dead || d.Note != "the program has no handler for the subscription" {
			f.Errorf("given up: got %+v, want it dead", d)
		}
		f.restart()
		f.subscribe("ship", l.handle, bridge.OrderPaid)
		f.deliverDue(1)
		l.want(f.T, first.ID)
		l.want(f.T, second.ID, "order.paid 1")
	})
}

func TestOnlyAnEventWithoutAHandlerIsGivenUp(t *testing.T) {
	f := newFight(t)
	var l listener
	f.subscribe("ship", l.handle, bridge.OrderPaid)
	o := f.paid()
	for _, endpoint := range []string{"sub_ship", "hook"} {
		record := f.delivery(o.ID, endpoint, bridge.OrderPaid)
		if err := f.engine.GiveUpDelivery(f.ctx, &record); err != nil {
			t.Fatal(err)
		}
		if d := f.delivery(o.ID, endpoint, bridge.OrderPaid); d.Status != store.Undelivered {
			t.Errorf("%s: got %+v, want it undelivered", endpoint, d)
		}
	}
	f.deliverDue(1)
	record := f.delivery(o.ID, "sub_ship", bridge.OrderPaid)
	f.restart()
	if err := f.engine.GiveUpDelivery(f.ctx, &record); err != nil {
		t.Fatal(err)
	}
	if d := f.delivery(o.ID, "sub_ship", bridge.OrderPaid); d.Status != store.Delivered {
		t.Errorf("what was delivered: got %+v, want it so", d)
	}
}

func TestTheStartNamesSubscriptionsWithoutAHandler(t *testing.T) {
	f := newFight(t)
	var l listener
	f.subscribe("ship", l.handle)
	f.subscribe("mail", l.handle)
	f.paid()
	var log bytes.Buffer
	f.config.Log, f.config.Store = slog.New(slog.NewTextHandler(&log, nil)), &watched{Store: f.store, seen: make(chan struct{}, 9)}
	f.restart()
	f.subscribe("mail", l.handle)
	ctx, stop := context.WithCancel(f.ctx)
	ended := make(chan error, 1)
	go func() { ended <- f.engine.Run(ctx) }()
	for range 2 { // the start, and the dispatcher's first scan
		<-f.config.Store.(*watched).seen
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Count(text, "no handler in this process") != 1 || !strings.Contains(text, "subscriptions=[sub_ship]") {
		t.Errorf("the log: got %s, want one line that names sub_ship alone", text)
	}
}

// watched is a store that reports when the outbox was scanned.
type watched struct {
	engine.Store
	seen chan struct{}
}

func (w *watched) DueEndpoints(ctx context.Context, now time.Time) ([]store.EndpointKey, error) {
	keys, err := w.Store.DueEndpoints(ctx, now)
	select {
	case w.seen <- struct{}{}:
	default:
	}
	return keys, err
}

// TestASubscriptionReceivesTheEventsOfAllApps: a subscription receives the events of all apps.
func TestASubscriptionReceivesTheEventsOfAllApps(t *testing.T) {
	f := newFight(t)
	f.config.Apps = []engine.App{
		{Name: "shop", Wallets: []string{"alpha"}, Endpoints: []string{"hook"}},
		{Name: "club", Wallets: []string{"beta"}},
	}
	f.restart()
	var l listener
	f.subscribe("ship", l.handle, bridge.OrderPending)
	shop := f.create(false)
	req := tenDollars(false)
	req.App, req.Wallet = "club", "beta"
	club, err := f.engine.CreateOrder(f.ctx, req, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.deliverDue(2)
	l.want(t, shop.ID, "order.pending 1")
	l.want(t, club.Subject.ID, "order.pending 1")
}
