package merchant

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

type refundBody struct {
	Amount  *amountBody `json:"amount"`
	Reason  string      `json:"reason" validate:"max=256"`
	Payment string      `json:"payment" validate:"max=64"` // that it is taken from; the engine chooses when left out
}

// createRefund gives captured money back: all that is left, or the amount named; of one
// payment where the order has several.
//
// Faults: NotFound; Invalid; KeyReused; those of bridge.Engine.Refund.
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
	if !isText(body.Reason) {
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
	req := bridge.RefundRequest{Amount: amount, Payment: payment, Reason: body.Reason, Source: bridge.FromMerchant}
	outcome, err := a.engine.Refund(ctx, order.ID, req, once)
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

// refundOf is the refund that was begun under a request's key, among all of an order.
func refundOf(o *bridge.Order, once *orderOnce) (any, error) {
	refund := o.RefundOf(once)
	if refund == nil {
		return nil, fault.Wrap(fault.Internal, "merchant.createRefund", errors.New("the refund is not in its order"))
	}
	return refundView(o, refund.Number), nil
}

func refundView(o *bridge.Order, number int) bridge.RefundView {
	return o.View(bridge.ForMerchant).Refunds[number-1]
}

// showRefund answers with a refund.
//
// Faults: NotFound.
func (a *API) showRefund(c *gin.Context, r *request) error {
	const what = "refund"
	id, number, ok := bridge.ParseRefundID(r.id)
	if !ok {
		return notThere(what, nil)
	}
	order, err := a.engine.Order(c.Request.Context(), id)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return notThere(what, err)
	case err != nil:
		return err
	case order.App != r.app || number > len(order.Refunds):
		return notThere(what, nil)
	}
	return send(c, http.StatusOK, refundView(&order, number))
}

var refundParameters = []string{"order", "status", "cursor", "limit"}

var refundStatuses = []wallet.RefundStatus{wallet.RefundPending, wallet.RefundSucceeded, wallet.RefundFailed}

type refundsAnswer struct {
	Refunds []bridge.RefundView `json:"refunds"`
	Next    *string             `json:"next"`
}

// listRefunds answers with refunds that match, the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listRefunds(c *gin.Context, r *request) error {
	q, err := refundQuery(r)
	if err != nil {
		return err
	}
	limit := q.Limit
	q.Limit++
	list, err := a.engine.Archive().Refunds(c.Request.Context(), q)
	if err != nil {
		return cursorFault("cursor", err)
	}
	list, next := page(list, limit, func(e *bridge.RefundEntry) string { return e.Order.ID.RefundID(e.Number) })
	answer := refundsAnswer{Refunds: make([]bridge.RefundView, len(list)), Next: next}
	for i := range list {
		answer.Refunds[i] = refundView(&list[i].Order, list[i].Number)
	}
	return send(c, http.StatusOK, answer)
}

func refundQuery(r *request) (q bridge.RefundQuery, err error) {
	p := r.query
	q = bridge.RefundQuery{App: r.app, Before: p["cursor"]}
	if q.Order, err = p.order("order"); err != nil {
		return q, err
	}
	if q.Status, err = word(p, "status", refundStatuses); err != nil {
		return q, err
	}
	if _, _, ok := bridge.ParseRefundID(q.Before); q.Before != "" && !ok {
		return q, notOfList("cursor", nil)
	}
	q.Limit, err = p.limit()
	return q, err
}
