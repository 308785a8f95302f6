package conns

import (
	"container/list"
	"context"
	"net"
	"sync"
	"time"
)

// conn is a counted connection.
type conn struct {
	net.Conn
	server  *Server
	key     string
	counted *address

	inAll, inAddress *list.Element // while it waits for a request; under Server.mu

	mu      sync.Mutex
	phase   phase
	writing bool
}

// phase is the state of a connection.
type phase uint8

const (
	waiting phase = iota // for a request, or for the rest of its header
	reading              // the body of a request
	running              // a request that was read
)

// Close closes the connection and removes it from all counts.
func (c *conn) Close() error {
	c.server.mu.Lock()
	c.server.remove(c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}

// SetReadDeadline sets the deadline, or the earlier one of a shutdown while the peer has
// to send something.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if by := c.server.stopTime(); !by.IsZero() && c.phase != running && (t.IsZero() || t.After(by)) {
		t = by
	}
	return c.Conn.SetReadDeadline(t)
}

// Write writes; during a shutdown it has a short deadline.
func (c *conn) Write(b []byte) (int, error) {
	c.setWriting(true)
	defer c.setWriting(false)
	return c.Conn.Write(b)
}

func (c *conn) setWriting(is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = is
	if is && !c.server.stopTime().IsZero() {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(c.server.config.Times.Grace))
	}
}

// enter sets the phase.
func (c *conn) enter(p phase) {
	c.mu.Lock()
	c.phase = p
	c.mu.Unlock()
	if p == reading {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if p == waiting {
		c.server.setWaiting(c)
	} else {
		c.server.unsetWaiting(c)
	}
}

// hurry sets the deadlines of a shutdown.
func (c *conn) hurry(by time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != running {
		_ = c.Conn.SetReadDeadline(by)
	}
	if c.writing {
		_ = c.Conn.SetWriteDeadline(by)
	}
}

type connKey struct{}

// withConn adds the connection to the context of its requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
