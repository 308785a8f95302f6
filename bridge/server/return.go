package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/web"
)

// returnOrder is the order that a return address names. Its id cannot be guessed, but
// stands in a URL that wallets and browsers keep.
func (s *Server) returnOrder(c *gin.Context) (bridge.Order, error) {
	id, _ := bridge.ParseOrderID(c.Param("order"))
	return web.FindOrder(c.Request.Context(), s.engine, "order", id, func(*bridge.Order) bool { return true })
}

// payCookie is the name of the cookie in which a browser keeps the token of a payment page
// that it has opened. It is sent to the return page of that order only.
const payCookie = "minitill_pay"

// remember lets a browser prove, when its payer comes back from the wallet, that it had the
// order's payment page. Lax cookies come along with a redirect from another site.
func (s *Server) remember(c *gin.Context, o *bridge.Order, until time.Time) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: payCookie, Value: c.Param("token"), Path: s.base(c.Request) + "/return/" + string(o.ID), Expires: until,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil || strings.HasPrefix(s.public, "https:"),
	})
}

// holds says that the browser has a token of the order.
func (s *Server) holds(c *gin.Context, o *bridge.Order) bool {
	for _, cookie := range c.Request.CookiesNamed(payCookie) {
		claims, err := s.tokens.ParsePay(cookie.Value)
		if err == nil && claims.Order == string(o.ID) && claims.App == o.App {
			return true
		}
	}
	return false
}

// showReturn is the page to which a wallet sends the payer's browser. What the wallet
// put into its query proves nothing and is not read. Everybody sees the order's state;
// receipt and payment ids are for a browser that holds a token of the order.
func (s *Server) showReturn(c *gin.Context) error {
	order, err := s.returnOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	statusPath := "/return/" + string(order.ID) + "/status"
	pages.Return(c.Writer, c.Request, s.view(c, &order, outcomeOf(&order), statusPath, s.holds(c, &order)))
	return nil
}

// outcomeOf is what became of an order, without who paid what.
func outcomeOf(o *bridge.Order) bridge.OrderView {
	full := o.View(bridge.ForClient)
	return bridge.OrderView{
		ID: full.ID, App: full.App, Status: full.Status, Amount: full.Amount, Paid: full.Paid,
		Refunded: full.Refunded, RefundPending: full.RefundPending, Attention: full.Attention, Reversed: full.Reversed,
		CreatedAt: full.CreatedAt, ExpiresAt: full.ExpiresAt,
	}
}

// returned is the hint that the payer is back.
var returned = bridge.Hint{Code: "returned"}

// returnStatus answers the page's script. That a payer came back is a hint: the wallet
// is asked first, which the engine does no more often than is good.
func (s *Server) returnStatus(c *gin.Context) error {
	order, err := s.returnOrder(c)
	if err != nil {
		return err
	}
	if c.Query("wait") != "" && !order.Final() {
		if order, err = s.engine.Result(c.Request.Context(), order.ID, returned); err != nil {
			return err
		}
	}
	return s.sendStatus(c, order, s.holds(c, &order))
}
