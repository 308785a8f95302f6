package merchant

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/wallet"
)

var orderParameters = []string{"status", "reference", "wallet", "from", "to", "attention", "walletPaymentId", "cursor", "limit"}

var orderStatuses = []wallet.Status{
	wallet.Created, wallet.Pending, wallet.Authorized, wallet.Paid,
	wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided,
}

// attentions are the values of the parameter attention.
var attentions = append([]bridge.Attention{store.AnyAttention}, bridge.Attentions...)

type ordersAnswer struct {
	Orders []view.Order `json:"orders"`
	Next   *string      `json:"next"` // the cursor of the next page; null on the last
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
		return a.store.Orders(c.Request.Context(), q)
	}, func(o *bridge.Order) string { return string(o.ID) }, viewOrder)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, ordersAnswer{orders, next})
}

func orderQuery(r *request) (store.OrderQuery, error) {
	p := r.query
	q := store.OrderQuery{
		App: r.app, Reference: p.Text("reference"), Wallet: p.Text("wallet"), WalletPaymentID: p.Text("walletPaymentId"),
		Status: web.Word(p, "status", orderStatuses), Attention: string(web.Word(p, "attention", attentions)),
		From: p.Time("from"), To: p.Time("to"), Before: p.Order("cursor"), Limit: p.Limit(),
	}
	return q, p.Err()
}
