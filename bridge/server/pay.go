package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// PayURL is the address of an order's hosted payment page, for merchants to send to
// payers. Whoever has it sees the order and can pay it, and nothing else.
func (s *Server) PayURL(o bridge.Order) (string, error) {
	token, _, err := s.tokens.IssuePay(web.OrderClaims(&o))
	if err != nil {
		return "", err
	}
	return s.public + "/pay/" + token, nil
}

// payOrder is the order that a page's token opens, and until when it does.
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

// showPay is the hosted payment page. It changes nothing: mail programs and chats load
// links to preview them. An order without a payment gets one by the form that the page
// then has.
func (s *Server) showPay(c *gin.Context) error {
	order, until, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	s.remember(c, &order, until)
	shown := order.View(bridge.ForClient)
	shown.Payer = bridge.PayerView{} // the link may have been passed on
	v := s.view(c, &order, shown, "/pay/"+c.Param("token")+"/status", true)
	v.Action = web.WithLinkQRCode(order.Action())
	v.Opens, v.Tried = unopened(&order), c.Query(triedQuery) != ""
	pages.Payment(c.Writer, c.Request, v)
	return nil
}

// triedQuery is in the page's address once its payment could not be opened.
const triedQuery = "tried"

// unopened says that no wallet was asked for a payment of the order yet, and one may be.
func unopened(o *bridge.Order) bool {
	return len(o.Payments) == 0 && o.Status == wallet.Created && o.Closed == ""
}

// webChannel is the channel of an order that is paid on our page, unless it has one.
func webChannel(o *bridge.Order) wallet.Channel {
	if o.Channel != "" {
		return ""
	}
	return wallet.Web
}

// formSize is how much of a form is read.
const formSize = 4 << 10

// takePay opens the order's payment at the app's first wallet, or takes the method that a
// payer chose, and shows the page again. What is refused leaves the choice to the payer.
func (s *Server) takePay(c *gin.Context) error {
	order, _, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formSize)
	method := c.Request.PostFormValue("method")
	open := method == "" && c.Request.PostFormValue("open") == "1"
	if method == "" && !open || len(method) > bridge.MaxMethod {
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
		s.log.Warn("a payment could not be opened, or its method not chosen", "order", order.ID, "fault", err)
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
