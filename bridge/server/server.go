package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// Engine is what the server needs of *engine.Engine.
type Engine interface {
	miniapp.Engine
	Notify(ctx context.Context, walletName string, d wallet.Delivery) (wallet.Reply, error)
	Ready(ctx context.Context) error
}

var _ Engine = (*engine.Engine)(nil)

// Config is what a server is made of. Tokens is required; the zero value of the rest
// is useful.
type Config struct {
	Tokens *signing.Tokens
	// PublicURL is the engine's PublicURL: where wallets and browsers reach this server. Its
	// path is the prefix of every link and of the path that wallets sign. Empty: the prefix
	// under which the handler is mounted.
	PublicURL string
	// Origins are the web origins whose scripts may call the client API, of all apps; "*"
	// is all. Which of them belong to which app is engine.App.Origins.
	Origins []string
	// FrameAncestors are the CSP sources that may embed payers' pages in a frame.
	FrameAncestors []string
	// TrustedProxies are the addresses or networks whose X-Forwarded-For is trusted. No
	// other header is read for the caller's address.
	TrustedProxies []string
	Limiter        miniapp.Limiter
	// Waits bounds the long polls and event streams that are open at once.
	Waits   limit.PlaceLimits
	Counter limit.Counter // of requests that limits refuse; may be nil
	// Observe is called after each answer of the router, for metrics. It must not block.
	Observe func(Answer)
	// Trace begins the span of a request by its route; nil: there are no spans. The handlers
	// get the returned context, and the returned function ends the span.
	Trace func(r *http.Request, route, method string) (context.Context, func(Answer))
	// SignedIn is called after each attempt of a payer to sign in; see miniapp.Config.
	SignedIn func(method string, err error)
	// Opened is called after each session that was opened, for metrics. It must not block.
	Opened func(app string, guest bool)
	Nonces miniapp.Nonces
	// Payer returns the payer whom the host has signed in; see miniapp.Config.
	Payer func(*http.Request) (bridge.Payer, error)
	// Revoked reports whether a session was revoked; nil: none is.
	Revoked func(signing.Session) bool
	// Components are health checks of optional dependencies, by name, for /readyz.
	Components map[string]func() bool
	SDK        fs.FS // the built helper, at its root or in dist/; nil: none is served
	// Merchant is the merchant API, served at /v1; nil: none is served.
	Merchant *merchant.API
	Version  string
	// Access logs each request at info instead of debug.
	Access bool
	Log    *slog.Logger
	Now    func() time.Time
}

// Server is the http.Handler of Minitill.
type Server struct {
	engine   Engine
	api      *miniapp.API
	tokens   *signing.Tokens
	problems problem.Renderer
	log      *slog.Logger
	now      func() time.Time
	public   string // without a slash at the end
	path     string // of the public URL
	frames   []string
	version  string
	access   slog.Level
	observe  func(Answer)
	trace    func(r *http.Request, route, method string) (context.Context, func(Answer))
	router   *gin.Engine
	handler  http.Handler
	retired  atomic.Bool
	proxies  limit.Proxies
	gate     *limit.Gate
	held     *web.Held
	parts    map[string]func() bool
	warned   sync.Once // that an unknown proxy is before the server
}

// New returns the handler over engine. It panics without Tokens and for a PublicURL or
// TrustedProxies that cannot be parsed.
func New(engine Engine, config Config) *Server {
	if config.Tokens == nil {
		panic("server: Config.Tokens is required")
	}
	s := &Server{
		engine: engine, tokens: config.Tokens, log: config.Log, now: config.Now, observe: config.Observe, trace: config.Trace,
		frames: config.FrameAncestors, version: config.Version,
		held: web.NewHeld(limit.NewPlaces(config.Waits, config.Counter)), parts: config.Components,
	}
	if s.access = slog.LevelDebug; config.Access {
		s.access = slog.LevelInfo
	}
	s.defaults()
	s.trust(config.TrustedProxies)
	s.gate = limit.NewGate(config.Limiter, config.Counter, s.log, s.now)
	s.place(config.PublicURL)
	s.problems = problem.Renderer{Base: s.public, Log: s.log}
	s.api = miniapp.New(engine, miniapp.Config{
		Tokens: config.Tokens, Origins: config.Origins, PublicURL: s.public,
		Limiter: config.Limiter, Counter: config.Counter, Held: s.held, Opened: config.Opened, SignedIn: config.SignedIn, Nonces: config.Nonces, Payer: config.Payer, Revoked: config.Revoked, Log: s.log, Now: s.now,
	})
	s.router = s.newRouter()
	s.mount(config.SDK)
	if config.Merchant != nil {
		config.Merchant.Mount(s.router.Group("/v1"))
	}
	s.handler = problem.Identify(s.proxies.Resolve(s.split(s.api.Wrap(s.router), s.held.Watch(s.router))))
	return s
}

func (s *Server) defaults() {
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
}

func (s *Server) trust(proxies []string) {
	var err error
	if s.proxies, err = limit.ParseProxies(proxies); err != nil {
		panic(fmt.Sprintf("server: TrustedProxies: %v", err))
	}
}

// place stores the public URL and its path.
func (s *Server) place(public string) {
	u, err := url.Parse(public)
	if err != nil || public != "" && u.Host == "" || u.RawQuery != "" {
		panic(fmt.Sprintf("server: the public URL %q must be http(s)://host[/path]", public))
	}
	s.public = strings.TrimSuffix(public, "/")
	s.path = strings.TrimSuffix(u.EscapedPath(), "/")
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Retire makes /readyz answer 503 from now on, so that a load balancer sends no new
// callers. Call it when the process receives the signal to stop, before the listener closes.
func (s *Server) Retire() { s.retired.Store(true) }

// Routes returns the routes that are served, for documentation and tests.
func (s *Server) Routes() gin.RoutesInfo { return s.router.Routes() }

// split sends requests for the client API to api, and all others to rest.
func (s *Server) split(api, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/miniapp/") {
			api.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}
