package merchant

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

var inboxParameters = []string{"dismissed", "cursor", "limit"}

type inboxAnswer struct {
	Notifications []inboxView `json:"notifications"`
	Next          *string     `json:"next"`
}

// listInbox answers with notifications of the app's wallets that could not be applied,
// the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listInbox(c *gin.Context, r *request) error {
	q, err := a.inboxQuery(r)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	list, next, err := web.Page(q.Limit, func(limit int) ([]store.InboxItem, error) {
		q.Limit = limit
		return a.store.InboxItems(ctx, q)
	}, func(item *store.InboxItem) string { return item.ID }, func(item *store.InboxItem) store.InboxItem { return *item })
	if err != nil {
		return err
	}
	answer := inboxAnswer{Notifications: make([]inboxView, len(list)), Next: next}
	for i := range list {
		order, err := a.orderOf(ctx, r, &list[i])
		if err != nil {
			return err
		}
		answer.Notifications[i] = viewItem(&list[i], order)
	}
	return web.Send(c, http.StatusOK, answer)
}

func (a *API) inboxQuery(r *request) (store.InboxQuery, error) {
	p := r.query
	q := store.InboxQuery{
		Wallets: a.walletsOf(r), Dismissed: web.Word(p, "dismissed", []string{"true", "false"}) == "true",
		Before: p.Cursor("cursor", isItemID), Limit: p.Limit(),
	}
	return q, p.Err()
}

// walletsOf are the names of the wallets of the key's app; an app that is not served has
// none.
func (a *API) walletsOf(r *request) []string {
	app, err := a.engine.App(r.app)
	if err != nil {
		return []string{}
	}
	return app.Wallets
}

// isItemID reports whether s has the form of a notification's id.
func isItemID(s string) bool {
	return strings.HasPrefix(s, "ntf_") && len(s) <= input.MaxParameter && web.IsText(s)
}

// item is the notification that a request names, of a wallet of the key's app.
//
// Faults: NotFound.
func (a *API) item(ctx context.Context, r *request) (store.InboxItem, error) {
	const what = "notification"
	if !isItemID(r.id) {
		return store.InboxItem{}, web.NotFound(what, nil)
	}
	item, err := a.store.InboxItem(ctx, r.id)
	if err == nil && !slices.Contains(a.walletsOf(r), item.Wallet) {
		err = web.NotFound(what, nil)
	}
	if err != nil {
		return store.InboxItem{}, web.AsNotFound(what, err)
	}
	return item, nil
}

// orderOf is the order of the key's app that a notification matches now, by its request id
// or by the wallet's payment id; empty when there is none.
func (a *API) orderOf(ctx context.Context, r *request, item *store.InboxItem) (bridge.OrderID, error) {
	if item.Order != "" {
		order, err := web.FindOrder(ctx, a.engine, "order", item.Order, r.mine)
		if fault.KindOf(err) == fault.NotFound {
			return "", nil // also for an order of another app
		}
		return order.ID, err
	}
	if item.PaymentID == "" {
		return "", nil
	}
	const most = 10 // orders at several wallets with equal payment ids
	list, err := a.store.Orders(ctx, store.OrderQuery{App: r.app, WalletPaymentID: item.PaymentID, Limit: most})
	for i := range list {
		if paidAt(&list[i], item.Wallet, item.PaymentID) {
			return list[i].ID, err
		}
	}
	return "", err
}

// paidAt reports whether an order has a payment with that id at a wallet.
func paidAt(o *bridge.Order, walletName, paymentID string) bool {
	return slices.ContainsFunc(o.Payments, func(p bridge.Payment) bool {
		return p.Wallet == walletName && slices.Contains(p.IDs(), paymentID)
	})
}

// retryItem applies a kept notification again, by a query of its order. The first answer
// under a key is the answer.
//
// Faults: NotFound; Conflict when the notification was dismissed or leads to no order of
// the app; KeyReused; those of engine.Engine.RetryNotification.
func (a *API) retryItem(c *gin.Context, r *request) error {
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &struct{}{})
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	// The key goes with the order, and the notification may be gone since its first answer.
	item, err := a.item(ctx, r)
	if err != nil {
		return err
	}
	order, err := a.orderOf(ctx, r, &item)
	switch {
	case err != nil:
		return err
	case !item.Dismissal.At.IsZero():
		return fault.New(fault.Conflict, "merchant.retryItem", "The notification was dismissed.")
	case order == "":
		return fault.New(fault.Conflict, "merchant.retryItem", "The notification leads to no order of this app.")
	}
	var view inboxView
	once := kept(a, c, r, raw, http.StatusOK, func(*bridge.Order) (any, error) { return view, nil })
	outcome, err := actOnce(a, c, r, action{operator.Inbox, item.ID, "match it again"}, func() (orderOutcome, error) {
		return a.engine.Repeatable(ctx, order, once, func(ctx context.Context) (bridge.Order, error) {
			tried, still, err := a.engine.RetryNotification(ctx, item.ID)
			view = viewItem(&tried, order)
			if !still {
				view.Status = itemApplied
			}
			return bridge.Order{ID: order}, err
		})
	})
	return sendOutcome(c, once, outcome, err)
}

type dismissBody struct {
	Note string `json:"note" validate:"required,max=1024"`
}

// dismissal reads the body of a dismissal: the actor and the note.
//
// Faults: Invalid.
func (a *API) dismissal(c *gin.Context, r *request) (d store.Dismissal, raw []byte, err error) {
	var body dismissBody
	if raw, err = problem.Decode(c.Writer, c.Request, &body); err != nil {
		return d, nil, err
	}
	var found fault.Fields
	checkText("note", body.Note, &found)
	if strings.TrimSpace(body.Note) == "" {
		found.Add("note", "is required")
	}
	return store.Dismissal{By: r.by(), Note: body.Note, At: a.instant()}, raw, found.Invalid("merchant")
}

// dismissItem marks a notification as handled by a person. The first dismissal stays, so
// that a repeat gets the same answer under any key.
//
// Faults: NotFound; Invalid.
func (a *API) dismissItem(c *gin.Context, r *request) error {
	d, _, err := a.dismissal(c, r)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	item, err := a.item(ctx, r)
	if err != nil {
		return err
	}
	err = a.act(c, r, action{operator.Inbox, item.ID, d.Note}, func() (_ string, err error) {
		item, err = a.store.DismissNotification(ctx, item.ID, d)
		return "", err
	})
	if err != nil {
		return err
	}
	order, err := a.orderOf(ctx, r, &item)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, viewItem(&item, order))
}
