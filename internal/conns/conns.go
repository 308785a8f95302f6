package conns

import (
	"cmp"
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
)

// Config is the configuration of a Server. Handler, Limits and Body are required.
type Config struct {
	Handler http.Handler
	Limits  Limits
	Body    int64 // bytes of a request
	Times   Times
	// Proxies are trusted to name the caller. Their own addresses have no limit of
	// connections.
	Proxies limit.Proxies
	// Kept reports whether Limits.Room is reserved for a path.
	Kept     func(path string) bool
	Problems problem.Renderer
	Counter  limit.Counter // of refused connections and requests; may be nil
	Log      *slog.Logger
}

// Limits bounds concurrency.
type Limits struct {
	Connections int // in all
	Room        int // of Connections, reserved for requests to kept paths
	PerAddress  int // connections, and three quarters of it requests, of one address
}

// Times are the deadlines of a connection. Zero is the default.
type Times struct {
	Header time.Duration // to send a request's header; 5 s
	Read   time.Duration // to send the whole request; 30 s
	Write  time.Duration // from the request's header to the end of the answer; 90 s
	Idle   time.Duration // between two requests; 2 min
	Grace  time.Duration // of the peer, at shutdown; 2 s
}

func (t Times) withDefaults() Times {
	return Times{
		Header: cmp.Or(t.Header, 5*time.Second), Read: cmp.Or(t.Read, 30*time.Second),
		Write: cmp.Or(t.Write, 90*time.Second), Idle: cmp.Or(t.Idle, 2*time.Minute),
		Grace: cmp.Or(t.Grace, 2*time.Second),
	}
}

// maxHeader bounds the header of a request, in bytes.
const maxHeader = 16 << 10

// Server is an HTTP server with limits.
type Server struct {
	config Config
	http   *http.Server
	stopBy atomic.Int64 // in Unix nanoseconds, once it stops

	parked   sync.WaitGroup  // requests
	waits    context.Context // of parked requests
	endWaits context.CancelFunc

	mu        sync.Mutex
	open      map[*conn]struct{}
	waiting   list.List // of *conn, the longest idle first
	addresses map[string]*address
	running   int // requests
	logged    throttle
}

// address is the counts of one address.
type address struct {
	open    int
	running int
	waiting list.List // of *conn, the longest first
}

// New returns a server. Serve starts it.
func New(config Config) *Server {
	config.Times = config.Times.withDefaults()
	s := &Server{config: config, open: map[*conn]struct{}{}, addresses: map[string]*address{}}
	s.waits, s.endWaits = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s.guard(config.Handler), ConnContext: withConn,
		ReadHeaderTimeout: config.Times.Header, ReadTimeout: config.Times.Read,
		WriteTimeout: config.Times.Write, IdleTimeout: config.Times.Idle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug),
	}
	return s
}

// Serve accepts connections until Shutdown, then returns http.ErrServerClosed.
func (s *Server) Serve(l net.Listener) error { return s.http.Serve(&listener{l, s}) }

func (s *Server) refused(name limit.Name) {
	if s.config.Counter != nil {
		s.config.Counter.Refused(name)
	}
}
