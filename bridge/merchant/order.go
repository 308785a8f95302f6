package merchant

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// orderAnswer is a new order and the ways to have it paid.
type orderAnswer struct {
	Order      view.Order     `json:"order"`
	OrderToken string         `json:"orderToken,omitempty"` // for the merchant's own client
	PayURL     string         `json:"payUrl,omitempty"`     // of the hosted payment page
	Action     *wallet.Action `json:"action,omitempty"`     // when a wallet was named
}

// createOrder creates an order. An order that names a wallet gets its payment there at
// once; one that names an agreement is charged at once; one that names neither gets its
// payment when the payer opens the payment page.
//
// Faults: Invalid; KeyReused; Conflict; those of engine.Engine.CreateOrder.
func (a *API) createOrder(c *gin.Context, r *request) error {
	var body orderBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	app, err := a.engine.App(r.app)
	if err != nil {
		return err
	}
	req, err := body.request(app)
	if err != nil {
		return err
	}
	once := kept(a, c, r, raw, http.StatusCreated, a.checkout)
	outcome, err := a.engine.CreateOrder(c.Request.Context(), req, once)
	return sendOutcome(c, once, outcome, err)
}

func (a *API) checkout(o *bridge.Order) (any, error) {
	claims := web.OrderClaims(o)
	claims.ExpiresAt = o.ExpiresAt.Add(tokenGrace)
	answer := orderAnswer{
		Order: view.NewOrder(o, view.ForMerchant), Action: web.WithQRCode(o.Action()),
		OrderToken: a.issued(a.tokens.IssueOrder, claims),
	}
	if o.Agreement == "" { // else there is nothing for the payer to do
		answer.PayURL = a.prefixed("/pay/", a.issued(a.tokens.IssuePay, claims))
	}
	return answer, nil
}

// tokenGrace is how long a token is valid after its order has expired, so that the payer
// can still read the outcome.
const tokenGrace = 24 * time.Hour

// issued returns a token; empty when it cannot be signed, since the order exists already.
func (a *API) issued(issue func(signing.OrderClaims) (string, time.Time, error), claims signing.OrderClaims) string {
	token, _, err := issue(claims)
	if err != nil {
		a.log.Error("order token not issued; the answer has none; check the signing keys with minitill doctor", "order", claims.Order, "fault", err)
	}
	return token
}

// prefixed is the public URL of a token's page; empty without a token.
func (a *API) prefixed(path, token string) string {
	if token == "" {
		return ""
	}
	return a.public + path + token
}

// showOrder answers with an order.
//
// Faults: NotFound.
func (a *API) showOrder(c *gin.Context, r *request) error {
	order, err := a.order(c.Request.Context(), r)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, viewOrder(&order))
}

// order is the order of the key's app that a request names.
//
// Faults: NotFound.
func (a *API) order(ctx context.Context, r *request) (bridge.Order, error) {
	id, _ := bridge.ParseOrderID(r.id)
	return web.FindOrder(ctx, a.engine, "order", id, r.mine)
}

// mine reports whether an order belongs to the key's app.
func (r *request) mine(o *bridge.Order) bool { return o.App == r.app }

// whole is the answer to an operation on an order: the order after it.
func whole(o *bridge.Order) (any, error) { return viewOrder(o), nil }

func viewOrder(o *bridge.Order) view.Order { return view.NewOrder(o, view.ForMerchant) }
