package merchant

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/signing"
)

// Config is what the API is made of. Store, Tokens, Sealer and CheckEndpointURL are required;
// the zero value of the rest is useful.
type Config struct {
	Store  Store // the engine's
	Tokens *signing.Tokens
	// Sealer encrypts the secrets of webhook endpoints in the store.
	Sealer Sealer
	// CheckEndpointURL returns what is wrong with the address of a webhook endpoint, fit
	// to show to the merchant.
	CheckEndpointURL func(url string) error
	// Configured are the addresses of the webhook endpoints that the configuration
	// names, for the list of endpoints; see engine.App.Endpoints.
	Configured map[store.EndpointKey]string
	Limiter    limit.Limiter // nil: no limits
	Counter    limit.Counter // of requests that limits refuse; may be nil
	// Sessions ends sessions of payers; nil: that is not supported.
	Sessions Sessions
	// Authenticated is called with the context of each request whose key was accepted, for
	// traces; nil: nothing is.
	Authenticated func(context.Context)
	// Exports returns what an export reads, each time anew; nil: Store.
	Exports func() export.Source
	// Archive says where merchants find events that were archived; it may be empty.
	Archive string
	// PublicURL is the base of the payment pages and of the types of problems.
	PublicURL string
	Log       *slog.Logger
	Now       func() time.Time
}

// Sealer encrypts with the keys of this installation. The context is authenticated: a
// text opens under its own context only.
type Sealer interface {
	Seal(plain []byte, context string) string
	Open(text, context string) ([]byte, error)
}

// API is the merchant API over an engine.
type API struct {
	engine     Engine
	store      Store
	operators  *operator.Book // who make keys
	tokens     *signing.Tokens
	sealer     Sealer
	checkURL   func(string) error
	configured map[store.EndpointKey]string
	sessions   Sessions
	accepted   func(context.Context)
	uses       keyUses
	problems   problem.Renderer
	gate       *limit.Gate
	exports    *limit.Places // that run
	valid      validKeys
	source     func() export.Source // of exports
	archive    string
	public     string // without a slash at the end
	log        *slog.Logger
	now        func() time.Time
}

// New returns the API. It panics when a required member of Config is missing.
func New(engine Engine, config Config) *API {
	switch {
	case config.Store == nil:
		panic("merchant: Config.Store is required")
	case config.Tokens == nil:
		panic("merchant: Config.Tokens is required")
	case config.Sealer == nil:
		panic("merchant: Config.Sealer is required")
	case config.CheckEndpointURL == nil:
		panic("merchant: Config.CheckEndpointURL is required")
	}
	a := &API{
		engine: engine, store: config.Store, operators: operator.NewBook(config.Store), tokens: config.Tokens, sealer: config.Sealer, checkURL: config.CheckEndpointURL,
		configured: config.Configured, sessions: config.Sessions, source: config.Exports, archive: config.Archive, public: strings.TrimSuffix(config.PublicURL, "/"),
		accepted: config.Authenticated, log: config.Log, now: config.Now,
	}
	if a.accepted == nil {
		a.accepted = func(context.Context) {}
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.source == nil {
		a.source = func() export.Source { return a.store }
	}
	a.gate = limit.NewGate(config.Limiter, config.Counter, a.log, a.now)
	a.exports = limit.NewPlaces(exportLimits, exportCounter{config.Counter})
	a.problems = problem.Renderer{Base: config.PublicURL, Log: a.log}
	return a
}

// Mount adds the API's routes to a group, such as router.Group("/v1"). The caller wraps
// the router in problem.Identify.
func (a *API) Mount(group *gin.RouterGroup) {
	for _, r := range a.routes() {
		group.Handle(r.method, r.path, web.Handle(a.problems, func(c *gin.Context) error { return a.serve(c, r) }))
	}
}

// route is one call of the API.
type route struct {
	method, path string
	scopes       scopes
	query        []string // the names of its parameters
	answer       func(c *gin.Context, r *request) error
}

func (a *API) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	read, orders, refunds := scopes{store.ScopeRead}, scopes{store.ScopeOrders}, scopes{store.ScopeRefunds}
	approvals := scopes{store.ScopeApprovals}
	decide := scopes{store.ScopeOrders, store.ScopeRefunds}
	readAdmin, admin := scopes{store.ScopeRead, store.ScopeAdmin}, scopes{store.ScopeAdmin}
	return []route{
		{post, "/orders", orders, nil, a.createOrder},
		{get, "/orders", read, orderParameters, a.listOrders},
		{get, "/orders/:id", read, nil, a.showOrder},
		{post, "/orders/:id/capture", orders, nil, a.captureOrder},
		{post, "/orders/:id/void", orders, nil, a.voidOrder},
		{post, "/orders/:id/cancel", orders, nil, a.cancelOrder},
		{post, "/orders/:id/refresh", orders, nil, a.refreshOrder},
		{post, "/orders/:id/refunds", refunds, nil, a.createRefund},
		{post, "/orders/:id/resolve", decide, nil, a.resolveOrder},
		{get, "/orders/:id/events", read, eventParameters, a.listOrderEvents},
		{get, "/refunds", read, refundParameters, a.listRefunds},
		{get, "/refunds/:id", read, nil, a.showRefund},
		{post, "/refunds/:id/approve", approvals, nil, a.approveRefund},
		{post, "/refunds/:id/reject", approvals, nil, a.rejectRefund},
		{get, "/events", read, eventParameters, a.listEvents},
		{get, "/exports/:file", read, exportParameters, a.exportTable},
		{get, "/webhook-endpoints", readAdmin, nil, a.listEndpoints},
		{post, "/webhook-endpoints", admin, nil, a.createEndpoint},
		{get, "/webhook-endpoints/:id", readAdmin, nil, a.showEndpoint},
		{http.MethodPatch, "/webhook-endpoints/:id", admin, nil, a.changeEndpoint},
		{http.MethodDelete, "/webhook-endpoints/:id", admin, nil, a.removeEndpoint},
		{post, "/webhook-endpoints/:id/rotate-secret", admin, nil, a.rotateSecret},
		{get, "/deliveries", readAdmin, deliveryParameters, a.listDeliveries},
		{get, "/deliveries/:id", readAdmin, nil, a.showDelivery},
		{post, "/deliveries/:id/replay", admin, nil, a.replayDelivery},
		{post, "/deliveries/:id/dismiss", admin, nil, a.dismissDelivery},
		{get, "/inbox", read, inboxParameters, a.listInbox},
		{post, "/inbox/:id/retry", orders, nil, a.retryItem},
		{post, "/inbox/:id/dismiss", orders, nil, a.dismissItem},
		{post, "/agreements", orders, nil, a.createAgreement},
		{get, "/agreements", read, agreementParameters, a.listAgreements},
		{get, "/agreements/:id", read, nil, a.showAgreement},
		{post, "/agreements/:id/sign", orders, nil, a.signAgreement},
		{post, "/agreements/:id/end", orders, nil, a.endAgreement},
		{post, "/agreements/:id/resolve", orders, nil, a.resolveAgreement},
		{post, "/sessions/revoke", admin, nil, a.revokeSessions},
		{get, "/wallets", read, nil, a.listWallets},
	}
}
