package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// CreateOrder prices an order, commits it, opens a payment at the wallet, and commits the
// answer. A fault before the first commit leaves nothing behind.
//
// Faults: Invalid; NotFound for an unknown app or wallet; KeyReused; Conflict while a
// request with the same key is under way, and for an agreement that is not active; Declined
// after a refusal that proves that nothing was executed; Unavailable and Unknown when the
// outcome is open: the same key resumes the payment.
func (e *Engine) CreateOrder(ctx context.Context, req OrderRequest, once *Once) (Outcome, error) {
	if e.pricedElsewhere(&req) {
		if held, err := e.heldClaim(ctx, once); held != nil || err != nil {
			return e.resumeUnless(ctx, err, held, once)
		}
	}
	c, err := e.prepareOrder(ctx, &req)
	if err != nil {
		held, heldErr := e.heldClaim(ctx, once)
		return e.resumeUnless(ctx, cmp.Or(heldErr, err), held, once)
	}
	c.Claim = once.Claim(string(c.Order.ID), c.Order.CreatedAt)
	if req.Unpaid {
		return e.createUnpaid(ctx, c, once)
	}
	c.Order.BusyUntil = c.Order.CreatedAt.Add(e.busyFor(&c.Order))
	if err := e.finish(c); err != nil {
		return Outcome{}, err
	}
	if held, err := e.storeNew(ctx, c, once); held != nil || err != nil {
		return e.resumeUnless(ctx, err, held, once)
	}
	return e.open(ctx, c.Order, sending{Calls: c.Order.OpenPayment().Calls}, once)
}

// pricedElsewhere reports whether the price of a request comes from elsewhere, or an agreement
// decides about it. Then the claim of its key is read first. Otherwise a repeat finds the
// claim when it tries to store its order, or when it is refused: in both cases it gets the
// first answer, also when the price has changed, and a request that is new costs no read.
func (e *Engine) pricedElsewhere(req *OrderRequest) bool {
	if req.Agreement != "" {
		return true
	}
	app, err := e.App(req.App)
	return err == nil && req.Price == nil && !pricing.InMemory(app.Pricer)
}

// prepareOrder makes the new order of a request. It stores nothing.
func (e *Engine) prepareOrder(ctx context.Context, req *OrderRequest) (*bridge.Change, error) {
	if err := e.byAgreement(ctx, req); err != nil {
		return nil, err
	}
	app, walletName, err := e.route(req)
	if err != nil {
		return nil, err
	}
	if req.ReturnURL != "" && !app.ReturnsTo(req.ReturnURL) {
		return nil, fault.InvalidField("engine.CreateOrder", "returnUrl",
			"must be at an origin of this app: the configuration lists them as its returnUrl and returnOrigins")
	}
	price, err := e.price(ctx, app, req)
	if err != nil {
		return nil, err
	}
	return e.newOrder(ctx, app, walletName, req, price)
}

// heldClaim returns the claim of a request's key, or nil.
func (e *Engine) heldClaim(ctx context.Context, once *Once) (*bridge.Claim, error) {
	if once == nil {
		return nil, nil
	}
	held, err := e.store.HeldClaim(ctx, once.Scope, once.Key)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := held // on the heap only where there is a claim
	return &found, nil
}

// resumeUnless resumes the request of a key that is claimed; when it is not, it returns err.
func (e *Engine) resumeUnless(ctx context.Context, err error, held *bridge.Claim, once *Once) (Outcome, error) {
	if held == nil {
		return Outcome{}, err
	}
	return e.resume(ctx, *held, once)
}

// createUnpaid commits an order without a payment, and its answer with it.
func (e *Engine) createUnpaid(ctx context.Context, c *bridge.Change, once *Once) (Outcome, error) {
	if err := e.finish(c); err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Subject: c.Order}
	if once != nil {
		answer := once.Render(c.Order, nil)
		kept := idempotency.SealAnswer(e.sealer, once.Scope, once.Key, answer)
		c.Claim.Answer, outcome.Answer = &kept, &answer
	}
	if held, err := e.storeNew(ctx, c, once); held != nil || err != nil {
		return e.resumeUnless(ctx, err, held, once)
	}
	return outcome, nil
}

// storeNew commits a new order. It returns the claim of another order when the key is claimed
// by it; then nothing was stored.
func (e *Engine) storeNew(ctx context.Context, c *bridge.Change, once *Once) (*bridge.Claim, error) {
	claim, err := e.store.CreateOrder(ctx, c)
	if err != nil {
		return nil, err
	}
	if once != nil && claim.Subject != string(c.Order.ID) {
		held := claim // on the heap only where there is a claim
		return &held, nil
	}
	e.committed(ctx, c)
	return nil, nil
}

// route finds the app and the wallet of a request.
func (e *Engine) route(req *OrderRequest) (*App, string, error) {
	app, err := e.App(req.App)
	if err != nil {
		return nil, "", err
	}
	name, err := app.wallet(req.Wallet)
	return app, name, err
}

// price returns the request's price or that of the app's Pricer, after checking it.
func (e *Engine) price(ctx context.Context, app *App, req *OrderRequest) (pricing.Price, error) {
	const op = "engine.price"
	if req.Price != nil {
		return *req.Price, pricing.CheckPrice(*req.Price)
	}
	if app.Pricer == nil {
		return pricing.Price{}, fault.New(fault.Forbidden, op, "The merchant creates the orders of this app.")
	}
	if len(req.Items) == 0 || len(req.Items) > input.MaxLines {
		return pricing.Price{}, fault.InvalidField(op, "items", fmt.Sprintf("must have 1 to %d lines", input.MaxLines))
	}
	price, err := app.Pricer.Price(ctx, pricing.Request{App: app.Name, Payer: req.Payer, Items: req.Items})
	if err != nil {
		return pricing.Price{}, err
	}
	if err := pricing.CheckPrice(price); err != nil {
		return pricing.Price{}, &fault.Error{Kind: fault.Internal, Op: op, Err: err}
	}
	return price, nil
}

// newOrder makes the order with its first event, and with its first payment unless the
// request is Unpaid.
func (e *Engine) newOrder(ctx context.Context, app *App, walletName string, req *OrderRequest, price pricing.Price) (*bridge.Change, error) {
	now := e.clock()
	id, err := bridge.NewOrderID(now, e.random)
	if err != nil {
		return nil, err
	}
	o := bridge.Order{
		ID: id, App: app.Name, Amount: price.Amount, Description: price.Description,
		Reference: price.Reference, Items: price.Items, Metadata: price.Metadata,
		Payer: req.Payer, Channel: req.Channel, Hold: app.Hold, ReturnURL: req.ReturnURL, Agreement: req.Agreement,
		CreatedAt: now, ExpiresAt: now.Add(cmp.Or(req.Expiry, app.Expiry)).Truncate(time.Millisecond),
	}
	if req.Hold != nil {
		o.Hold = *req.Hold
	}
	if err := e.sealMethod(&o, walletName, req.MethodToken); err != nil {
		return nil, err
	}
	if !req.Unpaid {
		o.Payments = []bridge.Payment{{
			Number: 1, Wallet: walletName, Status: wallet.Created, Method: req.Method, Wanted: req.Method,
			RequestID: id.RequestID(bridge.OpPayment, 1, e.epochNow()), CreatedAt: now, Calls: bridge.Calls{Tries: 1, LastSentAt: now},
		}}
	}
	o.Sum()
	c := bridge.NewChange(bridge.Order{ID: id, App: app.Name, Status: o.Status})
	c.Begin(e.epochNow(), actorOf(ctx))
	c.Record(bridge.OrderCreated, req.Source, now, bridge.EventData{Order: &o})
	return c, nil
}

// resume resumes what an earlier request with the same key began.
func (e *Engine) resume(ctx context.Context, claim bridge.Claim, once *Once) (Outcome, error) {
	id := bridge.OrderID(claim.Subject)
	if done, ok, err := once.Replay(e.sealer, &claim, bridge.Order{ID: id}); ok || err != nil {
		return done, err
	}
	return e.pay(ctx, id, &attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient}, resume: true}, once)
}
