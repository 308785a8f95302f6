package server

import (
	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/fault"
)

// returnOrder is the order that a return address names. Its id cannot be guessed, but
// stands in a URL that wallets and browsers keep.
func (s *Server) returnOrder(c *gin.Context) (bridge.Order, error) {
	id, ok := bridge.ParseOrderID(c.Param("order"))
	if !ok {
		return bridge.Order{}, fault.New(fault.NotFound, "server.returnOrder", "There is no such order.")
	}
	return s.engine.Order(c.Request.Context(), id)
}

// showReturn is the page to which a wallet sends the payer's browser. What the wallet
// put into its query proves nothing and is not read.
func (s *Server) showReturn(c *gin.Context) error {
	order, err := s.returnOrder(c)
	if err != nil {
		return s.orNotFound(c, err)
	}
	pages.Return(c.Writer, c.Request, s.view(c, &order, outcomeOf(&order), "/return/"+string(order.ID)+"/status"))
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
	return s.sendStatus(c, order)
}
