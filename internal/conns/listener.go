package conns

import (
	"container/list"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/minitill/minitill/bridge/limit"
)

// listener applies the limits to the connections that it accepts.
type listener struct {
	net.Listener
	server *Server
}

// Accept returns the next connection within the limits.
func (l *listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			l.server.noteAccept(err)
			return nil, err
		}
		if c := l.server.admit(accepted); c != nil {
			return c, nil
		}
		_ = accepted.Close()
	}
}

// noteAccept logs that the process is out of file descriptors, once a minute. net/http
// retries after a pause, and logs at debug level only.
func (s *Server) noteAccept(err error) {
	if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return
	}
	s.refused(limit.Connection)
	s.mu.Lock()
	due := s.logged.due(time.Now())
	s.mu.Unlock()
	if due {
		s.config.Log.Error("out of file descriptors: connections cannot be accepted; raise the limit (ulimit -n, LimitNOFILE) or lower limits.connections", "fault", err)
	}
}

// throttle limits a log line to once a minute.
type throttle struct{ last time.Time }

func (t *throttle) due(now time.Time) bool {
	if !t.last.IsZero() && now.Sub(t.last) < time.Minute {
		return false
	}
	t.last = now
	return true
}

// admit counts a connection, or returns nil at the limit. It closes an idle connection to
// make room.
func (s *Server) admit(accepted net.Conn) *conn {
	c := &conn{Conn: accepted, server: s, key: s.keyOf(accepted)}
	var victims []*conn
	s.mu.Lock()
	ok := s.placeFor(c, &victims)
	if ok {
		s.open[c] = struct{}{}
		c.counted = s.address(c.key)
		c.counted.open++
		s.setWaiting(c)
	}
	s.mu.Unlock()
	for _, v := range victims {
		_ = v.Close()
	}
	if !ok {
		s.refused(limit.Connection)
		return nil
	}
	return c
}

// keyOf is the key under which a connection is limited; empty, for none, for trusted proxies
// and connections without an address.
func (s *Server) keyOf(c net.Conn) string {
	address := limit.ConnAddress(c.RemoteAddr().String())
	if s.config.Proxies.Trusts(address) {
		return ""
	}
	return limit.Key(address)
}

// placeFor reports whether c is within the limits, and which idle connections to close for it.
func (s *Server) placeFor(c *conn, victims *[]*conn) bool {
	if a := s.addresses[c.key]; c.key != "" && a != nil && a.open >= s.config.Limits.PerAddress {
		return s.evict(&a.waiting, victims)
	}
	return len(s.open) < s.config.Limits.Connections || s.evict(&s.waiting, victims)
}

func (s *Server) evict(from *list.List, victims *[]*conn) bool {
	oldest := from.Front()
	if oldest == nil {
		return false
	}
	c := oldest.Value.(*conn)
	s.remove(c)
	*victims = append(*victims, c)
	return true
}

// address returns the counts of a key, and creates them at first.
func (s *Server) address(key string) *address {
	a := s.addresses[key]
	if a == nil {
		a = &address{}
		s.addresses[key] = a
	}
	return a
}

func (s *Server) dropIfUnused(key string, a *address) {
	if a.open == 0 && a.running == 0 {
		delete(s.addresses, key)
	}
}

// remove removes a connection from all counts, once.
func (s *Server) remove(c *conn) {
	if _, there := s.open[c]; !there {
		return
	}
	delete(s.open, c)
	s.unsetWaiting(c)
	c.counted.open--
	s.dropIfUnused(c.key, c.counted)
}

func (s *Server) setWaiting(c *conn) {
	if _, there := s.open[c]; there && c.inAll == nil {
		c.inAll, c.inAddress = s.waiting.PushBack(c), c.counted.waiting.PushBack(c)
	}
}

func (s *Server) unsetWaiting(c *conn) {
	if c.inAll != nil {
		s.waiting.Remove(c.inAll)
		c.counted.waiting.Remove(c.inAddress)
		c.inAll, c.inAddress = nil, nil
	}
}
