package engine_test

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func TestAWalletThatIsDownIsNotCalled(t *testing.T) {
	var calls atomic.Int32
	w := newWorld(t, func(far *simulator.Config, _ *engine.Config) {
		far.OnRequest = func(simulator.Request) { calls.Add(1) }
	})
	down := w.openWallet("second") // the same provider, seen by another name
	w.config.Wallets["second"] = down
	w.restart()
	w.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Times: 1 << 20})
	for range 40 {
		_, _ = w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	}
	if n := calls.Load(); n > 21 {
		t.Errorf("a wallet that never answers was called %d times, want 20", n)
	}
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("while it is down: got %v, want Unavailable with a time to come again", err)
	}

	w.provider.Clear()
	other := oneLatte()
	other.Wallet = "second"
	if _, err := w.engine.CreateOrder(w.ctx, other, nil); err != nil {
		t.Errorf("another wallet notices: %v", err)
	}
	w.clock.Advance(time.Minute)
	for range 3 { // the first is the probe
		if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil); err != nil {
			t.Errorf("a wallet that is back: %v", err)
		}
	}
}

func TestARefusalDoesNotOpenTheCircuitBreaker(t *testing.T) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 60})
	for i := range 60 {
		if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil); !errors.Is(err, fault.Declined) {
			t.Fatalf("refusal %d: got %v, want Declined", i, err)
		}
	}
}

func TestOrdersOfAWalletThatWasDownStillEnd(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 1})
	w.delivered()
	w.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Times: 1 << 20})
	for range 60 {
		w.queryAfter(time.Minute)
	}
	w.want(o.ID, wallet.Pending, 0, "") // unknown is not failed, however long
	w.provider.Clear()
	for range 30 {
		w.queryAfter(time.Hour)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

// TestALimitOfTheWalletIsRespected lets twenty orders become due within two seconds, at
// a wallet that allows one call a second.
func TestALimitOfTheWalletIsRespected(t *testing.T) {
	var calls atomic.Int32
	w := newWorld(t, func(far *simulator.Config, c *engine.Config) {
		far.OnRequest = func(r simulator.Request) {
			if r.Path == "/v1/payments/query" {
				calls.Add(1)
			}
		}
		c.Random = randomReader{rand.New(rand.NewPCG(1, 2))}
	})
	var orders []bridge.Order
	for range 20 {
		orders = append(orders, w.create())
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.TrafficLimit, Endpoint: "/v1/payments/query"})
	for range 70 {
		w.queryAfter(100 * time.Millisecond)
	}
	if n := calls.Load(); n == 0 || n > 10 {
		t.Errorf("the wallet was called %d times, want a few", n)
	}
	w.provider.Clear()
	for range 20 {
		w.queryAfter(time.Minute)
	}
	for _, o := range orders {
		w.want(o.ID, wallet.Expired, 0, "")
	}
}
