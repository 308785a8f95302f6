package conns

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
)

// mostText bounds what is kept of a request while it is parked. A longer one is not parked.
const mostText = 8 << 10

// parking is a request that is parked. It counts as a request that runs.
type parking struct {
	of   limit.Parked
	key  string // under which the request is counted
	text []byte // the request, and what the peer has sent after it
}

var _ limit.Parker = (*conn)(nil)

// Park reports whether the request is parked when its handler ends: net/http releases the
// connection, and gets it back with the same request when the wait is over.
func (c *conn) Park(p limit.Parked) bool {
	if c.again != nil || !canPark(c.writer, c.request) {
		return false
	}
	text := textOf(c.writer, c.request)
	if len(text) > mostText || !c.server.addParked() {
		return false
	}
	c.asked = &parking{of: p, text: text}
	return true
}

// Parking reports whether the handler that runs is called once more.
func (c *conn) Parking() bool { return c.asked != nil }

// Parked is what the request was parked with; nil in the first call of its handler.
func (c *conn) Parked() limit.Parked { return c.again }

// canPark reports whether the connection can be taken from net/http and given back with the
// same request: HTTP/1.1 without TLS and without a body, where the connection stays open.
func canPark(w http.ResponseWriter, r *http.Request) bool {
	_, can := w.(http.Hijacker)
	return can && r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ProtoMinor == 1 && r.TLS == nil &&
		r.ContentLength == 0 && len(r.TransferEncoding) == 0 && !r.Close
}

// textOf is a request as net/http reads it again. It has the request id of the answer.
func textOf(w http.ResponseWriter, r *http.Request) []byte {
	var b bytes.Buffer
	b.WriteString(r.Method + " " + r.RequestURI + " HTTP/1.1\r\nHost: " + r.Host + "\r\n")
	header := r.Header
	if id := problem.RequestID(w); id != "" {
		header = header.Clone()
		header.Set("X-Request-Id", id)
	}
	_ = header.Write(&b) // a buffer has no faults
	b.WriteString("\r\n")
	return bytes.Clone(b.Bytes())
}

// addParked counts a request that will be parked, unless the server stops.
func (s *Server) addParked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopTime().IsZero() {
		return false
	}
	s.parked.Add(1)
	return true
}

// call calls a handler, and returns the parking of a request that it has parked.
func (c *conn) call(next http.Handler, w http.ResponseWriter, r *http.Request) (p *parking) {
	c.writer, c.request = w, r
	defer func() {
		p, c.asked, c.writer, c.request = c.asked, nil, nil, nil
		if p == nil {
			return
		}
		fault := recover()
		if fault == http.ErrAbortHandler {
			return
		}
		p.of.Release() // something on the way out has answered, or failed
		c.server.parked.Done()
		if p = nil; fault != nil {
			panic(fault)
		}
	}()
	next.ServeHTTP(w, r)
	return nil
}

// park takes the connection from net/http and holds the request.
func (s *Server) park(w http.ResponseWriter, c *conn, p *parking) {
	c.mu.Lock()
	c.parking = p
	c.mu.Unlock()
	_, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = c.Close()
		return
	}
	if n := buffered.Reader.Buffered(); n > 0 {
		more, _ := buffered.Reader.Peek(n)
		p.text = append(p.text, more...)
	}
	go s.hold(c, p)
}

// hold waits until the answer to a parked request is due, the peer disconnects or the server
// stops. Then net/http reads the request again, and the handler answers.
func (s *Server) hold(c *conn, p *parking) {
	ctx, cancel := context.WithCancel(s.waits)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(p, cancel)
	}()
	p.of.Wait(ctx)
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // ends watch
	<-watched
	_ = c.Conn.SetReadDeadline(time.Time{})
	cancel()
	c.text = p.text
	back := &returned{c}
	_ = s.http.Serve(back)
	if back.conn != nil { // the server has stopped
		_ = c.Close()
	}
}

// watch waits for the next byte of the peer, and ends the wait when there is none.
func (c *conn) watch(p *parking, gone context.CancelFunc) {
	next := make([]byte, 1)
	n, err := c.Conn.Read(next)
	p.text = append(p.text, next[:n]...)
	if timeout, ok := err.(net.Error); err != nil && !(ok && timeout.Timeout()) {
		gone()
	}
}

// returned is a listener that has one connection.
type returned struct{ conn *conn }

// Accept returns the connection once.
func (l *returned) Accept() (net.Conn, error) {
	c := l.conn
	if c == nil {
		return nil, io.EOF
	}
	l.conn = nil
	return c, nil
}

// Close does nothing: the connection stays open.
func (l *returned) Close() error { return nil }

// Addr is the server's end of the connection.
func (l *returned) Addr() net.Addr { return nil }

// unpark returns the key of a request that was parked, in the second call of its handler.
func (c *conn) unpark() (key string, again bool) {
	p := c.takeParking()
	if p == nil {
		return "", false
	}
	c.again = p.of
	c.server.parked.Done()
	return p.key, true
}

// abandon ends the parking of a connection that is closed.
func (c *conn) abandon() {
	if p := c.takeParking(); p != nil {
		c.server.end(p.key)
		p.of.Release()
		c.server.parked.Done()
	}
}

func (c *conn) takeParking() *parking {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.parking
	c.parking = nil
	return p
}

// endParked ends the waits of all parked requests, and returns when net/http has all of them
// again, since its Shutdown knows of no others. Its fault is the end of ctx.
func (s *Server) endParked(ctx context.Context) error {
	s.endWaits()
	all := make(chan struct{})
	go func() {
		defer close(all)
		s.parked.Wait()
	}()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
