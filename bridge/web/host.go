package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// hosts are the http.Servers that serve a Held.
type hosts struct{ seen sync.Map } // of *host, by *http.Server

// host is one http.Server. Its context ends when the server shuts down.
type host struct {
	server *http.Server
	ctx    context.Context
}

// of returns the server of a request, and registers for its Shutdown at the first
// request. A request without a server, such as a test's, has an empty host.
func (s *hosts) of(r *http.Request) *host {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return &host{}
	}
	if known, ok := s.seen.Load(server); ok {
		return known.(*host)
	}
	ctx, stop := context.WithCancel(context.Background())
	known, loaded := s.seen.LoadOrStore(server, &host{server, ctx})
	if loaded {
		stop()
	} else {
		server.RegisterOnShutdown(stop)
	}
	return known.(*host)
}

// bound returns a context that ends with ctx, when the host shuts down, and at half of the
// time that the host leaves for the answer, so that the answer can still be written.
func (h *host) bound(ctx context.Context, w http.ResponseWriter) (context.Context, context.CancelFunc) {
	if h.server == nil {
		return ctx, func() {}
	}
	limited, end := ctx, func() {}
	if left := h.timeLeft(ctx, w); left > 0 {
		limited, end = context.WithTimeout(ctx, left/2)
	}
	held, cancel := context.WithCancel(limited)
	stop := context.AfterFunc(h.ctx, cancel)
	return held, func() { stop(); cancel(); end() }
}

// timeLeft is the time until the host gives the answer up: by its WriteTimeout, where w has
// no deadline to move, or by a deadline of the request, as http.TimeoutHandler sets. Zero
// is no limit.
func (h *host) timeLeft(ctx context.Context, w http.ResponseWriter) (left time.Duration) {
	if !hasDeadlines(w) {
		left = h.server.WriteTimeout
	}
	if deadline, ok := ctx.Deadline(); ok && (left <= 0 || time.Until(deadline) < left) {
		left = time.Until(deadline)
	}
	return left
}

// hasDeadlines reports whether the write deadline of w's connection can be moved: w is the
// server's own, or every writer around it has Unwrap.
func hasDeadlines(w http.ResponseWriter) bool {
	_, ok := innermost(w).(interface{ SetWriteDeadline(time.Time) error })
	return ok
}

// Controller returns the controller of an answer. It goes around Gin's writer, which
// does not flush a wrapper that has Unwrap and no Flush.
func Controller(c *gin.Context) *http.ResponseController {
	var w http.ResponseWriter = c.Writer
	if outer, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		w = outer.Unwrap()
	}
	return http.NewResponseController(w)
}

// CanStream reports whether what is written to w reaches the caller before the answer ends.
func CanStream(w http.ResponseWriter) bool {
	switch innermost(w).(type) {
	case http.Flusher, interface{ FlushError() error }:
		return true
	}
	return false
}

// innermost unwraps w as http.ResponseController does. Gin's writer and the wrappers of
// middleware have the methods of writers whether the writer below has them or not.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}
