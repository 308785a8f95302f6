package engine_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func holding(_ *simulator.Config, c *engine.Config) { c.Apps[0].Hold = true }

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// held is an order whose payer has let the wallet hold the money.
func (w *world) held() bridge.Order {
	w.Helper()
	req, hold := oneLatte(), true
	req.Hold = &hold
	outcome, err := w.engine.CreateOrder(w.ctx, req, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.pays(outcome.Subject, "pay")
	w.delivered()
	return w.want(outcome.Subject.ID, wallet.Authorized, 0, "")
}

// paid is an order whose payer has paid.
func (w *world) paid() bridge.Order {
	w.Helper()
	o := w.create()
	w.pays(o, "pay")
	w.delivered()
	return w.want(o.ID, wallet.Paid, 450, "")
}

func TestHeldMoneyIsCaptured(t *testing.T) {
	tests := []struct {
		name   string
		amount wallet.Money
		paid   int64
		want   fault.Kind
	}{
		{"all of it", wallet.Money{}, 450, 0},
		{"a part of it", usd(300), 300, 0},
		{"more than it", usd(451), 0, fault.Invalid},
		{"less than nothing", usd(-1), 0, fault.Invalid},
		{"in another currency", wallet.Money{Minor: 300, Currency: "EUR"}, 0, fault.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, holding)
			o := w.held()
			_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: test.amount, Source: bridge.FromMerchant}, nil)
			if test.want != 0 {
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				w.want(o.ID, wallet.Authorized, 0, "")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.want(o.ID, wallet.Paid, test.paid, "")
			w.sameBooks()
			if _, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: test.amount, Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Conflict) {
				t.Errorf("a second capture: got %v, want Conflict", err)
			}
		})
	}
}

func TestHeldMoneyIsVoided(t *testing.T) {
	w := newWorld(t, holding)
	o := w.held()
	if _, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil); err != nil {
		t.Fatal(err)
	}
	w.want(o.ID, wallet.Voided, 0, "")
}

func TestAnOperationWithoutAnAnswerIsCompleted(t *testing.T) {
	for _, f := range []simulator.Fault{simulator.CutBefore, simulator.CutAfter, simulator.TrafficLimit, simulator.GarbageAnswer} {
		t.Run("capture "+string(f), func(t *testing.T) {
			w := newWorld(t, holding)
			o := w.held()
			w.provider.Inject(simulator.Rule{Fault: f, Times: 1})
			if _, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Amount: usd(300), Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Unknown) && !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got %v, want Unknown or Unavailable", err)
			}
			if _, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil); !errors.Is(err, fault.Conflict) {
				t.Errorf("a void while the capture is open: got %v, want Conflict", err)
			}
			w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
			for range 5 {
				w.queryAfter(time.Minute)
			}
			w.want(o.ID, wallet.Paid, 300, "")
			w.sameBooks()
		})
		t.Run("refund "+string(f), func(t *testing.T) {
			w := newWorld(t)
			o := w.paid()
			w.provider.Inject(simulator.Rule{Fault: f, Times: 1})
			outcome, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(200), Source: bridge.FromMerchant}, nil)
			if outcome.Refund != 1 || !errors.Is(err, fault.Unknown) && !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got refund %d, %v; want 1 and Unknown or Unavailable", outcome.Refund, err)
			}
			if o := w.order(o.ID); o.RefundOpen != 200 {
				t.Errorf("got %d on its way, want 200", o.RefundOpen)
			}
			w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
			for range 5 {
				w.queryAfter(time.Minute)
			}
			if o := w.want(o.ID, wallet.Paid, 450, ""); o.Refunded != 200 || o.RefundOpen != 0 {
				t.Errorf("got %d refunded and %d on its way, want 200 and 0", o.Refunded, o.RefundOpen)
			}
			w.sameBooks()
		})
	}
}

func TestRefundsStopAtWhatWasPaid(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	for _, step := range []struct {
		amount wallet.Money
		want   error
		total  int64
	}{
		{usd(451), fault.Invalid, 0},
		{usd(0), fault.Invalid, 0},
		{wallet.Money{Minor: 10, Currency: "EUR"}, fault.Invalid, 0},
		{usd(200), nil, 200},
		{usd(251), fault.Invalid, 200},
		{wallet.Money{}, nil, 450},
		{wallet.Money{}, fault.Conflict, 450},
	} {
		_, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: step.amount, Source: bridge.FromMerchant}, nil)
		if !errors.Is(err, step.want) {
			t.Errorf("refund of %v: got %v, want %v", step.amount, err, step.want)
		}
		if o := w.want(o.ID, wallet.Paid, 450, ""); o.Refunded != step.total {
			t.Errorf("after %v: got %d refunded, want %d", step.amount, o.Refunded, step.total)
		}
	}
	w.sameBooks()
}

func TestTheSumOfARefusedRefundCanBeRefundedAgain(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Declined) {
		t.Fatalf("got %v, want Declined", err)
	}
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	if o := w.want(o.ID, wallet.Paid, 450, ""); o.Refunded != 450 || len(o.Refunds) != 2 {
		t.Errorf("got %d refunded in %d refunds, want 450 in 2", o.Refunded, len(o.Refunds))
	}
}

func TestARefundCanWaitForAPerson(t *testing.T) {
	w := newWorld(t, func(far *simulator.Config, _ *engine.Config) { far.ManualRefunds = true })
	o := w.paid()
	outcome, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(100), Source: bridge.FromMerchant}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := outcome.Subject.Refunds[outcome.Refund-1]; r.Status != wallet.RefundWaiting {
		t.Errorf("got %s, want waiting", r.Status)
	}
	if err := w.provider.DecideRefund(outcome.Subject.Refunds[outcome.Refund-1].RequestID, true); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	if o := w.want(o.ID, wallet.Paid, 450, ""); o.Refunded != 100 || o.RefundOpen != 0 {
		t.Errorf("got %d refunded and %d on its way, want 100 and 0", o.Refunded, o.RefundOpen)
	}
}

func TestTwoRefundsOfMostOfTheMoneyAreRaced(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		o := w.paid()
		var won atomic.Int32
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				_, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(270), Source: bridge.FromMerchant}, nil)
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, fault.Invalid):
					t.Error(err)
				}
			})
		}
		both.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d of two refunds of 270 of 450 won, want 1", won.Load())
		}
		if o := w.order(o.ID); o.Refunded+o.RefundOpen != 270 {
			t.Fatalf("got %d refunded or on its way, want 270", o.Refunded+o.RefundOpen)
		}
	}
	w.sameBooks()
}

// sameBooks compares what the provider holds with what our orders say.
func (w *world) sameBooks() {
	w.Helper()
	var paid, refunded int64
	for _, p := range w.provider.Payments() {
		o := w.order(bridge.OrderID("ord_" + p.RequestID[:26]))
		for i := range o.Payments {
			if o.Payments[i].RequestID == p.RequestID {
				paid += o.Payments[i].Paid
				refunded += o.Payments[i].Refunded
			}
		}
	}
	sums := w.provider.Ledger()["USD"]
	if sums.Captured.Minor != paid || sums.Refunded.Minor != refunded {
		w.Errorf("the wallet has %d captured and %d refunded, our books %d and %d",
			sums.Captured.Minor, sums.Refunded.Minor, paid, refunded)
	}
}
