package server

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/wallet"
)

// PayURL is the address of an order's hosted payment page, for merchants to send to
// payers. Whoever has it sees the order and can pay it, and nothing else.
func (s *Server) PayURL(o bridge.Order) (string, error) {
	token, _, err := s.tokens.IssuePay(miniapp.ClaimsOf(&o))
	if err != nil {
		return "", err
	}
	return s.public + "/pay/" + token, nil
}

// payOrder is the order that a page's token opens.
//
// Faults: Unauthenticated; NotFound.
func (s *Server) payOrder(c *gin.Context) (bridge.Order, error) {
	claims, err := s.tokens.ParsePay(c.Param("token"))
	if err != nil {
		return bridge.Order{}, err
	}
	order, err := s.engine.Order(c.Request.Context(), bridge.OrderID(claims.Order))
	if err == nil && order.App != claims.App {
		return bridge.Order{}, fault.New(fault.NotFound, "server.payOrder", "There is no such order.")
	}
	return order, err
}

// showPay is the hosted payment page.
func (s *Server) showPay(c *gin.Context) error {
	order, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	order = s.opened(c, order)
	shown := order.View(bridge.ForClient)
	shown.Payer = bridge.PayerView{} // the link may have been passed on
	v := s.view(c, &order, shown, "/pay/"+c.Param("token")+"/status")
	v.Action = miniapp.Scannable(order.Action())
	pages.Payment(c.Writer, c.Request, v)
	return nil
}

// opened is an order with a payment: a merchant's order that has none yet gets one at
// the app's first wallet. A wallet that does not answer leaves it as it is.
func (s *Server) opened(c *gin.Context, o bridge.Order) bridge.Order {
	if len(o.Payments) > 0 || o.Status != wallet.Created {
		return o
	}
	outcome, err := s.engine.Pay(c.Request.Context(), o.ID, bridge.PayRequest{Source: bridge.FromClient, Channel: web(o)}, nil)
	if err == nil {
		return outcome.Subject
	}
	s.log.Warn("the page has no payment to show", "order", o.ID, "fault", err)
	if fresh, err := s.engine.Order(c.Request.Context(), o.ID); err == nil {
		return fresh
	}
	return o
}

// web is the channel of an order that is paid on our page, unless it has one.
func web(o bridge.Order) wallet.Channel {
	if o.Channel != "" {
		return ""
	}
	return wallet.Web
}

// formSize is how much of a form is read.
const formSize = 4 << 10

// choosePay takes the method that a payer chose, and shows the page again. A method
// that is refused leaves the choice to the payer.
func (s *Server) choosePay(c *gin.Context) error {
	order, err := s.payOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formSize)
	method := c.Request.PostFormValue("method")
	if method == "" || len(method) > 64 {
		return fault.InvalidField("server.choosePay", "method", "is required")
	}
	request := bridge.PayRequest{Method: method, Source: bridge.FromClient}
	if _, err := s.engine.Pay(c.Request.Context(), order.ID, request, nil); err != nil {
		s.log.Warn("a method could not be chosen", "order", order.ID, "fault", err)
	}
	again := s.base(c.Request) + "/pay/" + c.Param("token")
	if lang := c.Query("lang"); lang != "" {
		again += "?lang=" + url.QueryEscape(lang)
	}
	c.Redirect(http.StatusSeeOther, again)
	return nil
}

// payStatus answers the page's script.
func (s *Server) payStatus(c *gin.Context) error {
	order, err := s.payOrder(c)
	if err != nil {
		return err
	}
	return s.sendStatus(c, order)
}

// orNotFound shows the page for an address that leads to no order.
func (s *Server) orNotFound(c *gin.Context, err error) error {
	if !missing(err) {
		return err
	}
	pages.Return(c.Writer, c.Request, pages.View{BasePath: s.base(c.Request), FrameAncestors: s.frames})
	return nil
}
