package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// hooked is the sandbox wallet with some of its calls in the hands of a test. A hook is
// given the real call as next.
type hooked struct {
	*sandbox.Wallet
	onCreate      func(req wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error)
	onQuery       func(ref wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error)
	onCancel      func(ref wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error)
	onCapture     func(req wallet.CaptureRequest, next func() (wallet.Payment, error)) (wallet.Payment, error)
	onVoid        func(req wallet.VoidRequest, next func() (wallet.Payment, error)) (wallet.Payment, error)
	onRefund      func(req wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error)
	onQueryRefund func(ref wallet.RefundRef, next func() (wallet.Refund, error)) (wallet.Refund, error)
	confirms      bool // its notifications must be confirmed by a query
}

func hook[Q, A any](f func(Q, func() (A, error)) (A, error), q Q, next func() (A, error)) (A, error) {
	if f == nil {
		return next()
	}
	return f(q, next)
}

func (h *hooked) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return hook(h.onCreate, req, func() (wallet.Payment, error) { return h.Wallet.CreatePayment(ctx, req) })
}

func (h *hooked) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return hook(h.onQuery, ref, func() (wallet.Payment, error) { return h.Wallet.QueryPayment(ctx, ref) })
}

func (h *hooked) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return hook(h.onCancel, ref, func() (wallet.Payment, error) { return h.Wallet.Cancel(ctx, ref) })
}

func (h *hooked) Capture(ctx context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	return hook(h.onCapture, req, func() (wallet.Payment, error) { return h.Wallet.Capture(ctx, req) })
}

func (h *hooked) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	return hook(h.onVoid, req, func() (wallet.Payment, error) { return h.Wallet.Void(ctx, req) })
}

func (h *hooked) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	return hook(h.onRefund, req, func() (wallet.Refund, error) { return h.Wallet.Refund(ctx, req) })
}

func (h *hooked) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	return hook(h.onQueryRefund, ref, func() (wallet.Refund, error) { return h.Wallet.QueryRefund(ctx, ref) })
}

func (h *hooked) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	n, err := h.Wallet.ParseNotification(ctx, d)
	n.Confirm = n.Confirm || h.confirms
	return n, err
}

// hook puts a hooked wallet in the place of a world's wallet of that name, and starts the
// engine anew.
func (w *world) hook(name string) *hooked {
	w.Helper()
	h := &hooked{Wallet: w.openWallet(name).(*sandbox.Wallet)}
	w.config.Wallets[name] = h
	w.restart()
	return h
}

// lost executes a call and loses its answer.
func lost[A any](next func() (A, error)) (A, error) {
	if _, err := next(); err != nil {
		return *new(A), err
	}
	return *new(A), fault.New(fault.Unknown, "test", "The answer was lost.")
}

// refusal is a wallet's no that proves nothing by itself.
func refusal() error {
	return &fault.Error{Kind: fault.Declined, Op: "test", Code: "AMOUNT_EXCEEDED", Detail: "No."}
}

func absent() error { return fault.New(fault.NotFound, "test", "There is no such thing.") }

func unanswered() error { return fault.New(fault.Unknown, "test", "No answer came.") }

// reporter is a wallet that notifies and refunds, and can neither be queried nor close payments
// a payment.
type reporter struct {
	wallet.Wallet
	wallet.Notifier
	wallet.Refunder
}

func newReporter(h *hooked) reporter { return reporter{h, h, h} }

// failing is a store whose writes can be made to fail.
type failing struct {
	engine.Store
	updates atomic.Int32 // how many updates of orders fail from now on
	keeps   atomic.Int32 // how many notifications cannot be kept
	kind    fault.Kind
}

func fail(left *atomic.Int32) bool {
	for {
		n := left.Load()
		if n <= 0 {
			return false
		}
		if left.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

var errDisk = errors.New("the disk is full")

func (f *failing) fault() error {
	return &fault.Error{Kind: f.kind, Op: "test.store", Err: errDisk}
}

func (f *failing) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	if fail(&f.updates) {
		return bridge.Order{}, f.fault()
	}
	return f.Store.UpdateOrder(ctx, id, change)
}

func (f *failing) KeepNotification(ctx context.Context, item store.InboxItem) error {
	if fail(&f.keeps) {
		return f.fault()
	}
	return f.Store.KeepNotification(ctx, item)
}

// fails puts a store that can fail below the engine, which is started anew.
func (w *world) fails(kind fault.Kind) *failing {
	w.Helper()
	f := &failing{Store: w.store, kind: kind}
	w.config.Store = f
	w.restart()
	return f
}

// queryInSteps lets time pass in steps, and the engine query what is due after each.
func (w *world) queryInSteps(n int, step time.Duration) {
	w.Helper()
	for range n {
		w.queryAfter(step)
	}
}

// inbox is what is kept for an order.
func (w *world) inbox(o *bridge.Order) []store.InboxItem {
	w.Helper()
	var keys []bridge.PaymentKey
	for i := range o.Payments {
		for _, id := range o.Payments[i].IDs() {
			keys = append(keys, bridge.PaymentKey{Wallet: o.Payments[i].Wallet, PaymentID: id})
		}
	}
	items, err := w.store.Inbox(w.ctx, o.ID, keys)
	if err != nil {
		w.Fatal(err)
	}
	return items
}

// refund requests a part of an order's money to go back.
func (w *world) refund(o *bridge.Order, minor int64) (idempotency.Outcome[bridge.Order], error) {
	return w.engine.Refund(w.ctx, o.ID, refund.Request{Amount: usd(minor), Source: bridge.FromMerchant}, nil)
}

// wantKind requires a fault of a kind.
func (w *world) wantKind(what string, err error, want fault.Kind) {
	w.Helper()
	if err == nil || !errors.Is(err, want) {
		w.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// wantRefunds requires sums of an order's refunds.
func (w *world) wantRefunds(id bridge.OrderID, refunded, open int64) bridge.Order {
	w.Helper()
	o := w.order(id)
	if o.Refunded != refunded || o.RefundOpen != open {
		w.Errorf("got %d refunded and %d open, want %d and %d", o.Refunded, o.RefundOpen, refunded, open)
	}
	return o
}
