package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/wallet"
)

// moved is a store in which an order changes without a wake-up, as when another node
// changes it and the feed loses the news.
type moved struct {
	engine.Store
	order bridge.Order
	reads atomic.Int64
}

func (m *moved) Order(ctx context.Context, _ bridge.OrderID) (bridge.Order, error) {
	if ctx.Err() != nil {
		return bridge.Order{}, ctx.Err()
	}
	o := m.order
	if m.reads.Add(1) > 1 {
		o.Status, o.Sequence = wallet.Paid, o.Sequence+1
	}
	return o, nil
}

// TestAWaitReadsOnceMoreBeforeItAnswers when it ends by time and when the server stops.
func TestAWaitReadsOnceMoreBeforeItAnswers(t *testing.T) {
	for name, end := range map[string]func(*engine.Engine, context.CancelFunc){
		"its time is over":                        func(*engine.Engine, context.CancelFunc) { time.Sleep(25 * time.Second) },
		"the server drains":                       func(e *engine.Engine, _ context.CancelFunc) { e.Drain() },
		"the server drains, and ends the request": func(e *engine.Engine, stop context.CancelFunc) { e.Drain(); stop() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &moved{Store: memstore.New(), order: bridge.Order{ID: "ord_1", Status: wallet.Pending, Sequence: 3}}
				e, err := engine.New(engine.Config{Store: store, Wallets: map[string]wallet.Wallet{"w": queryable{}}, PublicURL: "https://pay.example"})
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				got := make(chan *bridge.Order, 1)
				go func() {
					o, err := e.Wait(ctx, "ord_1", 3, 25*time.Second)
					if err != nil {
						t.Error(err)
					}
					got <- o
				}()
				synctest.Wait()
				end(e, stop)
				if o := <-got; o.Status != wallet.Paid {
					t.Errorf("got %s, want what the store has at the end", o.Status)
				}
			})
		})
	}
}
