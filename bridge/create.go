package bridge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// OrderRequest asks for an order. Exactly one of Items, which the app's Pricer
// prices, and Price, from a caller who is the merchant, is set.
type OrderRequest struct {
	App       string
	Wallet    string // empty: the app's first
	Method    string
	Channel   wallet.Channel
	Payer     Payer
	Items     []ItemRequest
	Price     *Price
	ReturnURL string
	Hold      *bool         // authorize only; nil: as the app does
	Expiry    time.Duration // how long the payer has; zero: as the app says
	Source    Source
	Unpaid    bool // open no payment yet
	// Agreement charges the payer of an agreement at its wallet, at once and without the
	// cashier. It goes with Price only, and decides about Wallet and Payer.
	Agreement AgreementID
	// MethodToken charges the payer's card or account at the wallet, at once and without
	// the cashier. It goes with Price and a wallet only.
	MethodToken wallet.Token
}

// CreateOrder prices an order, commits it, asks the wallet for a payment, and
// commits the answer. Faults before the first commit leave nothing behind.
//
// Faults: Invalid; NotFound for an unknown app or wallet; KeyReused; Conflict while
// the same key is at work, and for an agreement that is not active; Declined when the
// wallet refuses for sure; Unavailable and Unknown when the payment is open: the same
// key resumes it.
func (e *Engine) CreateOrder(ctx context.Context, req OrderRequest, once *Once[Order]) (Outcome[Order], error) {
	if held, err := e.heldClaim(ctx, once); held != nil || err != nil {
		return e.resumeUnless(ctx, err, held, once)
	}
	if err := e.byAgreement(ctx, &req); err != nil {
		return Outcome[Order]{}, err
	}
	app, walletName, err := e.route(&req)
	if err != nil {
		return Outcome[Order]{}, err
	}
	if req.ReturnURL != "" && !app.ReturnsTo(req.ReturnURL) {
		return Outcome[Order]{}, fault.InvalidField("bridge.CreateOrder", "returnUrl",
			"must be at an origin of this app: the configuration lists them as its returnUrl and returnOrigins")
	}
	price, err := e.price(ctx, app, &req)
	if err != nil {
		return Outcome[Order]{}, err
	}
	c, err := e.newOrder(ctx, app, walletName, &req, price)
	if err != nil {
		return Outcome[Order]{}, err
	}
	c.Claim = once.claim(string(c.Order.ID), c.Order.CreatedAt)
	if req.Unpaid {
		return e.createUnpaid(ctx, c, once)
	}
	c.Order.BusyUntil = c.Order.CreatedAt.Add(e.busyFor(&c.Order))
	if err := e.finish(c); err != nil {
		return Outcome[Order]{}, err
	}
	claim, err := e.store.CreateOrder(ctx, c)
	if err != nil {
		return Outcome[Order]{}, err
	}
	if once != nil && claim.Subject != string(c.Order.ID) {
		return e.resume(ctx, claim, once)
	}
	return e.open(ctx, c.Order, sending{Calls: c.Order.OpenPayment().Calls}, once)
}

// heldClaim is the claim that holds a request's key, or nil: what was answered once is
// answered again, whatever the order would cost now.
func (e *Engine) heldClaim(ctx context.Context, once *Once[Order]) (*Claim, error) {
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
	return &held, nil
}

// createUnpaid commits an order without a payment, and its answer with it.
func (e *Engine) createUnpaid(ctx context.Context, c *Change, once *Once[Order]) (Outcome[Order], error) {
	if err := e.finish(c); err != nil {
		return Outcome[Order]{}, err
	}
	outcome := Outcome[Order]{Subject: c.Order}
	if once != nil {
		answer := once.Render(c.Order, nil)
		kept := SealAnswer(e.sealer, once.Scope, once.Key, answer)
		c.Claim.Answer, outcome.Answer = &kept, &answer
	}
	claim, err := e.store.CreateOrder(ctx, c)
	if err != nil {
		return Outcome[Order]{}, err
	}
	if once != nil && claim.Subject != string(c.Order.ID) {
		return e.resume(ctx, claim, once)
	}
	return outcome, nil
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

// wallet checks that the app has the wallet of that name; empty is its first.
func (a *App) wallet(name string) (string, error) {
	if name == "" {
		return a.Wallets[0], nil
	}
	if !slices.Contains(a.Wallets, name) {
		return "", fault.InvalidField("bridge.route", "wallet", "is not a wallet of this app")
	}
	return name, nil
}

// price asks the app's Pricer, and does not believe it blindly either.
func (e *Engine) price(ctx context.Context, app *App, req *OrderRequest) (Price, error) {
	const op = "bridge.price"
	if req.Price != nil {
		return *req.Price, checkPrice(*req.Price)
	}
	if app.Pricer == nil {
		return Price{}, fault.New(fault.Forbidden, op, "The merchant creates the orders of this app.")
	}
	if len(req.Items) == 0 || len(req.Items) > MaxLines {
		return Price{}, fault.InvalidField(op, "items", fmt.Sprintf("must have 1 to %d lines", MaxLines))
	}
	price, err := app.Pricer.Price(ctx, PriceRequest{App: app.Name, Payer: req.Payer, Items: req.Items})
	if err != nil {
		return Price{}, err
	}
	if err := checkPrice(price); err != nil {
		return Price{}, &fault.Error{Kind: fault.Internal, Op: op, Err: err}
	}
	return price, nil
}

func checkPrice(p Price) error {
	if err := p.Amount.Currency.Valid(); err != nil {
		return fault.InvalidField("bridge.price", "amount.currency", "is not a currency that is known")
	}
	if !p.Amount.Positive() {
		return fault.InvalidField("bridge.price", "amount", "must be more than zero")
	}
	return checkTexts("bridge.price", p.texts()...)
}

// newOrder is the order with its first event, and with its first payment unless the
// request wants none yet.
func (e *Engine) newOrder(ctx context.Context, app *App, walletName string, req *OrderRequest, price Price) (*Change, error) {
	now := e.clock()
	id, err := newOrderID(now, e.random)
	if err != nil {
		return nil, err
	}
	o := Order{
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
		o.Payments = []Payment{{
			Number: 1, Wallet: walletName, Status: wallet.Created, Method: req.Method, Wanted: req.Method,
			RequestID: id.requestID(opPayment, 1, e.epochNow()), CreatedAt: now, Calls: Calls{1, now},
		}}
	}
	o.sum()
	c := NewChange(Order{ID: id, App: app.Name, Status: o.Status})
	c.epoch, c.actor = e.epochNow(), actorOf(ctx)
	c.record(OrderCreated, req.Source, now, EventData{Order: &o})
	return c, nil
}

// resume goes on with what an earlier request with the same key began.
func (e *Engine) resume(ctx context.Context, claim Claim, once *Once[Order]) (Outcome[Order], error) {
	id := OrderID(claim.Subject)
	if done, err := replayed(e, once, &claim, Order{ID: id}); done != nil || err != nil {
		return orZero(done), err
	}
	return e.pay(ctx, id, PayRequest{Source: FromClient, resume: true}, once)
}

// open asks the wallet for the order's open payment, as it was reserved, and commits the
// answer.
func (e *Engine) open(ctx context.Context, o Order, sent sending, once *Once[Order]) (Outcome[Order], error) {
	if o.Agreement != "" {
		return e.charge(ctx, o, sent, once)
	}
	p := o.OpenPayment()
	req := e.paymentRequest(&o, p, sent)
	var err error
	if req.MethodToken, err = e.methodToken(&o, p.Wallet); err != nil {
		return e.settle(ctx, &o, p, sent, wallet.Payment{}, unsent(err), once)
	}
	got, err := callWallet(ctx, e, p.Wallet, func(ctx context.Context, t *till) (wallet.Payment, error) { return t.CreatePayment(ctx, req) })
	return e.settle(ctx, &o, p, sent, got, err, once)
}
