package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// notified lets the provider send what is due within a quarter of an hour, the whole of its
// ladder, and requires so many callbacks, each acknowledged when it comes.
func (p *payStorm) notified(want int) {
	p.Helper()
	for range 60 {
		p.run(p.Context())
		p.clock.Advance(15 * time.Second)
	}
	came := 0
	for _, a := range p.provider.Attempts() {
		if a.Status != 0 {
			came++
		}
		if a.Status != 0 && !a.Acknowledged {
			p.Errorf("attempt %d was answered %d %s", a.Number, a.Status, a.Result)
		}
	}
	if came != want {
		p.Errorf("%d callbacks came, want %d", came, want)
	}
}

func TestACallbackOfAPartialPaymentIsRecordedAndAcknowledged(t *testing.T) {
	p := newPayStorm(t, "USDT", 136, 1)
	o := p.ordered()
	if err := p.provider.Settle(o.LastPayment().RequestID, simulator.Under); err != nil {
		t.Fatal(err)
	}
	p.notified(1)
	got := p.stands(o, "after a partial payment,", wallet.Pending, bridge.AmountMismatch)
	if f := got.Flags[0]; f.Observed == nil || !f.Observed.Positive() || f.Observed.Minor >= o.Amount.Minor || got.Paid != 0 {
		t.Errorf("the flag is %+v and %d are paid, want the sum that came and nothing", f, got.Paid)
	}
	if items, err := p.config.Store.(store.InboxItems).InboxItems(t.Context(), store.InboxQuery{Wallets: []string{p.name}, Limit: 10}); err != nil || len(items) != 0 {
		t.Errorf("%d notifications are kept, %v; want none", len(items), err)
	}
}

// A callback of the partial payment that comes after the rest is old news.
func TestACallbackOfAPartialPaymentThatWasPaidSinceIsAcknowledged(t *testing.T) {
	p := newPayStorm(t, "USDT", 136, 1)
	o := p.ordered()
	request := o.LastPayment().RequestID
	p.inject("delay_notification", simulator.Notify, 1, 0)
	for _, step := range []string{simulator.Under, simulator.Pay} {
		if err := p.provider.Settle(request, step); err != nil {
			t.Fatal(err)
		}
	}
	p.queryAll(10 * time.Second)
	paid := p.stands(o, "once all of it came,", wallet.Paid)
	p.notified(3) // both, and one that the till requests because a query was quicker
	if again := p.stands(o, "after both callbacks,", wallet.Paid); again.Paid != paid.Paid {
		t.Errorf("%d are paid, want %d", again.Paid, paid.Paid)
	}
}
