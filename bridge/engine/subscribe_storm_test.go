package engine_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/wallet"
)

// ledger is what handlers have done, whichever process called them.
type ledger struct {
	*testing.T
	mu   sync.Mutex
	dice *rand.Rand
	calm bool
	busy map[bridge.OrderID]bool
	done map[bridge.OrderID][]int64 // the sequences of events in the order in which they were first handled
}

// handle fails, panics and succeeds as the dice fall.
func (l *ledger) handle(_ context.Context, e engine.Event) error {
	l.begin(e.Order.ID)
	defer l.end(e.Order.ID)
	l.mu.Lock()
	defer l.mu.Unlock()
	roll := l.dice.IntN(6)
	switch {
	case l.calm:
	case roll == 0:
		return errors.New("the courier is down")
	case roll == 1:
		panic("the courier fell")
	}
	list := l.done[e.Order.ID]
	if len(list) == 0 || list[len(list)-1] < e.Sequence {
		l.done[e.Order.ID] = append(list, e.Sequence)
	} else if list[len(list)-1] > e.Sequence {
		l.Errorf("%s: event %d is handled after event %d", e.Order.ID, e.Sequence, list[len(list)-1])
	}
	return nil
}

// begin requires no two calls for one order at once.
func (l *ledger) begin(id bridge.OrderID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[id] {
		l.Errorf("%s: two events are handled at once", id)
	}
	l.busy[id] = true
}

func (l *ledger) end(id bridge.OrderID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, id)
}

// TestAStormOfFailuresAndRestartsLosesNoEvent lets two processes handle events while
// handlers fail and processes die before they have stored what was done.
func TestAStormOfFailuresAndRestartsLosesNoEvent(t *testing.T) {
	onLocalStores(t, func(f *fight) {
		dice := rand.New(rand.NewPCG(7, 11))
		l := &ledger{
			T: f.T, dice: rand.New(rand.NewPCG(8, 11)),
			busy: map[bridge.OrderID]bool{}, done: map[bridge.OrderID][]int64{},
		}
		real := f.config.Store
		process := func() (*engine.Engine, *mortal) {
			store := &mortal{Store: real}
			f.config.Store = store
			f.restart()
			f.subscribe("ship", l.handle)
			return f.engine, store
		}
		nodes, stores := make([]*engine.Engine, 2), make([]*mortal, 2)
		for i := range nodes {
			nodes[i], stores[i] = process()
		}
		step := func() {
			var both sync.WaitGroup
			for _, node := range nodes {
				both.Go(func() { _, _ = node.DeliverOnce(f.ctx) }) // a process that is dead stores nothing
			}
			both.Wait()
		}
		f.alpha.query = saysAlways(wallet.Paid)
		f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
			return wallet.Refund{RefundRef: wallet.RefundRef{RequestID: req.RequestID, RefundID: "r-" + req.RequestID}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
		}
		var orders []bridge.OrderID
		for range stormOrders(60) {
			f.engine = nodes[dice.IntN(2)]
			o := f.create(false)
			orders = append(orders, o.ID)
			if _, err := f.engine.Refresh(f.ctx, o.ID); err != nil {
				f.Fatal(err)
			}
			if dice.IntN(2) == 0 {
				if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, nil); err != nil {
					f.Fatal(err)
				}
			}
			if i := dice.IntN(8); i < 2 {
				stores[i].die()
				step()
				nodes[i], stores[i] = process()
			}
			step()
			f.clock.Advance(time.Duration(dice.IntN(90)) * time.Second)
		}
		l.calm = true
		for range 200 {
			f.clock.Advance(10 * time.Minute)
			step()
		}
		events := 0
		for _, id := range orders {
			events += l.wantAll(f, id)
		}
		f.Logf("%d events of %d orders", events, len(orders))
	})
}

// wantAll requires each event of an order that webhooks hear of handled, and returns how many
// there are.
func (l *ledger) wantAll(f *fight, id bridge.OrderID) int {
	l.Helper()
	events, err := f.engine.Events(f.ctx, id, 0)
	if err != nil {
		l.Fatal(err)
	}
	done := l.done[id]
	n := 0
	for _, e := range events {
		if !e.Type.Webhook() {
			continue
		}
		if n >= len(done) || done[n] != e.Sequence {
			l.Fatalf("%s: the events %v were handled, want %s, number %d, next", id, done, e.Type, e.Sequence)
		}
		n++
	}
	if n != len(done) || n < 2 {
		l.Errorf("%s: %d events were handled, want %d, and two at least", id, len(done), n)
	}
	return n
}
