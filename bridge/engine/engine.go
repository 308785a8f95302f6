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
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Config is what an engine is made of. Store and Wallets are required.
type Config struct {
	Store   Store
	Wallets map[string]wallet.Wallet // by configured name
	// Apps are the mini programs served. None: one app called "default" that has
	// every wallet and allows guests only when Pricer is set.
	Apps []App
	// Pricer is for the app that is made when Apps is empty.
	Pricer pricing.Pricer
	// PublicURL is how wallets and browsers reach this server, without a slash at
	// the end: "https://pay.example/till".
	PublicURL string
	// Sealer hides kept answers and the tokens of agreements from whoever can read the
	// store. Without it there are no agreements, and answers are kept in clear. Every node
	// has the same.
	Sealer bridge.Sealer
	Feed   Feed // wakes waiters of other nodes; nil for a single node
	// Now is the clock. The clocks of all nodes agree within 30 s: whether a wallet may
	// still execute a call is judged by the time since it was sent. time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
	// Alarm is called after a commit that put messages of an app into the outbox, so
	// that they need not wait to be found. It must not block.
	Alarm func(app string)
	// Random makes order ids that nobody can guess; crypto/rand when nil. Only a
	// simulation that must run the same way twice sets it.
	Random io.Reader
	// CallTimeout bounds one call to a wallet; 20 s when zero. A call that takes
	// longer has an unknown outcome.
	CallTimeout time.Duration
	// CallsPerWallet bounds the calls to one wallet that are under way at once; 256
	// when zero. Beyond it calls are refused at once, so that a wallet that hangs
	// holds up nobody else.
	CallsPerWallet int
}

// Feed carries wake-ups between nodes. It may lose any of them: whoever waits also
// polls, slowly.
type Feed interface {
	Publish(ids ...bridge.OrderID)
	// Subscribe calls wake for what other nodes publish, until ctx ends.
	Subscribe(ctx context.Context, wake func(bridge.OrderID)) error
	Healthy() bool
}

// Engine turns requests, notifications and the passing of time into orders that end.
// All its methods may be called by many goroutines at once.
type Engine struct {
	*agreement.Service         // creates, signs and ends agreements
	charges            charges // charges them

	store   Store
	apps    map[string]*App
	wallets outbound.Wallets
	public  string
	now     func() time.Time
	log     *slog.Logger
	random  io.Reader
	sealer  bridge.Sealer
	alarm   func(app string)
	timeout time.Duration
	feed    Feed
	waiters *waiters
	asks    *asks
	// endpoints are the merchants' webhook endpoints by app, as last read.
	endpoints atomic.Pointer[knownEndpoints]
	subs      subscriptions
	epoch     atomic.Int64 // of the store; see Restoration
	holding   atomic.Bool  // money out is held since the store was restored, as last read

	probe     probe
	draining  chan struct{} // closed when the server is about to stop
	drainOnce sync.Once
}

// New returns an engine. It refuses a configuration in which an order could never
// end or a name means two things, and reports all mistakes together.
func New(config Config) (*Engine, error) {
	e := &Engine{
		store: config.Store, sealer: config.Sealer, feed: config.Feed, now: config.Now, log: config.Log, random: config.Random, alarm: config.Alarm,
		public: strings.TrimSuffix(config.PublicURL, "/"), timeout: config.CallTimeout,
		apps: map[string]*App{}, wallets: outbound.Wallets{},
		waiters: newWaiters(), probe: newProbe(), draining: make(chan struct{}),
	}
	e.asks = newAsks(func(p any) { e.panicked(context.Background(), "", p) })
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
		return fmt.Errorf("wallet %q: a name is 1 to %d of a-z, 0-9, - and _", name, bridge.MaxName)
	}
	if !outbound.Can[wallet.Querier](w) && !outbound.Can[wallet.Notifier](w) {
		return fmt.Errorf("wallet %q neither notifies nor can be asked: its orders would never end", name)
	}
	e.wallets[name] = outbound.Open(name, w, cmp.Or(slots, 256), e.timeout, e.now, e.log)
	return nil
}

func (e *Engine) addApp(app App) error {
	if !validName(app.Name) {
		return fmt.Errorf("app %q: a name is 1 to %d of a-z, 0-9, - and _", app.Name, bridge.MaxName)
	}
	if e.apps[app.Name] != nil {
		return fmt.Errorf("app %q is there twice", app.Name)
	}
	if len(app.Wallets) == 0 {
		return fmt.Errorf("app %q has no wallet", app.Name)
	}
	if i := slices.IndexFunc(app.Endpoints, IsSubscription); i >= 0 {
		return fmt.Errorf("app %q: the webhook endpoint %q has the name of a subscription", app.Name, app.Endpoints[i])
	}
	for _, name := range app.Wallets {
		t := e.wallets[name]
		if t == nil {
			return fmt.Errorf("app %q: there is no wallet %q", app.Name, name)
		}
		if t.App != "" {
			return fmt.Errorf("wallet %q belongs to the apps %q and %q; it must tell its app", name, t.App, app.Name)
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
	return s != "" && len(s) <= bridge.MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
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

// walletsOf is an app's name and its wallets.
func (e *Engine) walletsOf(name string) (app string, wallets []string, err error) {
	a, err := e.App(name)
	if err != nil {
		return "", nil, err
	}
	return a.Name, a.Wallets, nil
}

// AppOfWallet returns the app whose wallet it is. An empty name means the only
// app's first wallet; the wallet's name is returned as well.
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
func (e *Engine) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	return e.store.Order(ctx, id)
}

// Events returns an order's events after a sequence, oldest first.
func (e *Engine) Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error) {
	return e.store.Events(ctx, id, after)
}

// pace is that of the order's newest payment's wallet.
func (e *Engine) pace(o *bridge.Order) wallet.Pace {
	if p := o.LastPayment(); p != nil && e.wallets[p.Wallet] != nil {
		return e.wallets[p.Wallet].Pace
	}
	return wallet.Pace{}
}

// clock is now as everything is stored: UTC, in milliseconds.
func (e *Engine) clock() time.Time { return e.now().UTC().Truncate(time.Millisecond) }

// update runs change on an order in one transaction, then wakes waiting long polls and
// the webhook deliverer. When the webhook endpoints have changed since this node has read
// them, it reads them and runs change again.
func (e *Engine) update(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	for {
		var changed, told bool
		order, err := e.store.UpdateOrder(ctx, id, func(c *bridge.Change) error {
			changed, told = false, false
			c.Begin(e.epochNow(), actorOf(ctx))
			if err := change(c); err != nil {
				return err
			}
			if err := e.finish(c); err != nil {
				return err
			}
			changed, told = len(c.Events) > 0, len(c.Messages) > 0
			return nil
		})
		if errors.Is(err, errOldEndpoints) {
			if err := e.loadEndpoints(ctx); err != nil {
				return order, err
			}
			continue
		}
		if err == nil && changed {
			e.wake(id)
		}
		if err == nil && told {
			e.tell(order.App)
		}
		return order, err
	}
}
