package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// PayURL returns the URL of an order's hosted payment page, for merchants to send to payers. It
// opens that order only, to see and to pay it.
func (s *Server) PayURL(o bridge.Order) (string, error) {
	token, _, err := s.tokens.IssuePay(web.OrderClaims(&o))
	if err != nil {
		return "", err
	}
	return s.public + "/pay/" + token, nil
}

// payOrder is the order of a page's token, and when the token expires.
//
// Faults: Unauthenticated; NotFound.
func (s *Server) payOrder(c *gin.Context) (bridge.Order, time.Time, error) {
	claims, err := s.tokens.ParsePay(c.Param("token"))
	if err != nil {
		return bridge.Order{}, time.Time{}, err
	}
	order, err := web.FindOrder(c.Request.Context(), s.engine, "order", bridge.OrderID(claims.Order), func(o *bridge.Order) bool {
		return o.App == claims.App
	})
	return order, claims.ExpiresAt, err
}

// showPay is the hosted payment page. It changes nothing, since mail programs and chats
// load links for previews. The page of an order without a payment has a form that opens
// one.
func (s *Server) showPay(c *gin.Context) error {
	order, until, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	s.remember(c, &order, until)
	shown := view.NewOrder(&order, view.ForClient)
	shown.Payer = view.Payer{} // the link may have been passed on
	v := s.view(c, &order, shown, "/pay/"+c.Param("token")+"/status", true)
	v.Action = web.WithLinkQRCode(order.Action())
	v.Opens, v.Tried = unopened(&order), c.Query(triedQuery) != ""
	pages.Payment(c.Writer, c.Request, v)
	return nil
}

// triedQuery is in the page's address once its payment could not be opened.
const triedQuery = "tried"

// unopened reports whether the order has no payment yet and may get one.
func unopened(o *bridge.Order) bool {
	return len(o.Payments) == 0 && o.Status == wallet.Created && o.Closed == ""
}

// webChannel is the channel of a payment that is opened on the page, unless the order has one.
func webChannel(o *bridge.Order) wallet.Channel {
	if o.Channel != "" {
		return ""
	}
	return wallet.Web
}

// formSize bounds the body of a form.
const formSize = 4 << 10

// takePay opens the order's payment at the app's first wallet, or chooses a method, and
// shows the page again. After a failure the payer may choose again.
func (s *Server) takePay(c *gin.Context) error {
	order, _, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formSize)
	method := c.Request.PostFormValue("method")
	open := method == "" && c.Request.PostFormValue("open") == "1"
	if method == "" && !open || len(method) > input.MaxMethod {
		return fault.InvalidField("server.takePay", "method", "is required")
	}
	request := bridge.PayRequest{Method: method, Source: bridge.FromClient}
	if open {
		request.Channel = webChannel(&order)
	}
	query := url.Values{}
	if lang := c.Query("lang"); lang != "" {
		query.Set("lang", lang)
	}
	if open && !unopened(&order) {
		return s.payAgain(c, query) // pressed twice
	}
	if _, err := s.engine.Pay(c.Request.Context(), order.ID, request, nil); err != nil {
		s.log.Warn("payment not opened, or its method not chosen", "order", order.ID, "fault", err)
		if open {
			query.Set(triedQuery, "1")
		}
	}
	return s.payAgain(c, query)
}

// payAgain sends the browser to the payment page with a query.
func (s *Server) payAgain(c *gin.Context, query url.Values) error {
	address := s.base(c.Request) + "/pay/" + c.Param("token")
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	c.Redirect(http.StatusSeeOther, address)
	return nil
}

// payStatus answers the page's script.
func (s *Server) payStatus(c *gin.Context) error {
	order, _, err := s.payOrder(c)
	if err != nil {
		return err
	}
	return s.sendStatus(c, order, true)
}

// orNotFound shows the page for an address that leads to no order.
func (s *Server) orNotFound(c *gin.Context, err error) error {
	if !missing(err) {
		return err
	}
	pages.Return(c.Writer, c.Request, pages.View{BasePath: s.base(c.Request), FrameAncestors: s.frames})
	return nil
}
