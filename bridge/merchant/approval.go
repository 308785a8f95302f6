package merchant

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

type decisionBody struct {
	Amount  *amountBody `json:"amount"`                             // of the refund, to be compared
	Version *int64      `json:"version" validate:"omitempty,min=1"` // of the order, to be compared
	Note    string      `json:"note" validate:"required,max=1024"`
}

// decide decides about a refund that waits for a second operator.
type decide func(ctx context.Context, id bridge.OrderID, d refund.Decision, once *orderOnce) (orderOutcome, error)

// approveRefund approves a refund that waits for a second operator, and sends it.
//
// Faults: those of decideRefund and of engine.Engine.ApproveRefund.
func (a *API) approveRefund(c *gin.Context, r *request) error {
	return a.decideRefund(c, r, operator.Approve, a.engine.ApproveRefund)
}

// rejectRefund rejects a refund that waits for a second operator.
//
// Faults: those of decideRefund and of engine.Engine.RejectRefund.
func (a *API) rejectRefund(c *gin.Context, r *request) error {
	return a.decideRefund(c, r, operator.Reject, a.engine.RejectRefund)
}

// decideRefund runs a decision for the operator who made the key, with the role that the operator
// has now: a key is not revoked with its maker.
//
// Faults: NotFound; Invalid; KeyReused; Forbidden when the operator may not decide.
func (a *API) decideRefund(c *gin.Context, r *request, name operator.Action, run decide) error {
	var body decisionBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	var found fault.Fields
	checkText("note", body.Note, &found)
	d := refund.Decision{Note: body.Note, Source: bridge.FromMerchant}
	if body.Amount != nil {
		d.Amount = body.Amount.positive("amount", &found)
	}
	if err := found.Invalid("merchant"); err != nil {
		return err
	}
	order, number, err := a.refund(c.Request.Context(), r)
	if err != nil {
		return err
	}
	d.Refund = number
	ctx := c.Request.Context()
	if body.Version != nil {
		ctx = engine.WithVersion(ctx, *body.Version)
	}
	once := kept(a, c, r, raw, http.StatusOK, func(o *bridge.Order) (any, error) { return refundView(o, number), nil })
	did := action{name, order.ID.RefundID(number), body.Note}
	outcome, err := actOnce(a, c, r, did, func() (orderOutcome, error) {
		if err := a.operators.CheckMaker(ctx, r.key.CreatedBy, operator.Approve, r.app); err != nil {
			return orderOutcome{}, err
		}
		return run(ctx, order.ID, d, once)
	})
	return sendOutcome(c, once, outcome, err)
}

// refund returns the order of the refund that the path names, and the refund's number.
//
// Faults: NotFound.
func (a *API) refund(ctx context.Context, r *request) (bridge.Order, int, error) {
	id, number, _ := bridge.ParseRefundID(r.id)
	order, err := web.FindOrder(ctx, a.engine, "refund", id, func(o *bridge.Order) bool {
		return r.mine(o) && number <= len(o.Refunds)
	})
	return order, number, err
}
