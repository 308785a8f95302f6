package engine_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// running is the engine's Run, in a synctest bubble; stop ends it and reports how long that
// took.
func running(t *testing.T, e *engine.Engine) (stop func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	synctest.Wait()
	return func() time.Duration {
		t.Helper()
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
		return time.Since(began)
	}
}

// bubbleFight is a fight whose clock is the bubble's.
func bubbleFight(t *testing.T) *fight {
	t.Helper()
	f := newFight(t)
	f.config.Now = nil
	f.restart()
	return f
}

// paidNow is an order that is paid at the time of the bubble.
func (f *fight) paidNow() bridge.Order {
	f.Helper()
	f.alpha.query = saysAlways(wallet.Paid)
	o := f.create(false)
	o, err := f.engine.Refresh(f.ctx, o.ID)
	if err != nil || o.Status != wallet.Paid {
		f.Fatalf("got %s, %v, want it paid", o.Status, err)
	}
	return o
}

func TestACommitAndAReplayWakeTheSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bubbleFight(t)
		ended := make(chan time.Time, 1)
		f.subscribe("ship", func(context.Context, engine.Event) error {
			ended <- time.Now()
			return nil
		}, bridge.OrderPaid)
		stop := running(t, f.engine)
		time.Sleep(time.Hour + 100*time.Millisecond) // between two polls
		began := time.Now()
		o := f.paidNow()
		if took := (<-ended).Sub(began); took > 100*time.Millisecond {
			t.Errorf("the handler was called %v after the commit, want it before the next poll", took)
		}
		time.Sleep(time.Hour + 100*time.Millisecond)
		began = time.Now()
		id := f.delivery(o.ID, "sub_ship", bridge.OrderPaid).ID
		if _, err := f.config.Store.(store.Archive).ReplayMessage(f.ctx, "shop", id, began, nil); err != nil {
			t.Fatal(err)
		}
		f.engine.MessageReplayed("shop")
		if took := (<-ended).Sub(began); took > 100*time.Millisecond {
			t.Errorf("the handler was called %v after the replay, want it before the next poll", took)
		}
		if took := stop(); took > 0 {
			t.Errorf("Run took %v to end with nothing to do", took)
		}
	})
}

// TestAHandlerThatHangsDelaysItsOwnOrderAlone lets the handler of one order ignore its
// context for an hour.
func TestAHandlerThatHangsDelaysItsOwnOrderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bubbleFight(t)
		var mu sync.Mutex
		var hung bridge.OrderID
		calls, took := map[bridge.OrderID]int{}, map[bridge.OrderID]time.Duration{}
		release, began := make(chan struct{}), time.Now()
		f.subscribe("ship", func(ctx context.Context, e engine.Event) error {
			mu.Lock()
			calls[e.Order.ID]++
			took[e.Order.ID] = time.Since(began)
			hangs := e.Order.ID == hung && calls[hung] == 1
			mu.Unlock()
			if hangs {
				<-release
			}
			return nil
		}, bridge.OrderPaid)
		stop := running(t, f.engine)
		hung = f.create(false).ID
		f.alpha.query = saysAlways(wallet.Paid)
		if _, err := f.engine.Refresh(f.ctx, hung); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		other := f.paidNow()
		time.Sleep(time.Hour)
		mu.Lock()
		if calls[hung] != 1 || calls[other.ID] != 1 || took[other.ID] > time.Minute {
			t.Errorf("the hung order was handled %d times, the other %d times after %v; want one call each, and the other within a minute",
				calls[hung], calls[other.ID], took[other.ID])
		}
		mu.Unlock()
		d := f.delivery(hung, "sub_ship", bridge.OrderPaid)
		if d.Status != store.Undelivered || d.Attempts < 5 || d.Note != "an earlier call for the order has not returned" {
			t.Errorf("got %+v, want attempts that name the call that hangs", d)
		}
		close(release)
		time.Sleep(2 * time.Hour)
		if d := f.delivery(hung, "sub_ship", bridge.OrderPaid); d.Status != store.Delivered || calls[hung] != 2 {
			t.Errorf("got %+v after %d calls, want it delivered by the second", d, calls[hung])
		}
		stop()
	})
}

func TestTheContextOfAHandlerEndsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bubbleFight(t)
		var waits []time.Duration
		f.subscribe("ship", func(ctx context.Context, e engine.Event) error {
			began := time.Now()
			<-ctx.Done()
			waits = append(waits, time.Since(began))
			if e.Attempt == 2 {
				return nil // it was done at the last moment
			}
			return ctx.Err()
		}, bridge.OrderPaid)
		stop := running(t, f.engine)
		o := f.paidNow()
		time.Sleep(2 * time.Minute)
		stop()
		if want := []time.Duration{30 * time.Second, 30 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("its context ended after %v, want %v", waits, want)
		}
		if d := f.delivery(o.ID, "sub_ship", bridge.OrderPaid); d.Status != store.Delivered || d.Attempts != 2 {
			t.Errorf("got %+v, want it delivered by the second attempt", d)
		}
	})
}

func TestRunWaitsForHandlersAndNotForever(t *testing.T) {
	for name, test := range map[string]struct {
		handler time.Duration // takes so long, whatever its context's deadline
		stops   time.Duration // how long Run takes to end
		want    store.DeliveryStatus
	}{
		"a handler at work is finished":           {10 * time.Second, 9 * time.Second, store.Delivered},
		"a handler that hangs is left to itself":  {time.Hour, 34 * time.Second, store.Undelivered},
		"a handler that is late by a second ends": {31 * time.Second, 30 * time.Second, store.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := bubbleFight(t)
				f.subscribe("ship", func(context.Context, engine.Event) error {
					time.Sleep(test.handler)
					return nil
				}, bridge.OrderPaid)
				stop := running(t, f.engine)
				o := f.paidNow()
				time.Sleep(time.Second)
				if took := stop(); took < test.stops || took > test.stops+time.Second {
					t.Errorf("Run ended after %v, want %v", took, test.stops)
				}
				if d := f.delivery(o.ID, "sub_ship", bridge.OrderPaid); d.Status != test.want {
					t.Errorf("got %+v, want it %s", d, test.want)
				}
				time.Sleep(2 * time.Hour) // until the handler has ended
			})
		})
	}
}

// mortal is a store whose process dies: from then on it stores nothing.
type mortal struct {
	engine.Store
	mu   sync.Mutex
	dead bool
}

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortal) FinishMessage(ctx context.Context, id string, attempt int, outcome store.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errors.New("the process is dead")
	}
	return m.Store.FinishMessage(ctx, id, attempt, outcome)
}

// TestAnEventOfAProcessThatDiesIsHandledByAnother lets a process die in its handler, beside
// one whose clock is ahead.
func TestAnEventOfAProcessThatDiesIsHandledByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bubbleFight(t)
		store := &mortal{Store: f.store}
		f.config.Store = store
		f.restart()
		var one, two listener
		one.answer = func(engine.Event) error {
			time.Sleep(20 * time.Second)
			store.die()
			return nil
		}
		f.subscribe("ship", one.handle)
		o := f.paidNow()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = f.engine.DeliverOnce(f.ctx)
		}()
		synctest.Wait()

		f.config.Store = f.store
		f.config.Now = func() time.Time { return time.Now().Add(bridge.ClockSkew) }
		f.restart()
		began := time.Now()
		var first time.Duration
		two.answer = func(engine.Event) error {
			if first == 0 {
				first = time.Since(began)
			}
			return nil
		}
		f.subscribe("ship", two.handle)
		stop := running(t, f.engine)
		time.Sleep(5 * time.Minute)
		stop()
		<-ended
		two.want(t, o.ID, "order.pending 1", "order.paid 1")
		if first < 40*time.Second || first > 2*time.Minute {
			t.Errorf("the second process has it after %v, want it after the longest call and within two minutes", first)
		}
	})
}
