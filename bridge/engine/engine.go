package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Config configures an engine. Store, Wallets and PublicURL are required.
type Config struct {
	Store   Store
	Wallets map[string]wallet.Wallet // by configured name
	// Apps are the mini programs served. None: one app called "default" that has
	// every wallet and allows guests only when Pricer is set.
	Apps []App
	// Pricer is the Pricer of the default app, when Apps is empty.
	Pricer pricing.Pricer
	// PublicURL is how wallets and browsers reach this server, without a slash at
	// the end: "https://pay.example/till".
	PublicURL string
	// Sealer encrypts stored answers and tokens, so that a copy of the store does not reveal
	// them. Without it there are no agreements, and answers are stored in clear. Every node
	// has the same.
	Sealer bridge.Sealer
	Feed   Feed // notifies waiters on other nodes; nil for a single node
	// Now is the clock; time.Now when nil. The clocks of all nodes must agree within 30 s:
	// the time since a call decides whether a wallet may still execute it.
	Now func() time.Time
	Log *slog.Logger
	// Alarm is called after a commit that put messages of an app into the outbox, so that
	// the dispatcher sends them at once and not at its next poll. It must not block.
	Alarm func(app string)
	// Observer is notified of what the engine does, for metrics; nil: nothing is.
	Observer Observer
	// Tracer begins the spans of what the engine does; nil: there are none.
	Tracer Tracer
	// Random is the source of ids that cannot be guessed; crypto/rand when nil. Only a
	// simulation that must be reproducible sets it.
	Random io.Reader
	// CallTimeout bounds one call to a wallet; 20 s when zero. A call that takes
	// longer has an unknown outcome.
	CallTimeout time.Duration
	// CallsPerWallet bounds the concurrent calls to one wallet; wallet.MaxCalls when zero.
	// An eighth of them may be status queries of due orders. Calls above
	// it fail at once with Unavailable, so that a slow wallet does not block the others.
	CallsPerWallet int
	// KeepAnswers is how long the answer to an idempotency key is replayed; 48 hours when zero.
	// A later repeat gets the order as it is then.
	KeepAnswers time.Duration
}

// Feed notifies other nodes of the orders that have changed. It may lose messages: Wait also polls,
// slowly.
type Feed interface {
	// Publish notifies the other nodes that these orders have changed. It does not block.
	Publish(ids ...bridge.OrderID)
	// Subscribe calls notify for each order that another node publishes, until ctx ends.
	Subscribe(ctx context.Context, notify func(bridge.OrderID)) error
	// Healthy reports whether messages of other nodes arrive at present.
	Healthy() bool
}

// Engine creates orders, moves their money at the wallets, and makes every order end. All
// its methods may be called by many goroutines at once.
type Engine struct {
	*agreement.Service         // creates, signs and ends agreements
	charges            charges // charges orders by agreements

	store   Store
	apps    map[string]*App
	wallets outbound.Wallets
	public  string
	now     func() time.Time
	log     *slog.Logger
	random  io.Reader
	sealer  bridge.Sealer
	alarm   func(app string)
	watch   Observer
	tracer  Tracer
	timeout time.Duration

	keepAnswers time.Duration

	feed    Feed
	waiters *waiters
	queries *sharedQueries
	// endpoints are the merchants' webhook endpoints by app, as last read.
	endpoints   atomic.Pointer[knownEndpoints]
	subs        subscriptions
	epoch       atomic.Int64 // of the store; see Restoration
	payoutsHeld atomic.Bool  // no refund may be sent since the store was restored, as last read
	limited     bool         // an app has limits above which refunds wait for approval

	probe     probe
	draining  chan struct{} // closed when the server is about to stop
	drainOnce sync.Once
}

// New returns an engine. It refuses a configuration in which an order could never end or a
// name is ambiguous, and reports all mistakes together. It reads the webhook endpoints from
// the store, and starts nothing; see Run.
func New(config Config) (*Engine, error) {
	e := &Engine{
		store: config.Store, sealer: config.Sealer, feed: config.Feed, now: config.Now, log: config.Log, random: config.Random, alarm: config.Alarm, watch: config.Observer, tracer: config.Tracer,
		public: strings.TrimSuffix(config.PublicURL, "/"), timeout: config.CallTimeout, keepAnswers: cmp.Or(config.KeepAnswers, keepAnswers),
		apps: map[string]*App{}, wallets: outbound.Wallets{},
		waiters: newWaiters(), probe: newProbe(), draining: make(chan struct{}),
	}
	e.queries = newSharedQueries(func(p any) { e.panicked(context.Background(), "", p) })
	e.defaults()
	e.Service = agreement.New(agreement.Config{
		Store: e.store, Wallets: e.wallets, Sealer: e.sealer, App: e.walletsOf, PublicURL: e.public,
		Clock: e.clock, Random: e.random, Timeout: e.timeout, Log: e.log,
	})
	e.charges = agreement.ChargesOf(e.Service)
	mistakes := []error{e.checkBasics(config)}
	for name, w := range config.Wallets {
		mistakes = append(mistakes, e.addWallet(name, w, config.CallsPerWallet))
	}
	for _, app := range appsOf(config) {
		mistakes = append(mistakes, e.addApp(app))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := e.loadEndpoints(context.Background()); err != nil {
		return nil, fmt.Errorf("engine: the webhook endpoints cannot be read: %w", err)
	}
	if err := e.loadRestoration(context.Background()); err != nil {
		return nil, fmt.Errorf("engine: whether the store was restored cannot be read: %w", err)
	}
	return e, nil
}

func (e *Engine) defaults() {
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.alarm == nil {
		e.alarm = func(string) {}
	}
	if e.random == nil {
		e.random = rand.Reader
	}
	if e.timeout == 0 {
		e.timeout = 20 * time.Second
	}
}

func (e *Engine) checkBasics(config Config) error {
	var mistakes []error
	if config.Store == nil {
		mistakes = append(mistakes, errors.New("a store is required"))
	}
	if len(config.Wallets) == 0 {
		mistakes = append(mistakes, errors.New("at least one wallet is required"))
	}
	if u, err := url.Parse(e.public); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" {
		mistakes = append(mistakes, fmt.Errorf("the public URL %q must be http(s)://host[/path]", config.PublicURL))
	}
	return errors.Join(mistakes...)
}

func (e *Engine) addWallet(name string, w wallet.Wallet, slots int) error {
	if !validName(name) {
		return fmt.Errorf("wallet %q: a name is 1 to %d of a-z, 0-9, - and _", name, input.MaxName)
	}
	if !outbound.Can[wallet.Querier](w) && !outbound.Can[wallet.Notifier](w) {
		return fmt.Errorf("wallet %q has neither notifications nor a status query: its orders would never end", name)
	}
	e.wallets[name] = outbound.Open(name, w, cmp.Or(slots, wallet.MaxCalls), e.timeout, e.now, e.log)
	if e.watch != nil {
		e.wallets[name].Observe = e.watch.Called
	}
	if e.tracer != nil {
		e.wallets[name].Trace = e.tracer.Call
	}
	return nil
}

func (e *Engine) addApp(app App) error {
	if !validName(app.Name) {
		return fmt.Errorf("app %q: a name is 1 to %d of a-z, 0-9, - and _", app.Name, input.MaxName)
	}
	if e.apps[app.Name] != nil {
		return fmt.Errorf("app %q is there twice", app.Name)
	}
	if len(app.Wallets) == 0 {
		return fmt.Errorf("app %q has no wallet", app.Name)
	}
	if i := slices.IndexFunc(app.Endpoints, isSubscription); i >= 0 {
		return fmt.Errorf("app %q: the webhook endpoint %q has the name of a subscription", app.Name, app.Endpoints[i])
	}
	for _, name := range app.Wallets {
		t := e.wallets[name]
		if t == nil {
			return fmt.Errorf("app %q: there is no wallet %q", app.Name, name)
		}
		if t.App != "" {
			return fmt.Errorf("wallet %q belongs to the apps %q and %q; a wallet belongs to one app", name, t.App, app.Name)
		}
		t.App = app.Name
	}
	if app.Expiry == 0 {
		app.Expiry = 15 * time.Minute
	}
	if app.Title == "" {
		app.Title = app.Name
	}
	e.apps[app.Name] = &app
	e.limited = e.limited || len(app.Approvals.Limits) > 0
	return nil
}

func appsOf(config Config) []App {
	if len(config.Apps) > 0 {
		return config.Apps
	}
	app := App{Name: "default", Pricer: config.Pricer, Guests: config.Pricer != nil}
	for name := range config.Wallets {
		app.Wallets = append(app.Wallets, name)
	}
	slices.Sort(app.Wallets)
	return []App{app}
}

func validName(s string) bool {
	return s != "" && len(s) <= input.MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// App returns the app of that name. An empty name means the only one there is.
//
// Faults: NotFound; Invalid for an empty name where there are several.
func (e *Engine) App(name string) (*App, error) {
	if name == "" && len(e.apps) == 1 {
		for _, app := range e.apps {
			return app, nil
		}
	}
	if name == "" {
		return nil, fault.InvalidField("engine.App", "app", "is required, since this server has several")
	}
	if app := e.apps[name]; app != nil {
		return app, nil
	}
	return nil, fault.New(fault.NotFound, "engine.App", "There is no such app.")
}

// walletsOf returns an app's name and its wallets, the default first.
func (e *Engine) walletsOf(name string) (app string, wallets []string, err error) {
	a, err := e.App(name)
	if err != nil {
		return "", nil, err
	}
	return a.Name, a.Wallets, nil
}

// AppOfWallet returns the app that a wallet belongs to, and the wallet's name. An empty name
// means the only app's first wallet.
//
// Faults: NotFound; Invalid for an empty name where there are several apps.
func (e *Engine) AppOfWallet(name string) (*App, string, error) {
	if name == "" {
		app, err := e.App("")
		if err != nil {
			return nil, "", fault.InvalidField("engine.AppOfWallet", "wallet", "is required")
		}
		return app, app.Wallets[0], nil
	}
	t := e.wallets[name]
	if t == nil {
		return nil, "", fault.New(fault.NotFound, "engine.AppOfWallet", "There is no such wallet.")
	}
	return e.apps[t.App], name, nil
}

// Order returns one order.
//
// Faults: NotFound.
func (e *Engine) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	return e.store.Order(ctx, id)
}

// Events returns an order's events after a sequence, oldest first.
//
// Faults: NotFound; Expired when events after that one were archived.
func (e *Engine) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	return e.store.Events(ctx, id, after)
}

// pace returns the pace of the wallet of the order's newest payment.
func (e *Engine) pace(o *bridge.Order) wallet.Pace {
	if p := o.LastPayment(); p != nil && e.wallets[p.Wallet] != nil {
		return e.wallets[p.Wallet].Pace
	}
	return wallet.Pace{}
}

// clock returns the time as it is stored: UTC, in milliseconds.
func (e *Engine) clock() time.Time { return e.now().UTC().Truncate(time.Millisecond) }

// update runs change on an order in one transaction, then notifies waiting long polls and
// the webhook dispatcher. When the webhook endpoints have changed since this node read them,
// it reads them and runs change again.
func (e *Engine) update(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	for {
		var changed, queued bool
		var last *bridge.Change
		order, err := e.store.UpdateOrder(ctx, id, func(c *bridge.Change) error {
			changed, queued, last = false, false, c
			c.Begin(e.epochNow(), actorOf(ctx))
			if err := change(c); err != nil {
				return err
			}
			if err := e.finish(c); err != nil {
				return err
			}
			changed, queued = len(c.Events) > 0, len(c.Messages) > 0
			return nil
		})
		if errors.Is(err, errStaleEndpoints) {
			if err := e.loadEndpoints(ctx); err != nil {
				return order, err
			}
			continue
		}
		if err == nil && changed {
			e.committed(ctx, last)
			e.notifyWaiters(id)
		}
		if err == nil && queued {
			e.wake(order.App)
		}
		return order, err
	}
}
