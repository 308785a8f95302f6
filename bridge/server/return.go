package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
)

// returnOrder is the order of a return address. Its id cannot be guessed, but wallets and
// browsers store the URL: it proves nothing.
func (s *Server) returnOrder(c *gin.Context) (bridge.Order, error) {
	id, _ := bridge.ParseOrderID(c.Param("order"))
	return web.FindOrder(c.Request.Context(), s.engine, "order", id, func(*bridge.Order) bool { return true })
}

// payCookie is the name of the cookie with the token of a payment page that the browser
// has opened. It is sent to the return page of that order only.
const payCookie = "minitill_pay"

// remember sets the cookie by which the browser proves on the return page that it has
// opened the payment page. A redirect from another site sends Lax cookies.
func (s *Server) remember(c *gin.Context, o *bridge.Order, until time.Time) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: payCookie, Value: c.Param("token"), Path: s.base(c.Request) + "/return/" + string(o.ID), Expires: until,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil || strings.HasPrefix(s.public, "https:"),
	})
}

// holds reports whether the browser has a token of the order.
func (s *Server) holds(c *gin.Context, o *bridge.Order) bool {
	for _, cookie := range c.Request.CookiesNamed(payCookie) {
		claims, err := s.tokens.ParsePay(cookie.Value)
		if err == nil && claims.Order == string(o.ID) && claims.App == o.App {
			return true
		}
	}
	return false
}

// showReturn is the page to which a wallet redirects the payer's browser. The query is not
// read, since it proves nothing. Receipt and payment ids are shown to a browser with a
// token of the order only.
func (s *Server) showReturn(c *gin.Context) error {
	order, err := s.returnOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	statusPath := "/return/" + string(order.ID) + "/status"
	pages.Return(c.Writer, c.Request, s.view(c, &order, outcomeOf(&order), statusPath, s.holds(c, &order)))
	return nil
}

// outcomeOf is the outcome of an order, without payer and items.
func outcomeOf(o *bridge.Order) view.Order {
	full := view.NewOrder(o, view.ForClient)
	return view.Order{
		ID: full.ID, App: full.App, Status: full.Status, Amount: full.Amount, Paid: full.Paid,
		Refunded: full.Refunded, RefundPending: full.RefundPending, Attention: full.Attention, Reversed: full.Reversed,
		CreatedAt: full.CreatedAt, ExpiresAt: full.ExpiresAt,
	}
}

// returned is the hint that the payer has returned.
var returned = engine.Hint{Code: "returned"}

// returnStatus answers the page's script. The payer's return is a hint, for which the
// engine sends the wallet a status query, within its limits.
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
