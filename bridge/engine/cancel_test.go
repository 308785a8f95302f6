package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// pay requests a way to pay an order.
func (w *world) pay(id bridge.OrderID, walletName string) (bridge.Order, error) {
	outcome, err := w.engine.Pay(w.ctx, id, bridge.PayRequest{Wallet: walletName, Source: bridge.FromClient}, nil)
	return outcome.Subject, err
}

// After cancel no payment of an order can be opened, whatever became of the payments it
// had: an order whose payment had failed could be paid after its cancel.
func TestNoPaymentOpensAfterCancel(t *testing.T) {
	tests := []struct {
		name string
		make func(w *world) bridge.OrderID
	}{
		{"of an order without a payment", func(w *world) bridge.OrderID {
			req := oneLatte()
			req.Unpaid = true
			outcome, err := w.engine.CreateOrder(w.ctx, req, nil)
			if err != nil {
				w.Fatal(err)
			}
			return outcome.Subject.ID
		}},
		{"of an order whose payment was refused", func(w *world) bridge.OrderID {
			w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
			outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), nil)
			w.wantKind("the payment", err, fault.Declined)
			return outcome.Subject.ID
		}},
		{"of an order whose payment was declined at the cashier", func(w *world) bridge.OrderID {
			o := w.create()
			w.pays(o, "decline")
			w.delivered()
			return o.ID
		}},
		{"of an order whose payment is open", func(w *world) bridge.OrderID { return w.create().ID }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			id := test.make(w)
			if got, err := w.engine.Cancel(w.ctx, id, bridge.FromMerchant); err != nil || got.Status != wallet.Canceled {
				t.Fatalf("got %s, %v; want canceled", got.Status, err)
			}
			payments := len(w.order(id).Payments)
			for _, name := range []string{"", "sandbox", "second"} {
				_, err := w.pay(id, name)
				w.wantKind("a payment at "+name, err, fault.Expired)
			}
			if got := w.want(id, wallet.Canceled, 0, ""); len(got.Payments) != payments {
				t.Errorf("got %d payments, want %d", len(got.Payments), payments)
			}
		})
	}
}

// The wallet did not close the payment, or gave no answer: the order stays closed for new
// payments all the same, and ends by itself.
func TestACancelThatTheWalletDoesNotAnswerClosesTheOrder(t *testing.T) {
	for _, answer := range []error{unanswered(), refusal(), absent()} {
		w := newWorld(t)
		h := w.hook("sandbox")
		o := w.create()
		h.onCancel = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
			return wallet.Payment{}, answer
		}
		if _, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant); err == nil {
			t.Errorf("%v: the cancel was answered as if it were done", answer)
		}
		w.want(o.ID, wallet.Pending, 0, "")
		for _, name := range []string{"sandbox", "second"} {
			_, err := w.pay(o.ID, name)
			w.wantKind("a payment at "+name, err, fault.Expired)
		}
		h.onCancel = nil
		w.queryInSteps(2, time.Minute)
		w.want(o.ID, wallet.Canceled, 0, "")
		far, _ := w.provider.Payment(o.Payments[0].RequestID)
		if far.Status != "CANCELED" {
			t.Errorf("the payment is %s at the wallet, want canceled", far.Status)
		}
	}
}

// What a payer does at a cashier is of the payment: the order can be paid again.
func TestAPayerWhoLeavesTheCashierMayPayAgain(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.tellPayment("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "CANCELED", "e-left")
	w.want(o.ID, wallet.Failed, 0, "")
	again, err := w.pay(o.ID, "second")
	if err != nil {
		t.Fatal(err)
	}
	w.pays(again, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

// node is another node over the same store, whose clock is ahead, or behind.
func (w *world) node(ahead time.Duration) *engine.Engine {
	w.Helper()
	config := w.config
	config.Now = func() time.Time { return w.clock.Now().Add(ahead) }
	engine, err := engine.New(config)
	if err != nil {
		w.Fatal(err)
	}
	return engine
}

// A node whose clock is ahead ended an order by its clock, and a node whose clock was
// behind opened a payment of it.
func TestNoPaymentOpensAfterTheEndOnNodesWhoseClocksDiffer(t *testing.T) {
	for name, end := range map[string]func(w *world, node *engine.Engine, id bridge.OrderID) error{
		"canceled": func(w *world, node *engine.Engine, id bridge.OrderID) error {
			_, err := node.Cancel(w.ctx, id, bridge.FromMerchant)
			return err
		},
		"expired": func(w *world, node *engine.Engine, _ bridge.OrderID) error {
			_, err := node.RunOnce(w.ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ahead, behind := w.node(5*time.Minute), w.node(-5*time.Minute)
			o := w.create()
			w.pays(o, "decline")
			w.delivered()
			w.clock.Advance(11 * time.Minute) // the order has 4 minutes here, 9 there, and none ahead
			if err := end(w, ahead, o.ID); err != nil {
				t.Fatal(err)
			}
			for where, node := range map[string]*engine.Engine{"here": w.engine, "ahead": ahead, "behind": behind} {
				_, err := node.Pay(w.ctx, o.ID, bridge.PayRequest{Source: bridge.FromClient}, nil)
				if !errors.Is(err, fault.Expired) {
					t.Errorf("%s: got %v, want Expired", where, err)
				}
			}
			if got := w.order(o.ID); len(got.Payments) != 1 || got.Closed == "" {
				t.Errorf("got %d payments of an order that is closed as %q", len(got.Payments), got.Closed)
			}
		})
	}
}

// Switching the wallet sent the merchant order.canceled and ended long polls with a
// canceled receipt; then the order was paid.
func TestSwitchingTheWalletSendsNoWebhookThatTheOrderIsCanceled(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	waited := make(chan *bridge.Order, 1)
	go func() {
		order, err := w.engine.Wait(w.ctx, o.ID, o.Sequence, time.Hour)
		if err != nil {
			t.Error(err)
		}
		waited <- order
	}()
	if _, err := w.pay(o.ID, "second"); err != nil {
		t.Fatal(err)
	}
	if got := <-waited; got.Final() {
		t.Errorf("a long poll ended with %s", got.Status)
	}
	events, err := w.engine.Events(w.ctx, o.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		switch e.Type {
		case bridge.OrderCanceled, bridge.OrderFailed, bridge.OrderExpired, bridge.OrderClosed:
			t.Errorf("event %d is %s", e.Sequence, e.Type)
		}
	}
	w.want(o.ID, wallet.Pending, 0, "")
}

// Cancel on held money answered as if it had let the money go. That is what void is for.
func TestCancelOnHeldMoneyIsRefused(t *testing.T) {
	w := newWorld(t, holding)
	o := w.held()
	_, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant)
	w.wantKind("the cancel", err, fault.Conflict)
	if got := w.want(o.ID, wallet.Authorized, 0, ""); got.Closed != "" || w.called("/v1/payments/cancel") != 0 {
		t.Errorf("the order is closed as %q after %d cancels, want open, and none", got.Closed, w.called("/v1/payments/cancel"))
	}
	if _, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil); err != nil {
		t.Error(err)
	}
}

// A payment that came late is money all the same: canceled is of the order, and what was
// paid wins, and is flagged.
func TestMoneyOfACanceledOrderIsBookedAndFlagged(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.create()
	h.onCancel = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{}, refusal()
	}
	_, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromMerchant)
	w.wantKind("a cancel that the wallet refuses", err, fault.Conflict)
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, bridge.LatePayment)
}
