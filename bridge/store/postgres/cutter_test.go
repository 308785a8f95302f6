package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// cutter stands between a store and its database and cuts connections. The pings by
// which the pool checks whether an idle connection still works are let through: they come
// when a test is slow.
type cutter struct {
	net.Listener
	to       string
	requests atomic.Bool // the next request is cut off and never arrives
	answers  atomic.Bool // the next answer is cut off after the server gave it
	down     atomic.Bool // no connection gets through
	stay     atomic.Bool // after a cut, no connection gets through
	refused  chan struct{}
	conns    sync.WaitGroup
}

// newCutter returns a cutter and the database's URL through it.
func newCutter(t testing.TB, database string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{to: u.Host, refused: make(chan struct{}, 1)}
	if c.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = c.Addr().String()
	go c.serve()
	t.Cleanup(func() { _ = c.Close(); c.conns.Wait() })
	return c, u.String()
}

func (c *cutter) serve() {
	for {
		near, err := c.Accept()
		if err != nil {
			return
		}
		if c.down.Load() {
			_ = near.Close()
			select {
			case c.refused <- struct{}{}:
			default:
			}
			continue
		}
		far, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		var pinged atomic.Bool // the last request was a ping
		c.conns.Go(func() {
			c.pass(far, near, near, far, func(request []byte) bool {
				pinged.Store(bytes.Contains(request, []byte("-- ping")))
				return !pinged.Load() && c.requests.CompareAndSwap(true, false)
			})
		})
		c.conns.Go(func() {
			c.pass(near, far, near, far, func([]byte) bool { return !pinged.Load() && c.answers.CompareAndSwap(true, false) })
		})
	}
}

// pass copies bytes until a cut is requested, and then ends both ways.
func (c *cutter) pass(to io.Writer, from io.Reader, near, far io.Closer, cut func([]byte) bool) {
	defer far.Close()
	defer near.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && cut(buffer[:n]) {
			c.down.Store(c.stay.Load())
			return
		}
		if err != nil {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
