package merchant

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

type refundBody struct {
	Amount  *amountBody `json:"amount"`
	Reason  string      `json:"reason" validate:"max=256"`
	Payment string      `json:"payment" validate:"max=64"` // to refund; the engine chooses without it
}

// createRefund refunds captured money: all that is left, or an amount; of one payment where
// the order has several.
//
// Faults: NotFound; Invalid; KeyReused; those of engine.Engine.Refund.
func (a *API) createRefund(c *gin.Context, r *request) error {
	var body refundBody
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	amount, err := optional(body.Amount)
	if err != nil {
		return err
	}
	if !web.IsText(body.Reason) {
		return invalid("reason", "must have no control characters")
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, r)
	if err != nil {
		return err
	}
	payment, err := paymentNumber(&order, body.Payment)
	if err != nil {
		return err
	}
	var once *orderOnce
	once = kept(a, c, r, raw, http.StatusCreated, func(o *bridge.Order) (any, error) { return refundOf(o, once) })
	req := refund.Request{Amount: amount, Payment: payment, Reason: body.Reason, Source: bridge.FromMerchant}
	outcome, err := actOnce(a, c, r, action{operator.Refund, string(order.ID), body.Reason}, func() (orderOutcome, error) { return a.engine.Refund(ctx, order.ID, req, once) })
	return sendOutcome(c, once, outcome, err)
}

// paymentNumber is the number of an order's payment by its id; zero for no id.
//
// Faults: Invalid.
func paymentNumber(o *bridge.Order, id string) (int, error) {
	if id == "" {
		return 0, nil
	}
	for i := range o.Payments {
		if number := o.Payments[i].Number; o.ID.PaymentID(number) == id {
			return number, nil
		}
	}
	return 0, invalid("payment", "is not a payment of this order")
}

// refundOf is the refund of an order that was created under a request's key.
func refundOf(o *bridge.Order, once *orderOnce) (any, error) {
	r := o.RefundOf(once.KeyDigest())
	if r == nil {
		return nil, fault.Wrap(fault.Internal, "merchant.createRefund", errors.New("the refund is not in its order"))
	}
	return refundView(o, r.Number), nil
}

func refundView(o *bridge.Order, number int) view.Refund {
	v := view.NewOrder(o, view.ForMerchant).Refunds[number-1]
	if o.Refunds[number-1].Awaiting() {
		v.Version = o.Sequence
	}
	return v
}

// showRefund answers with a refund.
//
// Faults: NotFound.
func (a *API) showRefund(c *gin.Context, r *request) error {
	order, number, err := a.refund(c.Request.Context(), r)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, refundView(&order, number))
}

var refundParameters = []string{"order", "status", "approval", "cursor", "limit"}

// approvals are the values of the parameter approval, which are statuses in the store.
var approvals = []wallet.RefundStatus{wallet.RefundWaiting}

var refundStatuses = []wallet.RefundStatus{wallet.RefundPending, wallet.RefundSucceeded, wallet.RefundFailed}

type refundsAnswer struct {
	Refunds []view.Refund `json:"refunds"`
	Next    *string       `json:"next"`
}

// listRefunds answers with refunds that match, the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listRefunds(c *gin.Context, r *request) error {
	q, err := refundQuery(r)
	if err != nil {
		return err
	}
	refunds, next, err := web.Page(q.Limit, func(limit int) ([]store.RefundEntry, error) {
		q.Limit = limit
		return a.store.Refunds(c.Request.Context(), q)
	}, func(e *store.RefundEntry) string { return e.Order.ID.RefundID(e.Number) }, func(e *store.RefundEntry) view.Refund { return refundView(&e.Order, e.Number) })
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, refundsAnswer{refunds, next})
}

func refundQuery(r *request) (store.RefundQuery, error) {
	p := r.query
	q := store.RefundQuery{
		App: r.app, Order: p.Order("order"), Status: web.Word(p, "status", refundStatuses),
		Before: p.Cursor("cursor", isRefundID), Limit: p.Limit(),
	}
	switch approval := web.Word(p, "approval", approvals); {
	case approval == "":
	case q.Status == "" || q.Status == wallet.RefundPending:
		q.Status = approval
	default:
		return q, invalid("approval", "goes with the status pending only")
	}
	return q, p.Err()
}

func isRefundID(s string) bool {
	_, _, ok := bridge.ParseRefundID(s)
	return ok
}
