package conns

import (
	"context"
	"errors"
	"time"
)

// stopTime is the deadline of peers at shutdown; zero before that.
func (s *Server) stopTime() time.Time {
	if ns := s.stopBy.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// Shutdown accepts no more connections and waits for the requests that run, until ctx ends;
// then it closes the remaining connections.
func (s *Server) Shutdown(ctx context.Context) error {
	by := time.Now().Add(s.config.Times.Grace)
	s.mu.Lock()
	s.stopBy.Store(by.UnixNano())
	s.mu.Unlock()
	for _, c := range s.connections() {
		c.hurry(by)
	}
	err := s.endParked(ctx)
	if err == nil {
		err = s.http.Shutdown(ctx)
	}
	if err != nil {
		s.config.Log.Warn("requests were aborted at shutdown", "connections", len(s.connections()))
		err = errors.Join(err, s.http.Close())
		for _, c := range s.connections() {
			_ = c.Close() // of the requests that are still parked
		}
	}
	return err
}

func (s *Server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*conn, 0, len(s.open))
	for c := range s.open {
		list = append(list, c)
	}
	return list
}
