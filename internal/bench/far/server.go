package far

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Server is an HTTP server on a free port of the loopback address. It counts its requests.
type Server struct {
	URL string

	server   *http.Server
	opened   atomic.Int64
	running  atomic.Int64
	peak     atomic.Int64
	requests atomic.Int64
}

// Serve starts a server.
func Serve(h http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + listener.Addr().String()}
	s.server = &http.Server{Handler: s.count(h), ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *Server) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		running := s.running.Add(1)
		for peak := s.peak.Load(); running > peak && !s.peak.CompareAndSwap(peak, running); peak = s.peak.Load() {
		}
		defer s.running.Add(-1)
		h.ServeHTTP(w, r)
	})
}

// Opened returns how many connections were opened to the server.
func (s *Server) Opened() int64 { return s.opened.Load() }

// Requests returns how many requests the server has had.
func (s *Server) Requests() int64 { return s.requests.Load() }

// Peak returns how many requests there were at once, at most.
func (s *Server) Peak() int64 { return s.peak.Load() }

// Close ends the server and its connections.
func (s *Server) Close() { _ = s.server.Close() }
