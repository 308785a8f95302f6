package miniapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
)

// pay opens a payment of an order and answers with its action.
func (a *API) pay(c *gin.Context, who caller, o *bridge.Order, req bridge.PayRequest, keyed web.Keyed) error {
	req.Payer, req.Source = who.payer, bridge.FromClient
	if req.Wallet == "" {
		req.Wallet = usualWallet(o, who)
	}
	render := a.renderer(c)
	outcome, err := a.engine.Pay(c.Request.Context(), o.ID, req, web.Once(keyed, render))
	return web.SendOutcome(c.Writer, outcome, err, render)
}

// usualWallet is the wallet of a request that names none: empty while a payment is open,
// which stays at its wallet, or else that of the last payment, or else the caller's.
func usualWallet(o *bridge.Order, who caller) string {
	switch {
	case o.OpenPayment() != nil:
		return ""
	case o.LastPayment() != nil:
		return o.LastPayment().Wallet
	}
	return who.wallet
}

type paymentBody struct {
	Wallet string `json:"wallet" validate:"max=40"`
	Method string `json:"method" validate:"max=64"`
}

// createPayment chooses a method, retries, or changes the wallet. The idempotency key is
// optional: without one, a repeat returns the open payment.
//
// Faults: as of createOrder.
func (a *API) createPayment(c *gin.Context) error {
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	key, err := problem.IdempotencyKey(c.Request)
	if err != nil {
		return err
	}
	var body paymentBody
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	order, err := a.order(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	owner := scope(order.App, order.Payer, order.ID)
	if err := a.limitOrder(c, who, owner); err != nil {
		return err
	}
	keyed := web.Keyed{Scope: owner, Key: key, Route: "/orders/" + string(order.ID) + "/payments", Body: raw}
	return a.pay(c, who, &order, bridge.PayRequest{Wallet: body.Wallet, Method: body.Method}, keyed)
}

// cancelOrder closes an unpaid order. It is idempotent and needs no key.
func (a *API) cancelOrder(c *gin.Context) error {
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	if _, err := problem.DecodeOptional(c.Writer, c.Request, &struct{}{}); err != nil {
		return err
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, who, c.Param("id"))
	if err == nil {
		order, err = a.engine.Cancel(ctx, order.ID, bridge.FromClient)
	}
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, statusAnswer{Order: view.NewOrder(&order, view.ForClient)})
}
