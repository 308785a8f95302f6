package miniapp

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
)

// showOrder answers with an order: at once when it is final or the request has no wait, or
// else when it changes or the wait ends.
//
// Faults: Unauthenticated; NotFound; Invalid for a wait that is not a duration;
// RateLimited and Unavailable when too many answers are held.
func (a *API) showOrder(c *gin.Context) error {
	order := new(bridge.Order) // not in this frame, which is parked with a long poll
	wait, err := a.readOrder(c, order)
	if err != nil {
		return err
	}
	if wait > 0 && !order.Final() {
		return a.held.Wait(c, a.engine, order, tokenOf(c), wait, a.sendOrder)
	}
	return a.sendOrder(c, order)
}

// sendOrder answers with an order.
func (a *API) sendOrder(c *gin.Context, order *bridge.Order) error {
	return web.Send(c, http.StatusOK, a.status(c.Request.Context(), order))
}

// readOrder reads the order that a request names, and returns how long its answer may wait.
func (a *API) readOrder(c *gin.Context, into *bridge.Order) (wait time.Duration, err error) {
	if wait, err = web.ParseWait(c.Query("wait")); err != nil {
		return 0, err
	}
	who, err := a.authenticate(c.Request)
	if err != nil {
		return 0, err
	}
	*into, err = a.order(c.Request.Context(), who, c.Param("id"))
	return wait, err
}

type resultBody struct {
	ResultCode string `json:"resultCode" validate:"required,max=64"`
	Detail     string `json:"detail" validate:"max=4096"`
}

// takeResult stores the cashier's result code as a hint, and answers with the order after
// a status query, or as it is after three seconds.
func (a *API) takeResult(c *gin.Context) error {
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	var body resultBody
	if _, err := problem.Decode(c.Writer, c.Request, &body); err != nil {
		return err
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	order, err = a.engine.Result(ctx, order.ID, engine.Hint{Code: body.ResultCode, Detail: body.Detail})
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, a.status(ctx, &order))
}
