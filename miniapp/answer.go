package miniapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

// checkoutAnswer is an order and how to pay it.
type checkoutAnswer struct {
	Order      bridge.OrderView `json:"order"`
	Action     *wallet.Action   `json:"action"` // null when there is nothing left to do
	OrderToken string           `json:"orderToken,omitempty"`
}

// statusAnswer is an order as the server knows it.
type statusAnswer struct {
	Order   bridge.OrderView `json:"order"`
	Receipt string           `json:"receipt,omitempty"` // of a final order
}

// renderer makes the answers to a request for a payment.
func (a *API) renderer(c *gin.Context) func(bridge.Order, error) bridge.Answer {
	return web.Renderer(a.problems, c.Writer, http.StatusCreated, a.checkout)
}

func (a *API) checkout(o *bridge.Order) (any, error) {
	return checkoutAnswer{Order: o.View(bridge.ForClient), Action: web.WithQRCode(o.Action()), OrderToken: a.orderToken(o)}, nil
}

// orderToken opens one order. Without it the session's token still does, so an order
// is not lost over it.
func (a *API) orderToken(o *bridge.Order) string {
	token, _, err := a.tokens.IssueOrder(web.OrderClaims(o))
	if err != nil {
		a.log.Error("no order token", "order", o.ID, "fault", err)
	}
	return token
}
