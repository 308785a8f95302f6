package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/pins"
	"github.com/minitill/minitill/bridge/revocation"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/redisstore"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/traces"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/internal/conns"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// issuer is in every token. It is not the public URL, which may change while tokens and
// receipts are valid.
const issuer = "minitill"

// options are what a node is started with.
type options struct {
	listen, data string
	config       *config // nil: the sandbox
	sdk          fs.FS
	log          *slog.Logger

	counter limit.Counter   // counts what limits refuse, for metrics; may be nil
	hurry   <-chan struct{} // closed at the second signal to stop; may be nil

	// The next are for tests that keep the provider in another process.
	provider    *sandbox.Config
	expiry      time.Duration
	callTimeout time.Duration
	skew        time.Duration // how far this process's clock is ahead, for tests
}

// node is everything that runs in this process.
type node struct {
	public  string // how wallets and browsers reach us
	data    string
	maxBody int64
	log     *slog.Logger
	engine  *engine.Engine
	server  *server.Server
	handler http.Handler
	loops   []func(context.Context) error
	closers []func() error // closed in reverse
	clock   *clock
	proxies limit.Proxies
	conns   conns.Limits
	counter limit.Counter
	spans   func(outcome string, spans int) // counts what becomes of spans
	tracer  *traces.Tracer                  // nil while traces are off
	metrics *metrics.Metrics                // nil where there is no admin listener
	admin   net.Listener                    // nil where there is none
	first   string                          // the console's link of a first start; empty: there is none
	operate string                          // where the console is; empty while it is off
	stops   atomic.Bool                     // shutting down: no answer is held any more
	leaving atomic.Bool                     // told to stop: connections end after their next answer
	wait    time.Duration                   // between the signal to stop and the closing of the listener
	hurry   <-chan struct{}                 // ends wait; may be nil
	vitals  *console.Vitals                 // of the page of wallets

	merchant    *merchant.API
	revocations *revocation.Book
	exposed     bool // to other machines
}

// newNode builds a node from its configuration.
func newNode(ctx context.Context, o options, public string) (*node, error) {
	n := &node{
		public: public, data: o.data, maxBody: o.config.Limits.Body, log: o.log, counter: o.counter, exposed: o.config.exposed(),
		wait: o.config.Server.Drain, hurry: o.hurry, spans: func(string, int) {},
	}
	if err := n.build(ctx, o); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *node) build(ctx context.Context, o options) error {
	store, err := o.config.openStore(ctx)
	if err != nil {
		return err
	}
	n.closeLater(store.Close)
	if err := n.addTraces(ctx, o.config, store); err != nil {
		return err
	}
	if err := n.listenAdmin(&o.config.Server); err != nil {
		return err
	}
	if n.clock, err = skewedClock(ctx, store, n.log, o.skew); err != nil {
		return err
	}
	n.loops = append(n.loops, n.clock.Run)
	settings := o.config.Redis
	settings.Log = n.log
	redis, err := redisstore.Open(ctx, settings)
	if err != nil {
		return err
	}
	n.closeLater(redis.Close)
	m, err := n.merchants(o, store)
	if err != nil {
		return err
	}
	n.addMetrics(m, store, o.config.keepsFiles())
	n.addRetention(o, store, m)
	k, err := n.keys(ctx, store, o.config.Keys)
	if err != nil {
		return err
	}
	if n.revocations, err = revocation.Open(ctx, revocation.Config{Store: store, SessionTTL: k.tokens.SessionTTL(), Log: n.log, Now: n.clock.Now}); err != nil {
		return err
	}
	n.loops = append(n.loops, n.revocations.Run)
	d, err := n.addDeliverer(o, store, k.sealer)
	if err != nil {
		return err
	}
	if err := n.addEngine(o, store, redis, m, d, k.sealer); err != nil {
		return err
	}
	if n.proxies, err = limit.ParseProxies(o.config.Server.TrustedProxies); err != nil {
		return err
	}
	n.merchant = n.merchantAPI(o, store, k, d, newLimits(redis, o.config.Limits))
	n.loops = append(n.loops, n.merchant.Run)
	n.addServer(o, k, redis, m)
	if err := n.addConsole(ctx, o, store, k, m, d); err != nil {
		return err
	}
	if err := n.addNotices(o.config, store, m); err != nil {
		return err
	}
	n.addAdmin(&o.config.Server, redisHealth(o.config, redis))
	if o.config.Sandbox {
		return n.leaveKey(ctx, store)
	}
	return nil
}

// openStore opens the database. It creates the data directory where there is one.
func (c *config) openStore(ctx context.Context) (database, error) {
	if c.keepsFiles() {
		if err := os.MkdirAll(string(c.Data), 0o700); err != nil {
			return nil, err
		}
	}
	if c.shared() {
		return postgres.Open(ctx, string(c.Store.URL.Reveal()))
	}
	return sqlite.Open(ctx, c.database())
}

// merchants are the apps that are served and their wallets.
type merchants struct {
	apps    []engine.App
	wallets map[string]wallet.Wallet
	sandbox *sandboxed // nil where there is none
}

// merchants opens the configured wallets, which keep in the store what must survive a restart.
func (n *node) merchants(o options, store store.Documents) (*merchants, error) {
	m := &merchants{wallets: map[string]wallet.Wallet{}}
	for name, c := range o.config.Wallets {
		w, err := c.open(wallet.Env{Name: name, HTTP: n.walletClient(name), Log: n.log, Pins: pins.New(store, n.clock.Now)})
		if err != nil {
			return nil, err
		}
		m.wallets[name] = w
	}
	for _, name := range slices.Sorted(maps.Keys(o.config.Apps)) {
		c := o.config.Apps[name]
		app := c.app(name)
		if c.Quote.URL != "" {
			asker, err := c.Quote.asker()
			if err != nil {
				return nil, err
			}
			app.Pricer = asker
		}
		m.apps = append(m.apps, app)
	}
	if !o.config.Sandbox {
		return m, nil
	}
	s, err := n.addSandbox(o)
	if err != nil {
		return nil, err
	}
	m.apps, m.wallets[sandboxWallet], m.sandbox = append(m.apps, s.app), s.wallet, s
	return m, nil
}

func (n *node) addEngine(o options, store database, redis *redisstore.Store, m *merchants, d *webhook.Deliverer, sealer *signing.Sealer) (err error) {
	config := engine.Config{
		Store: n.engineStore(store), PublicURL: n.public, Log: n.log, CallTimeout: o.callTimeout,
		Wallets: m.wallets, Apps: m.apps, Alarm: d.Wake, Sealer: sealer, Now: n.clock.Now, KeepAnswers: o.config.Retention.Answers,
	}
	if !o.config.Redis.Embedded() { // else there is no other node to notify
		config.Feed = redis
	}
	config.Observer = n.observer()
	if n.tracer != nil {
		config.Tracer = n.tracer
	}
	n.engine, err = engine.New(config)
	if err == nil {
		n.loops = append(n.loops, n.engine.Run)
	}
	return err
}

// keys sign the tokens of this installation, and encrypt stored secrets.
type keys struct {
	tokens *signing.Tokens
	sealer *signing.Sealer
}

// keys returns the keys of the configured keyring, or of the generated one.
func (n *node) keys(ctx context.Context, store store.Documents, document signing.Secret) (k keys, err error) {
	kept, err := keepKeys(ctx, store, document, n.data, n.log, n.clock.Now)
	if err != nil {
		return k, err
	}
	n.loops = append(n.loops, kept.Run)
	settings := kept.ring.Config(issuer)
	settings.Now = n.clock.Now
	if k.tokens, err = signing.NewTokens(settings); err != nil {
		return k, err
	}
	k.sealer, err = kept.ring.Sealer()
	return k, err
}

func (n *node) addServer(o options, k keys, redis *redisstore.Store, m *merchants) {
	n.conns = o.config.Limits.connectionLimits(descriptors())
	o.config.Limits.warnOfDescriptors(n.conns, descriptors(), n.log)
	config := server.Config{
		Tokens: k.tokens, Merchant: n.merchant, PublicURL: n.public, Limiter: newLimits(redis, o.config.Limits), Counter: n.counter, Nonces: redis, Revoked: n.revocations.Revoked,
		Origins: o.config.origins(),
		Waits:   o.config.Limits.placeLimits(n.conns), Components: map[string]func() bool{"redis": redisHealth(o.config, redis)},
		FrameAncestors: o.config.Server.FrameAncestors, TrustedProxies: o.config.Server.TrustedProxies,
		SDK: o.sdk, Version: version(), Access: o.config.Log.Access, Log: n.log, Now: n.clock.Now,
	}
	if n.metrics != nil {
		config.Observe, config.Opened, config.SignedIn = n.metrics.Answered, n.metrics.Opened, n.metrics.SignedIn
	}
	if n.tracer != nil {
		config.Trace = n.tracer.Request
	}
	n.server = server.New(n.engine, config)
	n.handler = n.server
	if m.sandbox != nil {
		mux := http.NewServeMux()
		mux.Handle("/", n.server)
		m.sandbox.mount(mux, n, k.tokens)
		n.handler = mux
	}
}

// redisHealth returns what /readyz and the metrics report of Redis: with the embedded one
// the engine subscribes to no feed.
func redisHealth(c *config, redis *redisstore.Store) func() bool {
	if c.Redis.Embedded() {
		return redis.Reachable
	}
	return redis.Healthy
}

// origins returns the origins of all apps. A preflight request does not name its app; a
// call from a page of another app is refused once the token names the app.
func (c *config) origins() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		list = append(list, c.Apps[name].Origins...)
	}
	if len(c.Apps) == 0 { // a first page, which another program on this machine serves
		list = append(list, miniapp.LoopbackOrigins)
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func (n *node) closeLater(f func() error) { n.closers = append(n.closers, f) }

func (n *node) close() error {
	var faults []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		faults = append(faults, n.closers[i]())
	}
	n.closers = nil
	return errors.Join(faults...)
}
