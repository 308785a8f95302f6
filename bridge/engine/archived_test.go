package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/retention"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// archives moves the events of settled orders to an archive, a year later.
func (w *world) archives(id bridge.OrderID) {
	w.Helper()
	w.clock.Advance(400 * 24 * time.Hour)
	w.queryInSteps(4, 24*time.Hour) // the late looks
	w.create()                      // the last event of the store stays
	w.delivers()
	k := retention.New(retention.Config{
		Store: w.store, Apps: []string{"shop"}, Folder: retention.NewFolder(w.TempDir()), Events: 24 * time.Hour, Now: w.clock.Now,
		Pause: func(context.Context, time.Duration) {},
	})
	if _, err := k.RunOnce(w.ctx, true); err != nil {
		w.Fatal(err)
	}
	if _, err := w.engine.Events(w.ctx, id, 0); fault.KindOf(err) != fault.Expired {
		w.Fatalf("the events of the order: got %v, want Expired", err)
	}
}

// delivers delivers the messages of the outbox.
func (w *world) delivers() {
	w.Helper()
	for {
		list, err := w.store.ClaimMessages(w.ctx, "shop", "hook", w.clock.Now(), time.Minute, 100)
		if err != nil || len(list) == 0 {
			if err != nil {
				w.Fatal(err)
			}
			return
		}
		for _, m := range list {
			if err := w.store.FinishMessage(w.ctx, m.ID, m.Attempts, store.Delivery{Status: store.Delivered, At: w.clock.Now()}); err != nil {
				w.Fatal(err)
			}
		}
	}
}

func TestARefundOfAnArchivedOrder(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.archives(o.ID)
	if err := errOf(w.refund(&o, 100)); err != nil {
		t.Fatal(err)
	}
	w.wantRefunds(o.ID, 100, 0)
	w.want(o.ID, wallet.Paid, 450, "")
	w.restart()
	if err := errOf(w.refund(&o, 350)); err != nil {
		t.Fatal(err)
	}
	w.wantRefunds(o.ID, 450, 0)
	if err := errOf(w.refund(&o, 1)); err == nil {
		t.Error("a refund above the balance: got no error, want one")
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

// A notification about an archived order that repeats old news changes nothing, and one that the
// payment was taken back raises attention.
func TestLateNewsOfAnArchivedOrder(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.archives(o.ID)
	h, err := w.engine.History(w.ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := w.order(o.ID)
	if _, err := w.engine.Refresh(w.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Paid, 450, "")
	if after := w.order(o.ID); after.Sequence != before.Sequence || h.Archived() != before.Sequence {
		t.Errorf("after old news: got %d events of which %d are archived, want %d", after.Sequence, h.Archived(), before.Sequence)
	}
	_, err = w.store.UpdateOrder(w.ctx, o.ID, func(c *bridge.Change) error {
		p := c.Order.LastPayment()
		return c.Apply(bridge.News{Source: bridge.FromQuery, Wallet: p.Wallet, Payment: &wallet.Payment{
			Ref: p.Ref(), Status: wallet.Canceled, Amount: c.Order.Amount,
		}}, w.clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Paid, 450, bridge.PaymentReversed)
}

// A key outlives its answer: a repeat after that gets the order as it is, and makes none.
func TestARepeatAfterTheAnswerWasPrunedMakesNoOrder(t *testing.T) {
	w := newWorld(t)
	o := once("k")
	o.Render = func(o bridge.Order, _ error) bridge.Answer {
		return bridge.Answer{Status: 201, Body: []byte(string(o.ID) + " " + string(o.Status))}
	}
	create := func() idempotency.Outcome[bridge.Order] {
		t.Helper()
		outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), o)
		if err != nil {
			t.Fatal(err)
		}
		return outcome
	}
	first := create()
	id := first.Subject.ID
	w.pays(first.Subject, "pay")
	w.delivered()
	created := w.called(sandboxCharge)
	for _, days := range []int{3, 400} {
		w.clock.Advance(time.Duration(days) * 24 * time.Hour)
		if err := w.store.PruneAnswers(w.ctx, w.clock.Now().Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		again := create()
		if again.Subject.ID != id || again.Answer == nil || string(again.Answer.Body) != string(id)+" paid" {
			t.Errorf("after %d days: got order %s and the answer %v, want order %s, which is paid", days, again.Subject.ID, again.Answer, id)
		}
	}
	other := *o
	other.Digest[0] ^= 1
	if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), &other); fault.KindOf(err) != fault.KeyReused {
		t.Errorf("another request under the key: got %v, want KeyReused", err)
	}
	if n := w.called(sandboxCharge); n != created {
		t.Errorf("the provider got %d more payments, want none", n-created)
	}
	w.want(id, wallet.Paid, 450, "")
}
