package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// observed lists what an observer was notified of.
type observed struct {
	mu    sync.Mutex
	lines []string
}

func (o *observed) add(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *observed) Committed(c *bridge.Change, notified bool) {
	for _, e := range c.Events {
		o.add("commit %s %s %v", e.Type, e.Source, notified)
	}
}

func (o *observed) Called(wallet string, operation outbound.Operation, outcome outbound.Outcome, _ time.Duration) {
	o.add("call %s %s %s", wallet, operation, outcome)
}

func (o *observed) Applied(wallet string, delay time.Duration) {
	o.add("applied %s %v", wallet, delay >= 0 && delay < time.Minute)
}

func (o *observed) Notified(wallet string, err error) {
	o.add("news %s %v", wallet, err == nil)
	if err != nil {
		o.add("news %s %s", wallet, fault.KindOf(err))
	}
}

func (o *observed) count(line string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lines {
		if l == line {
			n++
		}
	}
	return n
}

func TestTheObserverIsNotifiedOfCommitsCallsAndNotifications(t *testing.T) {
	o := new(observed)
	w := newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Observer = o })
	order := w.paid()
	w.must(w.refund(&order, 100))
	w.tellBody("sandbox", `{"eventId":"forged"}`)
	for _, line := range []string{
		"commit order.created client false", "call sandbox create_payment ok", "commit order.paid notification true", "news sandbox true", "applied sandbox true",
		"call sandbox refund ok", "commit refund.succeeded wallet false",
	} {
		if o.count(line) == 0 {
			t.Errorf("the observer was not notified of %q: %q", line, o.lines)
		}
	}
}

func TestTheObserverIsNotNotifiedOfACommitThatWasNotMade(t *testing.T) {
	o := new(observed)
	w := newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Observer = o })
	order := w.paid()
	before, p := len(o.lines), order.Payments[0]
	w.deliver("sandbox", p.WalletPaymentID, p.RequestID, "450") // once more
	if _, err := w.engine.Cancel(w.ctx, order.ID, bridge.FromMerchant); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("Cancel: got %v, want Conflict", err)
	}
	if want := []string{"news sandbox true"}; !slices.Equal(o.lines[before:], want) {
		t.Errorf("after a repeat and a refusal: got %q, want %q", o.lines[before:], want)
	}
}

// forgetful is a store that decides changes and commits none.
type forgetful struct{ engine.Store }

func (f forgetful) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	o, err := f.Order(ctx, id)
	if err == nil {
		err = change(bridge.NewChange(o))
	}
	if err == nil {
		err = fault.Unavailable
	}
	return o, err
}

func TestTheObserverIsNotNotifiedOfACommitThatFailed(t *testing.T) {
	o := new(observed)
	w := newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Observer = o })
	order := w.create()
	w.config.Store = forgetful{w.store}
	w.restart()
	w.pays(order, "pay")
	w.delivered()
	if o.count("news sandbox unavailable") == 0 {
		t.Fatalf("the notification was not refused: %q", o.lines)
	}
	if n := o.count("commit order.paid notification true"); n > 0 {
		t.Errorf("a commit that failed was notified %d times", n)
	}
}
