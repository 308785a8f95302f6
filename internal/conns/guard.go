package conns

import (
	"io"
	"net/http"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

// retryLater is the Retry-After of a refused request.
const retryLater = 2 * time.Second

// guard limits the requests that run at once, and the body of each.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := connOf(r.Context())
		key, again := c.unpark()
		if again && !s.stopTime().IsZero() {
			w.Header().Set("Connection", "close") // net/http is not told to stop before
		}
		if !again {
			c.enter(running)
			key = limit.Key(s.config.Proxies.Client(r))
			if err := s.begin(key, s.config.Kept(r.URL.Path)); err != nil {
				defer c.enter(waiting)
				s.refuse(w, r, err)
				return
			}
		}
		var parked *parking
		defer func() {
			if parked == nil {
				c.again = nil
				s.end(key)
				c.enter(waiting)
			}
		}()
		s.boundBody(w, r, c)
		if parked = c.call(next, w, r); parked != nil {
			parked.key = key
			s.park(w, c, parked)
		}
	})
}

// begin counts a request.
//
// Faults: RateLimited for too many of one address; Unavailable for too many in all.
func (s *Server) begin(key string, kept bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.address(key)
	most := s.config.Limits.Connections
	if !kept {
		most -= s.config.Limits.Room
	}
	switch {
	case key != "" && a.running >= max(1, s.config.Limits.PerAddress*3/4):
		return tooMany(fault.RateLimited, "There are too many requests from this address at once. Try again later.")
	case s.running >= most:
		s.dropIfUnused(key, a)
		return tooMany(fault.Unavailable, "The server is busy. Try again later.")
	}
	a.running++
	s.running++
	return nil
}

func (s *Server) end(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.address(key)
	a.running--
	s.running--
	s.dropIfUnused(key, a)
}

func tooMany(kind fault.Kind, detail string) error {
	return &fault.Error{Kind: kind, Op: "conns.begin", RetryAfter: retryLater, Detail: detail}
}

// refuse answers a request above the limits, and closes its connection.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.refused(limit.Request)
	w.Header().Set("Connection", "close")
	problem.Identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.config.Problems.Write(w, r, err)
	})).ServeHTTP(w, r)
}

// boundBody limits the bytes of a request's body. After the body, net/http reads only to
// notice that the caller has disconnected. That read has no deadline: one that a shutdown
// has set is removed, since it would cancel the request.
func (s *Server) boundBody(w http.ResponseWriter, r *http.Request, c *conn) {
	if r.Body == http.NoBody {
		_ = c.SetReadDeadline(time.Time{})
		return
	}
	c.enter(reading)
	r.Body = &body{ReadCloser: http.MaxBytesReader(w, r.Body, s.config.Body), conn: c}
}

// body is a request's body; its end is the end of the phase reading.
type body struct {
	io.ReadCloser
	conn  *conn
	ended bool
}

// Read reads, and ends the phase at the end of the body.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && !b.ended {
		b.ended = true
		b.conn.enter(running)
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
