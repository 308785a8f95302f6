package conns

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/limit"
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
	parking *parking // of a request that is parked, until its handler is called again

	text []byte // read before what the peer sends next: a request that was parked

	// Of the request whose handler runs.
	writer  http.ResponseWriter
	request *http.Request
	asked   *parking     // with which the handler is called once more
	again   limit.Parked // in the second call of the handler
}

// phase is the state of a connection.
type phase uint8

const (
	waiting phase = iota // for a request, or for the rest of its header
	reading              // the body of a request
	running              // a request that was read
)

// Read reads a request that was parked, and then what the peer sends.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.text) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.text)
	if c.text = c.text[n:]; len(c.text) == 0 {
		c.text = nil
	}
	return n, nil
}

// Close closes the connection and removes it from all counts.
func (c *conn) Close() error {
	c.abandon()
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

// withConn adds the connection to the context of its requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return limit.WithParker(ctx, c.(*conn))
}

func connOf(ctx context.Context) *conn {
	c, _ := limit.ParkerOf(ctx).(*conn)
	return c
}
