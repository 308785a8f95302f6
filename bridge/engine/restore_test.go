package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// restored runs a test of a restored store on each database.
func restored(t *testing.T, run func(w *world)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			again := open(t)
			run(newWorld(t, func(_ *simulator.Config, c *engine.Config) { c.Store = again() }))
		})
	}
}

// restore marks the store as restored from a backup, and starts the engine anew.
func (w *world) restore() {
	w.Helper()
	now := w.clock.Now()
	if _, err := w.store.MarkRestored(w.ctx, now, now.Add(-24*time.Hour)); err != nil {
		w.Fatal(err)
	}
	w.restart()
}

func (w *world) lift() error {
	_, err := w.engine.LiftRestoration(w.ctx, "ann", "All were queried.")
	return err
}

// A store restored from an older backup numbered its next refund like one that was made
// after the backup: the same request id with another sum. No id is used again.
func TestNoRequestIDIsUsedAgainAfterARestore(t *testing.T) {
	restored(t, func(w *world) {
		o := w.paid()
		core := o.Payments[0].RequestID[:26]
		w.restore() // of a backup in which the refund "…R1" is not yet
		w.queryInSteps(2, time.Minute)
		if err := w.lift(); err != nil {
			w.Fatal(err)
		}
		if _, err := w.refund(&o, 100); err != nil {
			w.Fatal(err)
		}
		if got := w.order(o.ID).Refunds[0].RequestID; got == core+"R1" || got[:26] != core {
			w.Errorf("the refund has the id %s, which one after the backup may have had", got)
		}
		fresh := w.create()
		if got := fresh.Payments[0].RequestID; got[26:] == "P1" {
			w.Errorf("a new payment has the id %s of the time before", got)
		}
		w.pays(fresh, "pay")
		w.delivered()
		w.want(fresh.ID, wallet.Paid, 450, "")
		w.restore() // and once more
		w.queryInSteps(2, time.Minute)
		if err := w.lift(); err != nil {
			w.Fatal(err)
		}
		if _, err := w.refund(&o, 100); err != nil {
			w.Fatal(err)
		}
		if got := w.order(o.ID); got.Refunds[0].RequestID[27:] == got.Refunds[1].RequestID[27:] {
			w.Errorf("the refunds after two restores have the ids %s and %s", got.Refunds[0].RequestID, got.Refunds[1].RequestID)
		}
		w.sameBooks()
	})
}

// Until every open and recent order has been queried, and a person has confirmed that, no
// money goes out: neither a refund that is requested nor one that is repeated.
func TestMoneyOutIsHeldAfterARestore(t *testing.T) {
	restored(t, func(w *world) {
		h, sent := w.hook("sandbox"), 0
		h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
			if sent++; sent == 1 {
				return wallet.Refund{}, unanswered()
			}
			return next()
		}
		o := w.paid()
		w.wantKind("the refund", errOf(w.refund(&o, 100)), fault.Unknown)
		w.restore()
		w.wantKind("another refund", errOf(w.refund(&o, 50)), fault.Conflict)
		w.wantKind("lifting before all were queried", w.lift(), fault.Conflict)
		w.queryInSteps(6, time.Minute)
		if sent != 1 {
			w.Errorf("the refund was sent %d times, want once: it is held", sent)
		}
		w.wantRefunds(o.ID, 0, 100)
		for _, missing := range [][2]string{{"", "All were queried."}, {"ann", ""}} {
			if _, err := w.engine.LiftRestoration(w.ctx, missing[0], missing[1]); !errors.Is(err, fault.Invalid) {
				w.Errorf("lifting without who and why: got %v, want Invalid", err)
			}
		}
		if err := w.lift(); err != nil {
			w.Fatal(err)
		}
		w.wantKind("lifting again", w.lift(), fault.Conflict)
		w.queryInSteps(6, 5*time.Minute)
		w.wantRefunds(o.ID, 100, 0)
		w.sameBooks()
	})
}

// An order that was paid, and reversed or refunded, after the backup is queried as a
// whole, though it looks settled.
func TestRecentOrdersAreQueriedAfterARestore(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.clock.Advance(time.Minute)
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 1})
	if err := w.provider.Reverse(o.Payments[0].RequestID); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "") // the backup does not know
	w.restore()
	if _, unqueried, err := w.engine.Restoration(w.ctx); err != nil || unqueried != 1 {
		t.Errorf("got %d orders to be queried, %v; want 1", unqueried, err)
	}
	w.queryAfter(time.Second)
	w.reversedOnce(o.ID, 450)
	if _, unqueried, err := w.engine.Restoration(w.ctx); err != nil || unqueried != 0 {
		t.Errorf("got %d orders to be queried, %v; want none", unqueried, err)
	}
}

// An order whose wallet gives no answer counts as not queried.
func TestAnOrderThatCouldNotBeQueriedHoldsRefundsAfterARestore(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.paid()
	h.onQuery = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, unanswered()
	}
	w.restore()
	w.queryInSteps(5, time.Minute)
	w.wantKind("lifting", w.lift(), fault.Conflict)
	h.onQuery = nil
	w.queryInSteps(3, 5*time.Minute)
	if err := w.lift(); err != nil {
		t.Error(err)
	}
	if _, err := w.refund(&o, 450); err != nil {
		t.Error(err)
	}
}
