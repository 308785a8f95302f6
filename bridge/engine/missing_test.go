package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// without starts the engine anew with a configuration that has no wallet of that name.
func (w *world) without(name string) {
	w.Helper()
	wallets := map[string]wallet.Wallet{}
	for n, other := range w.config.Wallets {
		if n != name {
			wallets[n] = other
		}
	}
	config := w.config
	config.Wallets = wallets
	config.Apps = append([]engine.App(nil), w.config.Apps...)
	config.Apps[0].Wallets = []string{"second"}
	engine, err := engine.New(config)
	if err != nil {
		w.Fatal(err)
	}
	w.engine = engine
}

// A wallet that was removed, or renamed, while it had open work ended the process by a
// panic: every request about such an order gets a clear fault.
func TestRequestsAboutAWalletThatIsMissingGetAFault(t *testing.T) {
	open := func(w *world) bridge.Order { return w.create() }
	held := func(w *world) bridge.Order {
		req, hold := oneLatte(), true
		req.Hold = &hold
		outcome, err := w.engine.CreateOrder(w.ctx, req, nil)
		if err != nil {
			w.Fatal(err)
		}
		w.pays(outcome.Subject, "pay")
		w.delivered()
		return w.order(outcome.Subject.ID)
	}
	paid := func(w *world) bridge.Order { return w.paid() }
	tests := []struct {
		name string
		make func(w *world) bridge.Order
		act  func(w *world, id bridge.OrderID) error
		want error // nil: it does what can be done without the wallet
	}{
		{"pay", open, func(w *world, id bridge.OrderID) error { _, err := w.pay(id, ""); return err }, fault.Unavailable},
		{"pay at the missing wallet", open, func(w *world, id bridge.OrderID) error { _, err := w.pay(id, "sandbox"); return err }, fault.Invalid},
		{"switch to another wallet", open, func(w *world, id bridge.OrderID) error { _, err := w.pay(id, "second"); return err }, fault.Unavailable},
		{"cancel", open, func(w *world, id bridge.OrderID) error {
			_, err := w.engine.Cancel(w.ctx, id, bridge.FromMerchant)
			return err
		}, fault.Unavailable},
		{"capture", held, func(w *world, id bridge.OrderID) error {
			_, err := w.engine.Capture(w.ctx, id, engine.CaptureRequest{Source: bridge.FromMerchant}, nil)
			return err
		}, fault.Unavailable},
		{"void", held, func(w *world, id bridge.OrderID) error {
			_, err := w.engine.Void(w.ctx, id, bridge.FromMerchant, nil)
			return err
		}, fault.Unavailable},
		{"refund", paid, func(w *world, id bridge.OrderID) error {
			_, err := w.engine.Refund(w.ctx, id, refund.Request{Source: bridge.FromMerchant}, nil)
			return err
		}, fault.Unsupported},
		{"refresh", open, func(w *world, id bridge.OrderID) error { _, err := w.engine.Refresh(w.ctx, id); return err }, nil},
		{"result", open, func(w *world, id bridge.OrderID) error {
			_, err := w.engine.Result(w.ctx, id, engine.Hint{Code: "9000"})
			return err
		}, nil},
		{"a status query", open, func(w *world, _ bridge.OrderID) error { w.queryInSteps(3, time.Minute); return nil }, nil},
		{"sign in", open, func(w *world, _ bridge.OrderID) error {
			_, err := w.engine.SignIn(w.ctx, "sandbox", "code")
			return err
		}, fault.NotFound},
		{"a notification", open, func(w *world, _ bridge.OrderID) error {
			_, err := w.engine.Notify(w.ctx, "sandbox", wallet.Delivery{})
			return err
		}, fault.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			o := test.make(w)
			w.without("sandbox")
			err := test.act(w, o.ID)
			if test.want != nil {
				w.wantKind(test.name, err, test.want.(fault.Kind))
			} else if err != nil {
				t.Errorf("got %v", err)
			}
			if got := w.order(o.ID); got.Status != o.Status || got.Paid != o.Paid {
				t.Errorf("the order was %s with %d paid and is %s with %d", o.Status, o.Paid, got.Status, got.Paid)
			}
		})
	}
}

// An order of a wallet that has no status query was ended as expired: unknown is not failed. It
// is flagged, and continues when the wallet is back.
func TestAnOrderWhoseWalletIsMissingIsFlaggedAndNotEnded(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	w.without("sandbox")
	w.queryInSteps(40, time.Hour)
	got := w.order(o.ID)
	if got.Final() || !strings.Contains(string(reasons(&got)), string(bridge.WalletMissing)) || got.DueAt.IsZero() {
		t.Errorf("the order is %s, flagged %q and due at %v; want open, wallet_missing, and due", got.Status, reasons(&got), got.DueAt)
	}
	w.restart()
	w.queryInSteps(8, time.Hour)
	w.want(o.ID, wallet.Paid, 450, "")
}

// A refund at a wallet that is gone stayed pending for ever without attention.
func TestARefundAtAWalletThatIsMissingIsFlagged(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		return lost(next)
	}
	o := w.paid()
	w.wantKind("the refund", errOf(w.refund(&o, 100)), fault.Unknown)
	w.without("sandbox")
	w.queryInSteps(3, time.Minute)
	w.wantRefunds(o.ID, 0, 100)
	w.want(o.ID, wallet.Paid, 450, bridge.WalletMissing)
}

// The start names wallets that have open work and are not configured.
func TestTheStartNamesWalletsThatAreMissing(t *testing.T) {
	w := newWorld(t)
	w.create()
	var log bytes.Buffer
	ctx, stop := context.WithCancel(w.ctx)
	w.config.Store = stopping{w.store, stop}
	w.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.without("sandbox")
	if err := w.engine.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "wallet=sandbox") {
		t.Errorf("the log has nothing of the missing wallet:\n%s", log.String())
	}
}

// stopping is a store that ends a run when the run begins to prune answers.
type stopping struct {
	engine.Store
	stop func()
}

func (s stopping) PruneAnswers(ctx context.Context, before time.Time) error {
	s.stop()
	return s.Store.PruneAnswers(ctx, before)
}

// A panic in a status query ended the process. It ends one status query: the order is flagged, and queried
// again later; the status queries beside it go on.
func TestAPanicInAStatusQueryFlagsItsOrderAndStopsNothing(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	bad, good := w.create(), w.create()
	h.onQuery = func(ref wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if ref.RequestID == bad.Payments[0].RequestID {
			panic("an answer that makes the adapter panic")
		}
		return next()
	}
	w.pays(good, "pay")
	w.pays(bad, "pay")
	w.queryAfter(10 * time.Second)
	w.want(good.ID, wallet.Paid, 450, "")
	w.want(bad.ID, wallet.Pending, 0, bridge.InternalError)
	h.onQuery = nil
	w.queryInSteps(2, 6*time.Minute)
	w.want(bad.ID, wallet.Paid, 450, bridge.InternalError)
}

// The same in the query that a client's result sets off.
func TestAPanicInTheQueryOfAResultEndsNoProcess(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.create()
	h.onQuery = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
		panic("an answer that makes the adapter panic")
	}
	if got, err := w.engine.Result(w.ctx, o.ID, engine.Hint{Code: "9000"}); err != nil || got.Status != wallet.Pending {
		t.Errorf("got %s, %v; want pending", got.Status, err)
	}
}
