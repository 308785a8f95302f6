package console

import (
	"net/http"
	"strings"

	"github.com/minitill/minitill/bridge/console/operator"
)

// route is one page or action: the right that it needs, and how its app is found.
type route struct {
	method, path string // below Path
	right        operator.Action
	scope        func(p *page) error // sets the app of the page; see page.app
	serve        func(p *page) error
}

// open is a route that needs no session.
type open struct {
	method, path string
	serve        func(p *page) error
}

func (c *Console) table() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "{$}", operator.SeeOrders, ofQuery, showOverview},
		{get, "orders", operator.SeeOrders, ofQuery, showOrders},
		{post, "views", operator.SeeOrders, ofQuery, saveView},
		{post, "views/remove", operator.SeeOrders, ofQuery, removeView},
		{get, "orders/{id}", operator.SeeOrders, ofOrder, showOrder},
		{post, "orders/{id}/reveal", operator.SeePersonal, ofOrder, revealOrder},
		{post, "orders/{id}/refresh", operator.Refresh, ofOrder, refreshOrder},
		{post, "orders/{id}/cancel", operator.Cancel, ofOrder, cancelOrder},
		{post, "orders/{id}/capture", operator.Capture, ofOrder, captureOrder},
		{post, "orders/{id}/void", operator.Void, ofOrder, voidOrder},
		{post, "orders/{id}/refund", operator.Refund, ofOrder, refundOrder},
		{post, "orders/{id}/resolve", operator.Note, ofOrder, resolveOrder},
		{post, "orders/{id}/outcome", operator.Outcome, ofOrder, resolveOrder},
		{get, "attention", operator.SeeOrders, ofQuery, showAttention},
		{get, "bulk", operator.Refresh, ofQuery, showBulk},
		{post, "bulk/refresh", operator.Refresh, ofQuery, refreshMany},
		{post, "bulk/clear", operator.Note, ofQuery, clearMany},
		{post, "bulk/{id}/cancel", operator.Refresh, ofQuery, cancelMany},
		{get, "refunds", operator.SeeOrders, ofQuery, showRefunds},
		{post, "refunds/{id}/approve", operator.Approve, ofRefund, approveRefund},
		{post, "refunds/{id}/reject", operator.Reject, ofRefund, rejectRefund},
		{get, "inbox", operator.SeeOrders, ofQuery, showInbox},
		{post, "inbox/{id}/retry", operator.Inbox, ofItem, retryItem},
		{post, "inbox/{id}/dismiss", operator.Inbox, ofItem, dismissItem},
		{post, "inbox/{id}/reveal", operator.SeePersonal, ofItem, revealItem},
		{get, "exports", operator.Export, ofQuery, showExports},
		{post, "exports", operator.Export, ofQuery, exportTable},
		{get, "webhooks", operator.SeeOrders, ofQuery, showWebhooks},
		{post, "webhooks/replay", operator.Replay, ofQuery, replayAll},
		{post, "replays/{id}/cancel", operator.Replay, ofQuery, cancelReplay},
		{get, "deliveries/{id}", operator.SeeOrders, ofQuery, showDelivery},
		{post, "deliveries/{id}/reveal", operator.SeePersonal, ofQuery, revealDelivery},
		{post, "deliveries/{id}/replay", operator.Replay, ofQuery, replayDelivery},
		{get, "endpoints", operator.Endpoints, ofQuery, showEndpoints},
		{post, "endpoints", operator.Endpoints, ofQuery, createEndpoint},
		{post, "endpoints/{id}/rotate", operator.Endpoints, ofQuery, rotateEndpoint},
		{post, "endpoints/{id}/disable", operator.Endpoints, ofQuery, disableEndpoint},
		{get, "wallets", operator.SeeOrders, ofQuery, showWallets},
		{post, "wallets/{name}/probe", operator.Refresh, ofQuery, probeWallet},
		{get, "keys", operator.Keys, ofQuery, showKeys},
		{post, "keys", operator.Keys, ofQuery, createKey},
		{post, "keys/{id}/revoke", operator.Keys, ofKey, revokeKey},
		{get, "operators", operator.Operators, ofQuery, showOperators},
		{post, "operators", operator.Operators, ofQuery, addOperator},
		{post, "operators/{id}/reset", operator.Operators, ofOperator, resetOperator},
		{post, "operators/{id}/disable", operator.Operators, ofOperator, disableOperator},
		{post, "operators/{id}/sessions", operator.Operators, ofOperator, endSessions},
		{get, "audit", operator.SeeAudit, ofQuery, showAudit},
		{get, "account", operator.SeeOrders, ofQuery, showAccount},
		{post, "account/sessions/{id}/end", operator.SeeOrders, ofQuery, endOwnSession},
	}
}

func (c *Console) openTable() []open {
	const get, post = http.MethodGet, http.MethodPost
	return []open{
		{get, "sign-in", showSignIn},
		{post, "sign-in", signIn},
		{post, "sign-out", signOut},
		{get, "join", showJoin},
		{post, "join", join},
		{get, "first", showFirst},
		{post, "first", useFirst},
		{get, "oidc/start", startProvider},
		{get, "oidc/callback", finishProvider},
	}
}

func (c *Console) routes() http.Handler {
	mux := http.NewServeMux()
	for _, o := range c.openTable() {
		mux.Handle(o.method+" "+Path+o.path, c.handle(func(p *page) error {
			if err := p.checkOrigin(); err != nil {
				return err
			}
			return o.serve(p)
		}))
	}
	for _, r := range c.table() {
		mux.Handle(r.method+" "+Path+r.path, c.handle(func(p *page) error { return p.serve(&r) }))
	}
	mux.Handle("GET "+Path+"assets/", c.static())
	mux.Handle(Path, c.handle(func(p *page) error { return notFound("page") }))
	return mux
}

// serve checks the origin, the session and the right, in this order, and answers.
//
// Faults: Forbidden; Unauthenticated; NotFound for another app's, which the scope says; those of
// the route.
func (p *page) serve(r *route) error {
	if err := p.checkOrigin(); err != nil {
		return err
	}
	if err := p.signedIn(); err != nil {
		return err
	}
	if err := r.scope(p); err != nil {
		return err
	}
	if !p.May(r.right) {
		return forbidden("Your role does not include this.")
	}
	p.section = r.section()
	return r.serve(p)
}

// section is the part of the navigation that a route belongs to.
func (r *route) section() string {
	first, _, _ := strings.Cut(strings.TrimSuffix(r.path, "{$}"), "/")
	switch first {
	case "deliveries":
		return "webhooks"
	case "bulk":
		return "attention"
	}
	return first
}
