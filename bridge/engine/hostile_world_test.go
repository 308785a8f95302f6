package engine_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
)

// scripted is a wallet whose every answer a test writes down. What a test leaves out is
// refused as not executed.
type scripted struct {
	mu          sync.Mutex
	create      func(wallet.PaymentRequest) (wallet.Payment, error)
	query       func(wallet.Ref) (wallet.Payment, error)
	cancel      func(wallet.Ref) (wallet.Payment, error)
	capture     func(wallet.CaptureRequest) (wallet.Payment, error)
	void        func(wallet.VoidRequest) (wallet.Payment, error)
	refund      func(wallet.RefundRequest) (wallet.Refund, error)
	queryRefund func(wallet.RefundRef) (wallet.Refund, error)

	sent      []wallet.Notification
	created   []wallet.PaymentRequest
	captures  []wallet.CaptureRequest
	refunds   []wallet.RefundRequest
	questions int
}

var errDown = fault.New(fault.Unavailable, "scripted", "The wallet is down.")

func (s *scripted) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *scripted) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	s.note(func() { s.created = append(s.created, req) })
	if s.create == nil {
		return wallet.Payment{}, errDown
	}
	return s.create(req)
}

func (s *scripted) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	s.note(func() { s.questions++ })
	if s.query == nil {
		return wallet.Payment{}, errDown
	}
	return s.query(ref)
}

func (s *scripted) Cancel(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	if s.cancel == nil {
		return wallet.Payment{}, errDown
	}
	return s.cancel(ref)
}

func (s *scripted) Capture(_ context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	s.note(func() { s.captures = append(s.captures, req) })
	if s.capture == nil {
		return wallet.Payment{}, errDown
	}
	return s.capture(req)
}

func (s *scripted) Void(_ context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	if s.void == nil {
		return wallet.Payment{}, errDown
	}
	return s.void(req)
}

func (s *scripted) Refund(_ context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	s.note(func() { s.refunds = append(s.refunds, req) })
	if s.refund == nil {
		return wallet.Refund{}, errDown
	}
	return s.refund(req)
}

func (s *scripted) QueryRefund(_ context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	if s.queryRefund == nil {
		return wallet.Refund{}, errDown
	}
	return s.queryRefund(ref)
}

func (s *scripted) ParseNotification(_ context.Context, d wallet.Delivery) (wallet.Notification, error) {
	i, err := strconv.Atoi(string(d.Body))
	if err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Invalid, "scripted", err)
	}
	return s.sent[i], nil
}

func (s *scripted) Reply(_ wallet.Delivery, err error) wallet.Reply {
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return wallet.Reply{Status: http.StatusServiceUnavailable}
	}
	return wallet.Reply{Status: http.StatusOK}
}

// fight is an engine between two scripted wallets, on the memory store.
type fight struct {
	*testing.T
	ctx         context.Context
	clock       *testclock.Clock
	store       *memstore.Store
	alpha, beta *scripted
	config      engine.Config
	engine      *engine.Engine
}

func newFight(t *testing.T) *fight {
	t.Helper()
	f := &fight{
		T: t, ctx: t.Context(), clock: testclock.New(),
		store: memstore.New(), alpha: &scripted{}, beta: &scripted{},
	}
	f.config = engine.Config{
		Store: f.store, Wallets: map[string]wallet.Wallet{"alpha": f.alpha, "beta": f.beta}, PublicURL: "https://till.test",
		Now: f.clock.Now, Apps: []engine.App{{Name: "shop", Wallets: []string{"alpha", "beta"}, Endpoints: []string{"hook"}}},
	}
	f.alpha.create, f.beta.create = opens, opens
	f.restart()
	return f
}

func (f *fight) restart() {
	f.Helper()
	engine, err := engine.New(f.config)
	if err != nil {
		f.Fatal(err)
	}
	f.engine = engine
}

// opens is a wallet that opens the payment that is requested.
func opens(req wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: "id-" + req.RequestID}, Status: wallet.Pending, Amount: req.Amount,
		Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/pay"},
	}, nil
}

// standing is a wallet's word on a payment of 10.00.
func standing(ref wallet.Ref, status wallet.Status, change func(*wallet.Payment)) (wallet.Payment, error) {
	p := wallet.Payment{Ref: wallet.Ref{RequestID: ref.RequestID, PaymentID: "id-" + ref.RequestID}, Status: status, Amount: usd(1000)}
	if change != nil {
		change(&p)
	}
	return p, nil
}

// says is a wallet whose queries always answer the same.
func saysAlways(status wallet.Status) func(wallet.Ref) (wallet.Payment, error) {
	return func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, status, nil) }
}

func unheard[A, B any](A) (B, error) {
	return *new(B), fault.New(fault.Unknown, "scripted", "No answer.")
}

func refusing[A, B any](A) (B, error) {
	return *new(B), &fault.Error{Kind: fault.Declined, Op: "scripted", Code: "NO"}
}

func unknown[A, B any](A) (B, error) {
	return *new(B), fault.New(fault.NotFound, "scripted", "There is no such thing.")
}

func fightKey(key string) *idempotency.Once[bridge.Order] {
	return &idempotency.Once[bridge.Order]{
		Scope: "shop", Key: key, Digest: sha256.Sum256([]byte(key)),
		Render: func(o bridge.Order, err error) bridge.Answer {
			if err != nil {
				return bridge.Answer{Status: 402}
			}
			return bridge.Answer{Status: 201, Body: []byte(o.Status)}
		},
	}
}

func tenDollars(hold bool) engine.OrderRequest {
	return engine.OrderRequest{App: "shop", Wallet: "alpha", Price: &pricing.Price{Amount: usd(1000)}, Hold: &hold, Source: bridge.FromMerchant}
}

func (f *fight) create(hold bool) bridge.Order {
	f.Helper()
	outcome, err := f.engine.CreateOrder(f.ctx, tenDollars(hold), nil)
	if err != nil {
		f.Fatal(err)
	}
	return outcome.Subject
}

// deliver delivers events as one notification of alpha and returns the reply to alpha.
func (f *fight) deliver(confirm bool, events ...wallet.Event) int {
	f.Helper()
	for i := range events {
		if events[i].ID == "" {
			events[i].ID = "event-" + strconv.Itoa(len(f.alpha.sent)) + "-" + strconv.Itoa(i)
		}
	}
	f.alpha.sent = append(f.alpha.sent, wallet.Notification{Events: events, Confirm: confirm})
	reply, err := f.engine.Notify(f.ctx, "alpha", wallet.Delivery{Body: []byte(strconv.Itoa(len(f.alpha.sent) - 1)), ReceivedAt: f.clock.Now()})
	if err != nil {
		f.Fatal(err)
	}
	return reply.Status
}

func (f *fight) tellPayment(p *bridge.Payment, status wallet.Status, change func(*wallet.Payment)) int {
	f.Helper()
	news, _ := standing(p.Ref(), status, change)
	return f.deliver(false, wallet.Event{Kind: wallet.PaymentEvent, Payment: news})
}

func (f *fight) order(id bridge.OrderID) bridge.Order {
	f.Helper()
	o, err := f.engine.Order(f.ctx, id)
	if err != nil {
		f.Fatal(err)
	}
	return o
}

// paid is an order that was paid at alpha.
func (f *fight) paid() bridge.Order {
	f.Helper()
	o := f.create(false)
	f.tellPayment(&o.Payments[0], wallet.Paid, nil)
	return f.want(o.ID, wallet.Paid, 1000, 0, "")
}

// held is an order whose money alpha holds.
func (f *fight) held() bridge.Order {
	f.Helper()
	o := f.create(true)
	f.tellPayment(&o.Payments[0], wallet.Authorized, nil)
	return f.want(o.ID, wallet.Authorized, 0, 0, "")
}

func (f *fight) want(id bridge.OrderID, status wallet.Status, paid, refunded int64, attention bridge.Attention) bridge.Order {
	f.Helper()
	o := f.order(id)
	if o.Status != status || o.Paid != paid || o.Refunded != refunded || reasons(&o) != attention {
		f.Errorf("order is %s with %d paid, %d refunded, attention %q; want %s, %d, %d, %q",
			o.Status, o.Paid, o.Refunded, reasons(&o), status, paid, refunded, attention)
	}
	return o
}

// pass lets time pass in steps, with a status query after each.
func (f *fight) pass(total, step time.Duration) {
	f.Helper()
	for range int(total / step) {
		f.clock.Advance(step)
		if _, err := f.engine.RunOnce(f.ctx); err != nil {
			f.Fatal(err)
		}
	}
}

func (f *fight) resolve(id bridge.OrderID, why bridge.Attention, outcome string) error {
	_, err := f.engine.Resolve(f.ctx, id, resolution.Decision{Attention: why, Note: "seen at the console", By: "ann", Outcome: outcome, Source: bridge.FromOperator}, nil)
	return err
}

func (f *fight) mustResolve(id bridge.OrderID, why bridge.Attention, outcome string) {
	f.Helper()
	if err := f.resolve(id, why, outcome); err != nil {
		f.Fatal(err)
	}
}
