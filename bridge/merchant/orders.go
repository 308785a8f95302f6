package merchant

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

var orderParameters = []string{"status", "reference", "wallet", "from", "to", "attention", "walletPaymentId", "cursor", "limit"}

var orderStatuses = []wallet.Status{
	wallet.Created, wallet.Pending, wallet.Authorized, wallet.Paid,
	wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided,
}

// attentions are the values of the parameter attention.
var attentions = append([]bridge.Attention{bridge.AnyAttention}, bridge.Attentions...)

type ordersAnswer struct {
	Orders []bridge.OrderView `json:"orders"`
	Next   *string            `json:"next"` // the cursor of the next page; null on the last
}

// listOrders answers with orders that match, the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listOrders(c *gin.Context, r *request) error {
	q, err := orderQuery(r)
	if err != nil {
		return err
	}
	orders, next, err := web.Page(q.Limit, func(limit int) ([]bridge.Order, error) {
		q.Limit = limit
		return a.engine.Archive().Orders(c.Request.Context(), q)
	}, func(o *bridge.Order) string { return string(o.ID) }, viewOrder)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, ordersAnswer{orders, next})
}

func orderQuery(r *request) (q bridge.OrderQuery, err error) {
	p := r.query
	q = bridge.OrderQuery{App: r.app, Reference: p["reference"], Wallet: p["wallet"], WalletPaymentID: p["walletPaymentId"]}
	if q.Status, err = web.Word(p, "status", orderStatuses); err != nil {
		return q, err
	}
	attention, err := web.Word(p, "attention", attentions)
	if err != nil {
		return q, err
	}
	q.Attention = string(attention)
	if q.From, err = p.Time("from"); err != nil {
		return q, err
	}
	if q.To, err = p.Time("to"); err != nil {
		return q, err
	}
	if q.Before, err = p.Order("cursor"); err != nil {
		return q, err
	}
	q.Limit, err = p.Limit()
	return q, err
}
