package merchant

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/problem"
)

type captureBody struct {
	Amount *amountBody `json:"amount"`
}

// captureOrder captures an authorization: all of it, or an amount, after which the rest is
// released.
//
// Faults: NotFound; Invalid; KeyReused; those of engine.Engine.Capture.
func (a *API) captureOrder(c *gin.Context, r *request) error {
	var body captureBody
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	amount, err := optional(body.Amount)
	if err != nil {
		return err
	}
	return a.operate(c, r, raw, action{name: operator.Capture}, func(ctx context.Context, id bridge.OrderID, once *orderOnce) (orderOutcome, error) {
		return a.engine.Capture(ctx, id, engine.CaptureRequest{Amount: amount, Source: bridge.FromMerchant}, once)
	})
}

// voidOrder voids an authorization.
//
// Faults: NotFound; KeyReused; those of engine.Engine.Void.
func (a *API) voidOrder(c *gin.Context, r *request) error {
	return a.operateBare(c, r, action{name: operator.Void}, func(ctx context.Context, id bridge.OrderID, once *orderOnce) (orderOutcome, error) {
		return a.engine.Void(ctx, id, bridge.FromMerchant, once)
	})
}

// cancelOrder closes an unpaid order.
//
// Faults: NotFound; KeyReused; those of engine.Engine.Cancel.
func (a *API) cancelOrder(c *gin.Context, r *request) error {
	return a.repeat(c, r, func(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
		return a.engine.Cancel(ctx, id, bridge.FromMerchant)
	})
}

// refreshOrder sends the wallet a status query now.
//
// Faults: NotFound; KeyReused; those of engine.Engine.Refresh.
func (a *API) refreshOrder(c *gin.Context, r *request) error {
	return a.repeat(c, r, a.engine.Refresh)
}

// operation is an operation on an order under a request's key.
type operation func(ctx context.Context, id bridge.OrderID, once *orderOnce) (orderOutcome, error)

// repeat is operateBare for an operation that may run again until its answer is kept.
func (a *API) repeat(c *gin.Context, r *request, run func(context.Context, bridge.OrderID) (bridge.Order, error)) error {
	return a.operateBare(c, r, action{}, func(ctx context.Context, id bridge.OrderID, once *orderOnce) (orderOutcome, error) {
		return a.engine.Repeatable(ctx, id, once, func(ctx context.Context) (bridge.Order, error) { return run(ctx, id) })
	})
}

// operateBare is operate for a request without members in its body.
func (a *API) operateBare(c *gin.Context, r *request, did action, do operation) error {
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &struct{}{})
	if err != nil {
		return err
	}
	return a.operate(c, r, raw, did, do)
}

// operate runs an operation on an order of the key's app and answers with the order.
func (a *API) operate(c *gin.Context, r *request, raw []byte, did action, do operation) error {
	ctx := c.Request.Context()
	order, err := a.order(ctx, r)
	if err != nil {
		return err
	}
	once := kept(a, c, r, raw, http.StatusOK, whole)
	did.subject = string(order.ID)
	outcome, err := actOnce(a, c, r, did, func() (orderOutcome, error) { return do(ctx, order.ID, once) })
	return sendOutcome(c, once, outcome, err)
}
