package merchant_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var _ merchant.Engine = (*testEngine)(nil)

// engine is a engine.Engine without a store or a wallet. It keeps keys as the real one
// does, and records its calls.
type testEngine struct {
	records
	clock    *clock
	wallets  []outbound.Info // instead of the usual
	wanted   []engine.OrderRequest
	captured []engine.CaptureRequest
	refunded []refund.Request
	done     []string // "cancel ord_…"
	action   *wallet.Action
	fail     error // of the next wallet call
	changed  int   // notifications that the endpoints have changed
	rung     []string
	apps     map[string]*engine.App

	subscribed string // the endpoint of the one subscription there is

	real     *engine.Engine // that withEngine has put in its place
	resolved []resolution.Decision
	inbox    inbox
	stays    bool // what is retried is still kept

	agreements       []agreement.Agreement // oldest first
	agreementsWanted []agreement.Request
}

func newEngine(c *clock) *testEngine {
	e := &testEngine{
		records: newRecords(), clock: c,
		action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/pay?a=1&b=2"},
		apps: map[string]*engine.App{
			"shop": {Name: "shop", Wallets: []string{"sandbox", "second"}},
			"club": {Name: "club", Wallets: []string{"club-pay"}, Endpoints: []string{"webhook"}},
		},
	}
	e.inbox.records = &e.records
	return e
}

func (e *testEngine) App(name string) (*engine.App, error) {
	if app := e.apps[name]; app != nil {
		return app, nil
	}
	return nil, fault.New(fault.NotFound, "test", "There is no such app.")
}

func (e *testEngine) EndpointsChanged()           { e.changed++ }
func (e *testEngine) Subscribed(name string) bool { return name == e.subscribed }

// GiveUpDelivery gives up what is to "sub_gone", as if the program had no handler for it.
func (e *testEngine) GiveUpDelivery(_ context.Context, d *store.DeliveryRecord) error {
	for i := range e.deliveries {
		if e.deliveries[i].ID == d.ID && d.Endpoint == "sub_gone" {
			e.deliveries[i].Status, e.deliveries[i].Note = store.Dead, "no handler"
		}
	}
	return nil
}

func (e *testEngine) MessageReplayed(app string) { e.rung = append(e.rung, app) }

func (e *testEngine) Wallets(app string) []outbound.Info {
	if app != "shop" {
		return nil
	}
	if e.wallets != nil {
		return e.wallets
	}
	return []outbound.Info{
		{Name: "sandbox", Default: true, Calls: 3, Capabilities: []wallet.Capability{
			wallet.CanQuery, wallet.CanCapture, wallet.CanVoid, wallet.CanCancel, wallet.CanRefund, wallet.CanQueryRefund, wallet.CanNotify,
		}},
		{Name: "second", Down: true, Capabilities: []wallet.Capability{wallet.CanSignIn, wallet.CanChoose, wallet.CanAgree}},
	}
}

func (e *testEngine) CreateOrder(_ context.Context, req engine.OrderRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	if err := e.agreed(req); err != nil {
		return idempotency.Outcome[bridge.Order]{}, err
	}
	e.wanted = append(e.wanted, req)
	if e.down != nil {
		return idempotency.Outcome[bridge.Order]{}, e.down
	}
	return keyed(e, "", once, func() (bridge.Order, error) {
		o := e.newOrder(req.App)
		if req.Unpaid {
			o.Payments, o.Status = nil, wallet.Created
			e.put(o)
		}
		if req.Agreement != "" {
			o.Agreement, o.Status, o.Payments[0].Action = req.Agreement, wallet.Paid, nil
			e.put(o)
		}
		return o, e.fail
	})
}

func (e *testEngine) Capture(_ context.Context, id bridge.OrderID, req engine.CaptureRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.captured = append(e.captured, req)
	return keyed(e, id, once, func() (bridge.Order, error) { return e.orders[id], e.fail })
}

func (e *testEngine) Void(_ context.Context, id bridge.OrderID, source bridge.Source, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return keyed(e, id, once, func() (bridge.Order, error) { return e.note("void", id, source) })
}

func (e *testEngine) Refund(_ context.Context, id bridge.OrderID, req refund.Request, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.refunded = append(e.refunded, req)
	return keyed(e, id, once, func() (bridge.Order, error) {
		if e.fail != nil {
			return e.orders[id], e.fail
		}
		mark := sha256.Sum256([]byte(once.Scope + "\x00" + once.Key))
		return e.addRefund(id, bridge.Refund{
			Status: wallet.RefundPending, Amount: 100, Reason: req.Reason, KeyDigest: hex.EncodeToString(mark[:12]),
		}), nil
	})
}

func (e *testEngine) ApproveRefund(_ context.Context, id bridge.OrderID, d refund.Decision, _ *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.done = append(e.done, "approve "+id.RefundID(d.Refund))
	return idempotency.Outcome[bridge.Order]{}, fault.New(fault.Conflict, "test", "The refund needs no approval.")
}

func (e *testEngine) RejectRefund(_ context.Context, id bridge.OrderID, d refund.Decision, _ *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	e.done = append(e.done, "reject "+id.RefundID(d.Refund))
	return idempotency.Outcome[bridge.Order]{}, fault.New(fault.Conflict, "test", "The refund needs no approval.")
}

func (e *testEngine) Repeatable(ctx context.Context, id bridge.OrderID, once *idempotency.Once[bridge.Order], run func(context.Context) (bridge.Order, error)) (idempotency.Outcome[bridge.Order], error) {
	return keyed(e, id, once, func() (bridge.Order, error) { return run(ctx) })
}

func (e *testEngine) Cancel(_ context.Context, id bridge.OrderID, source bridge.Source) (bridge.Order, error) {
	return e.note("cancel", id, source)
}

func (e *testEngine) Refresh(_ context.Context, id bridge.OrderID) (bridge.Order, error) {
	return e.note("refresh", id, bridge.FromQuery)
}

func (e *testEngine) note(what string, id bridge.OrderID, source bridge.Source) (bridge.Order, error) {
	e.done = append(e.done, what+" "+string(id)+" "+string(source))
	return e.orders[id], e.fail
}

func (e *testEngine) Order(_ context.Context, id bridge.OrderID) (bridge.Order, error) {
	e.reads++
	if e.down != nil {
		return bridge.Order{}, e.down
	}
	if o, ok := e.orders[id]; ok {
		return o, nil
	}
	return bridge.Order{}, fault.New(fault.NotFound, "test", "No row in orders.")
}

func (e *testEngine) Events(_ context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	var list []bridge.Event
	if e.horizon.Last.Order == id && after < e.horizon.Last.Sequence {
		return nil, store.Archived("test")
	}
	for _, entry := range e.feed {
		if entry.Order == id && entry.Sequence > after {
			list = append(list, entry.Event)
		}
	}
	return list, nil
}

func (e *testEngine) History(ctx context.Context, id bridge.OrderID) (h history.History, err error) {
	if last := e.horizon.Last; last.Order == id {
		h.Snapshot = &history.Snapshot{Order: bridge.Order{ID: id, Sequence: last.Sequence}}
	}
	h.Events, err = e.Events(ctx, id, h.Archived())
	return h, err
}

// keyed runs f unless the key of its request has been answered.
func keyed[S bridge.Order | agreement.Agreement](e *testEngine, id bridge.OrderID, once *idempotency.Once[S], f func() (S, error)) (idempotency.Outcome[S], error) {
	held, taken := e.take(&bridge.Claim{Scope: once.Scope, Key: once.Key, Digest: once.Digest, Subject: string(id)})
	switch {
	case taken && held.Digest != once.Digest:
		return idempotency.Outcome[S]{}, fault.New(fault.KeyReused, "test", "Used before.")
	case taken && held.Answer == nil:
		return idempotency.Outcome[S]{}, &fault.Error{Kind: fault.Conflict, RetryAfter: time.Second, Detail: "Still at work."}
	case taken:
		return idempotency.Outcome[S]{Answer: held.Answer, Replayed: true}, nil
	}
	subject, err := f()
	if err == nil || fault.KindOf(err) == fault.Declined {
		kept := once.Render(subject, err)
		held.Answer, err = &kept, nil
	}
	e.claims[once.Scope+" "+once.Key] = held
	return idempotency.Outcome[S]{Subject: subject, Answer: held.Answer}, err
}

func (e *testEngine) newOrder(app string) bridge.Order {
	now := e.clock.Now()
	id, err := bridge.NewOrderID(now, rand.Reader)
	if err != nil {
		panic(err)
	}
	o := bridge.Order{
		ID: id, App: app, Status: wallet.Pending, Amount: wallet.Money{Minor: 300, Currency: "USD"},
		Metadata: map[string]string{"table": "7"}, CreatedAt: now, ExpiresAt: now.Add(time.Hour), Sequence: 2,
		Payments: []bridge.Payment{{Number: 1, Wallet: "sandbox", Status: wallet.Pending, RequestID: "REQUEST", Action: e.action, CreatedAt: now}},
	}
	e.put(o)
	return o
}
