package miniapp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// orderBody names items, or an order of the merchant's. It has no member for an
// amount, so that one is refused by name.
type orderBody struct {
	Items      []itemBody     `json:"items" validate:"max=100,dive"`
	Order      string         `json:"order" validate:"max=64"`
	OrderToken string         `json:"orderToken" validate:"max=4096" text:"no"` // of Order
	Wallet     string         `json:"wallet" validate:"max=40"`
	Method     string         `json:"method" validate:"max=64"`
	Channel    wallet.Channel `json:"channel" validate:"omitempty,oneof=mini_program h5 web app"`
}

type itemBody struct {
	SKU      string `json:"sku" validate:"required,max=128"`
	Quantity int64  `json:"quantity" validate:"min=1,max=100000"`
}

// createOrder creates an order, or takes the merchant's, and opens its payment.
//
// Faults: Unauthenticated; Invalid; RateLimited; NotFound; Forbidden for a merchant's
// order that neither its token opens nor the session's payer owns; KeyReused; Conflict;
// and those of engine.Engine.CreateOrder and Pay.
func (a *API) createOrder(c *gin.Context) error {
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	key, err := problem.RequiredKey(c.Request)
	if err != nil {
		return err
	}
	var body orderBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	if body.Order != "" {
		return a.payMerchantOrder(c, who, key, &body, raw)
	}
	return a.orderItems(c, who, key, &body, raw)
}

// check checks that the body has exactly one of its two forms.
func (b *orderBody) check() error {
	switch {
	case len(b.Items) > 0 && b.Order != "":
		return fault.InvalidField("miniapp.createOrder", "order", "cannot go with items")
	case len(b.Items) == 0 && b.Order == "":
		return fault.InvalidField("miniapp.createOrder", "items", "is required, unless order is there")
	case b.OrderToken != "" && b.Order == "":
		return fault.InvalidField("miniapp.createOrder", "orderToken", "goes with order only")
	}
	return nil
}

// orderItems creates an order of items, at the prices of the app's Pricer.
func (a *API) orderItems(c *gin.Context, who caller, key string, body *orderBody, raw []byte) error {
	if who.order != "" {
		return unauthenticated("An order token opens its own order only; a session token is required.")
	}
	owner := scope(who.app, who.payer, "")
	if err := a.limitOrder(c, who, owner); err != nil {
		return err
	}
	render := a.renderer(c)
	once := web.Once(web.Keyed{Scope: owner, Key: key, Route: "/orders", Body: raw}, render)
	outcome, err := a.engine.CreateOrder(c.Request.Context(), body.request(who), once)
	return web.SendOutcome(c.Writer, outcome, err, render)
}

func (b *orderBody) request(who caller) engine.OrderRequest {
	req := engine.OrderRequest{
		App: who.app, Wallet: b.Wallet, Method: b.Method, Channel: b.Channel,
		Payer: who.payer, Source: bridge.FromClient, Items: make([]pricing.ItemRequest, len(b.Items)),
	}
	if req.Wallet == "" {
		req.Wallet = who.wallet
	}
	if req.Channel == "" {
		req.Channel = wallet.MiniProgram
	}
	for i, item := range b.Items {
		req.Items[i] = pricing.ItemRequest{SKU: item.SKU, Quantity: item.Quantity}
	}
	return req
}

// payMerchantOrder opens the payment of an order of the merchant's: the caller's own, or
// one whose token the body has.
func (a *API) payMerchantOrder(c *gin.Context, who caller, key string, body *orderBody, raw []byte) error {
	ctx := c.Request.Context()
	order, err := a.merchantOrder(ctx, who, body)
	if err != nil {
		return err
	}
	payer := who.payer
	if who.order != "" {
		payer = order.Payer
	}
	owner := scope(order.App, payer, order.ID)
	if err := a.limitOrder(c, who, owner); err != nil {
		return err
	}
	req := bridge.PayRequest{Wallet: body.Wallet, Method: body.Method, Channel: body.Channel}
	if req.Channel == "" && order.Channel == "" {
		req.Channel = wallet.MiniProgram
	}
	return a.pay(c, who, &order, req, web.Keyed{Scope: owner, Key: key, Route: "/orders", Body: raw})
}

// merchantOrder is the order that a body names, when the caller owns it or the body has its
// token. Its id alone is not enough: ids are in URLs that wallets and browsers store.
//
// Faults: NotFound for an order of another app; Forbidden.
func (a *API) merchantOrder(ctx context.Context, who caller, body *orderBody) (bridge.Order, error) {
	order, err := a.find(ctx, body.Order, func(o *bridge.Order) bool { return o.App == who.app })
	switch {
	case err != nil:
		return bridge.Order{}, err
	case !who.owns(&order) && !a.opens(body.OrderToken, &order):
		return bridge.Order{}, fault.New(fault.Forbidden, "miniapp.createOrder", "The order's own orderToken is required.")
	}
	return order, nil
}

// opens reports whether a token is valid for that order.
func (a *API) opens(token string, o *bridge.Order) bool {
	if token == "" {
		return false
	}
	claims, err := a.tokens.ParseOrder(token)
	return err == nil && claims.Order == string(o.ID) && claims.App == o.App
}
