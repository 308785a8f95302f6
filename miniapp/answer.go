package miniapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

// checkoutAnswer is an order and how to pay it.
type checkoutAnswer struct {
	Order      view.Order     `json:"order"`
	Action     *wallet.Action `json:"action"` // null when the payer has nothing to do
	OrderToken string         `json:"orderToken,omitempty"`
}

// statusAnswer is an order with its receipt.
type statusAnswer struct {
	Order   view.Order `json:"order"`
	Receipt string     `json:"receipt,omitempty"` // of a final order
}

// renderer makes the answers to a request for a payment.
func (a *API) renderer(c *gin.Context) func(bridge.Order, error) bridge.Answer {
	return web.Renderer(a.problems, c.Writer, http.StatusCreated, a.checkout)
}

func (a *API) checkout(o *bridge.Order) (any, error) {
	return checkoutAnswer{Order: view.NewOrder(o, view.ForClient), Action: web.WithQRCode(o.Action()), OrderToken: a.orderToken(o)}, nil
}

// orderToken returns a token for one order; empty when it cannot be signed, since the
// session's token opens the order too.
func (a *API) orderToken(o *bridge.Order) string {
	token, _, err := a.tokens.IssueOrder(web.OrderClaims(o))
	if err != nil {
		a.log.Error("order token not issued; the answer has none; check the signing keys with minitill doctor", "order", o.ID, "fault", err)
	}
	return token
}
