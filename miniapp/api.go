package miniapp

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/signing"
)

// Config is what the API is made of. Tokens is required; the zero value of the rest
// is useful.
type Config struct {
	Tokens *signing.Tokens
	// Origins are the web origins whose scripts may call the API, each as a browser
	// sends it: "https://shop.example". "*" is every origin, which is safe because
	// the API uses no cookies. None: only pages of the server's own origin may.
	Origins   []string
	PublicURL string        // the base of the types of problems; relative when empty
	Limiter   Limiter       // nil: no limits
	Counter   limit.Counter // of requests that limits refuse; may be nil
	Held      *web.Held     // answers that are held back; nil: as many as limit.PlaceLimits has
	// SignedIn is called after each attempt of a payer to sign in, for metrics: by a method
	// of SignIns, with the fault that refused it. It must not block.
	SignedIn func(method string, err error)
	// Opened is called after each session that was opened, for metrics. It must not block.
	Opened func(app string, guest bool)
	Nonces Nonces // nil: only the wallet refuses an auth code that was used
	// Payer returns the payer of a request for a session without an auth code, as the host's
	// own session identifies them; no ID: the host does not know them, and the payer is a
	// guest. Wallet is the wallet that has issued the ID; without it the ID is the host's
	// own, which is sent to no wallet. A fault is the answer. nil: all are guests.
	// Browsers send the host's cookies from pages of its own site only, and let no page of
	// another origin read the answer.
	Payer func(*http.Request) (bridge.Payer, error)
	// Revoked reports whether a session was revoked. It is called on every request and reads
	// memory only; nil: no session is revoked.
	Revoked func(signing.Session) bool
	Log     *slog.Logger
	Now     func() time.Time
	// Heartbeat is the time between two heartbeats of a stream without events; 15 s when zero.
	Heartbeat time.Duration
}

// API is the client API over an engine.
type API struct {
	engine    Engine
	tokens    *signing.Tokens
	problems  problem.Renderer
	origins   origins
	gate      *limit.Gate
	held      *web.Held
	opened    func(app string, guest bool)
	signedIn  func(method string, err error)
	nonces    Nonces
	payer     func(*http.Request) (bridge.Payer, error)
	revoked   func(signing.Session) bool
	log       *slog.Logger
	now       func() time.Time
	heartbeat time.Duration
	receipts  receipts
}

// New returns the API. It panics without Tokens.
func New(engine Engine, config Config) *API {
	if config.Tokens == nil {
		panic("miniapp: Config.Tokens is required")
	}
	a := &API{
		engine: engine, tokens: config.Tokens, origins: newOrigins(config.Origins),
		held: config.Held, opened: config.Opened, signedIn: config.SignedIn, nonces: config.Nonces, payer: config.Payer, revoked: config.Revoked,
		log: config.Log, now: config.Now, heartbeat: config.Heartbeat,
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.revoked == nil {
		a.revoked = func(signing.Session) bool { return false }
	}
	if a.signedIn == nil {
		a.signedIn = func(string, error) {}
	}
	if a.opened == nil {
		a.opened = func(string, bool) {}
	}
	if a.heartbeat == 0 {
		a.heartbeat = 15 * time.Second
	}
	if a.held == nil {
		a.held = web.NewHeld(limit.NewPlaces(limit.PlaceLimits{}, config.Counter))
	}
	a.gate = limit.NewGate(config.Limiter, config.Counter, a.log, a.now)
	a.problems = problem.Renderer{Base: config.PublicURL, Log: a.log}
	return a
}

// Mount adds the API's routes to a group, such as router.Group("/miniapp/v1"). The caller
// wraps the router in Wrap.
func (a *API) Mount(group *gin.RouterGroup) {
	group.POST("/sessions", web.Handle(a.problems, a.createSession))
	group.GET("/catalog", web.Handle(a.problems, a.showCatalog))
	group.POST("/orders", web.Handle(a.problems, a.createOrder))
	group.GET("/orders/:id", web.Handle(a.problems, a.showOrder))
	group.GET("/orders/:id/stream", web.Handle(a.problems, a.streamOrder))
	group.POST("/orders/:id/payments", web.Handle(a.problems, a.createPayment))
	group.POST("/orders/:id/result", web.Handle(a.problems, a.takeResult))
	group.POST("/orders/:id/cancel", web.Handle(a.problems, a.cancelOrder))
}

// Wrap adds CORS and the envelope to every answer, also to those without a route. The
// caller wraps it in problem.Identify.
func (a *API) Wrap(next http.Handler) http.Handler {
	return a.held.Watch(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.origins.mark(w.Header(), r)
		switch {
		case isPreflight(r):
			a.answerPreflight(w, r)
		case r.Header.Get(envelopeHeader) == "1":
			e := &envelope{ResponseWriter: w}
			next.ServeHTTP(e, r)
			e.seal()
		default:
			next.ServeHTTP(w, r)
		}
	}))
}
