package bridge_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func TestAWalletThatIsDownIsLeftAlone(t *testing.T) {
	var asked atomic.Int32
	w := newWorld(t, func(far *simulator.Config, _ *bridge.Config) {
		far.OnRequest = func(simulator.Request) { asked.Add(1) }
	})
	down := w.openWallet("second") // the same provider, seen by another name
	w.config.Wallets["second"] = down
	w.restart()
	w.provider.Faults().Next(simulator.CutBefore, 1<<20)
	for range 40 {
		_, _ = w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	}
	if n := asked.Load(); n > 21 {
		t.Errorf("a wallet that never answers was asked %d times, want 20", n)
	}
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
	if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("while it is down: got %v, want Unavailable with a time to come again", err)
	}

	w.provider.Faults().Clear()
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

func TestARefusalIsAnAnswer(t *testing.T) {
	w := newWorld(t)
	w.provider.Faults().Next(simulator.Refused, 60)
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
	w.provider.Faults().Next(simulator.LoseNotification, 1)
	w.delivered()
	w.provider.Faults().Next(simulator.CutBefore, 1<<20)
	for range 60 {
		w.looked(time.Minute)
	}
	w.want(o.ID, wallet.Pending, 0, "") // unknown is not failed, however long
	w.provider.Faults().Clear()
	for range 30 {
		w.looked(time.Hour)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}
