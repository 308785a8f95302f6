package console

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/design"
)

// Config is what the console is made of. Engine, Store and Operators are required; the zero
// value of the rest is useful.
type Config struct {
	Engine    Engine
	Store     Store // the engine's
	Operators *operator.Service
	Apps      []App
	// Index follows the store: it finds orders by payer, amount and rare filters, counts them,
	// and has the sums of the charts. nil: lists are the store's, and there are no charts.
	Index *index.Index
	// Finder finds orders for lists; nil: the store's lists, with what the index adds.
	Finder Finder
	// Sums are what the overview's charts show; nil: the index's.
	Sums Sums
	// Exports returns what an export reads, each time anew; nil: Store.
	Exports func() export.Source
	// PublicURL is where browsers reach the server, without the console's own path.
	PublicURL string
	// Configured are the addresses of the webhook endpoints that the configuration names.
	Configured map[store.EndpointKey]string
	// Vitals keeps the last calls to wallets; it is the engine's observer, or one of them. nil:
	// the page of wallets shows none.
	Vitals *Vitals
	// Settings are those of each wallet, without secrets.
	Settings map[string][]Setting
	// Sealer encrypts the secrets of webhook endpoints, as the merchant API's does; nil: none can
	// be created. CheckEndpointURL reports why an endpoint may not have an address; nil: those of
	// private networks are refused.
	Sealer           merchant.Sealer
	CheckEndpointURL func(url string) error
	// Networks are the addresses that may open the console; none: all.
	Networks []netip.Prefix
	// Provider signs operators in beside passwords; ProviderName is what its button says.
	Provider     Provider
	ProviderName string
	Log          *slog.Logger
	Now          func() time.Time
}

// App is an app as operators see it.
type App struct {
	Name, Title string
	Zone        *time.Location // of all times that are shown; nil: UTC
}

// Path is where the console is below the public URL.
const Path = "/console/"

// Console is the http.Handler of the operator's pages. It answers requests below Path.
type Console struct {
	engine     Engine
	store      Store
	documents  store.Documents
	operators  *operator.Service
	apps       []App
	names      []string     // of the apps
	index      *index.Index // may be nil
	finder     Finder
	sums       Sums
	public     string // the public URL, without a slash at the end
	base       string // Path as browsers see it
	origin     *http.CrossOriginProtection
	cookie     cookie
	configured map[store.EndpointKey]string
	vitals     *Vitals              // may be nil
	settings   map[string][]Setting // of wallets
	sealer     merchant.Sealer
	checkURL   func(string) error
	exports    *limit.Places        // that run
	source     func() export.Source // of exports
	networks   []netip.Prefix
	provider   Provider
	providerIs string // its name
	log        *slog.Logger
	now        func() time.Time
	handler    http.Handler
}

// New returns the console. It panics when a required member of Config is missing, and for a
// PublicURL that cannot be parsed.
func New(config Config) *Console {
	if config.Engine == nil || config.Store == nil || config.Operators == nil {
		panic("console: Config.Engine, Config.Store and Config.Operators are required")
	}
	u, err := url.Parse(config.PublicURL)
	if err != nil {
		panic(fmt.Sprintf("console: the public URL: %v", err))
	}
	c := &Console{
		engine: config.Engine, store: config.Store, documents: config.Store, operators: config.Operators, apps: slices.Clone(config.Apps),
		index: config.Index, finder: config.Finder, sums: config.Sums,
		public: strings.TrimSuffix(config.PublicURL, "/"), base: strings.TrimSuffix(u.EscapedPath(), "/") + Path, origin: protection(u), cookie: cookieFor(u),
		configured: config.Configured, vitals: config.Vitals, settings: config.Settings, sealer: config.Sealer, checkURL: config.CheckEndpointURL, exports: limit.NewPlaces(exportLimits, nil), source: config.Exports, networks: config.Networks,
		provider: config.Provider, providerIs: cmp.Or(config.ProviderName, "your organization"), log: config.Log, now: config.Now,
	}
	c.defaults()
	c.handler = problem.Identify(c.routes())
	return c
}

func (c *Console) defaults() {
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.checkURL == nil {
		c.checkURL = func(url string) error { return webhook.CheckURL(url, false) }
	}
	if c.source == nil {
		c.source = func() export.Source { return c.store }
	}
	c.useIndex()
	for i := range c.apps {
		app := &c.apps[i]
		app.Title, app.Zone = cmp.Or(app.Title, app.Name), cmp.Or(app.Zone, time.UTC)
		c.names = append(c.names, app.Name)
	}
}

// protection refuses requests that a page of another site made a browser send. A proxy may
// not pass the public host on, so the public origin counts as our own.
func protection(public *url.URL) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if public.Host != "" {
		_ = p.AddTrustedOrigin(public.Scheme + "://" + public.Host) // well formed: it was parsed
	}
	return p
}

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.accepts(limit.ConnAddress(r.RemoteAddr)) {
		http.NotFound(w, r)
		return
	}
	on, err := c.On(r.Context())
	switch {
	case err != nil:
		c.log.Error("console: the operators cannot be read; no operator can sign in meanwhile; check the database", "fault", err)
		http.Error(w, "The console is not available now.", http.StatusServiceUnavailable)
	case !on:
		http.NotFound(w, r)
	default:
		c.handler.ServeHTTP(w, r)
	}
}

// accepts reports whether an address may open the console.
func (c *Console) accepts(address netip.Addr) bool {
	within := func(n netip.Prefix) bool { return n.Contains(address) }
	return len(c.networks) == 0 || slices.ContainsFunc(c.networks, within)
}

// On reports whether an operator could sign in. Until then every address is answered with 404.
func (c *Console) On(ctx context.Context) (bool, error) {
	list, err := c.operators.Book.List(ctx)
	return len(list) > 0 || c.provider != nil || c.operators.HasFirstLink(), err
}

// app returns the app of a name.
func (c *Console) app(name string) *App {
	at := slices.IndexFunc(c.apps, func(a App) bool { return a.Name == name })
	if at < 0 {
		return &App{Name: name, Title: name, Zone: time.UTC}
	}
	return &c.apps[at]
}

// static serves stylesheets and scripts.
func (c *Console) static() http.Handler { return assets }

var assets = design.NewAssets(design.Files(), files)
