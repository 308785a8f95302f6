package conns

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/limit"
)

// world is a server whose connections are pipes in memory, under a clock that jumps: all
// of it runs inside a synctest bubble.
type world struct {
	*testing.T
	server *Server
	pipes  *pipes
	log    *buffer
	served chan error
	down   bool
}

// run tests a server with a handler.
func run(t *testing.T, h http.HandlerFunc, set func(*Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, pipes: newPipes(), log: &buffer{}, served: make(chan error, 1)}
		config := Config{
			Handler: h, Limits: Limits{Connections: 100, Room: 10, PerAddress: 100}, Body: 1 << 10,
			Kept: func(path string) bool { return strings.HasPrefix(path, "/notify/") },
			Log:  slog.New(slog.NewTextHandler(w.log, nil)),
		}
		if set != nil {
			set(&config)
		}
		w.server = New(config)
		go func() { w.served <- w.server.Serve(w.pipes) }()
		test(w)
		w.stop()
	})
}

// stop stops the server, once, and returns how long that took.
func (w *world) stop() time.Duration {
	w.Helper()
	if w.down {
		return 0
	}
	w.down = true
	began := time.Now()
	if err := w.server.Shutdown(context.Background()); err != nil {
		w.Errorf("Shutdown: got %v, want nil", err)
	}
	took := time.Since(began)
	if err := <-w.served; !errors.Is(err, http.ErrServerClosed) {
		w.Errorf("Serve: got %v, want that it was closed", err)
	}
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	if len(w.server.open) > 0 || len(w.server.addresses) > 0 || w.server.running > 0 || w.server.waiting.Len() > 0 {
		w.Errorf("left behind: %d connections, %d addresses, %d requests", len(w.server.open), len(w.server.addresses), w.server.running)
	}
	return took
}

// client is the far end of a connection.
type client struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (w *world) dial(from string) *client {
	c := w.pipes.dial(from)
	w.Cleanup(func() { _ = c.Close() })
	return &client{c, w.T, bufio.NewReader(c)}
}

// say sends text in the background, as a pipe has no buffer.
func (c *client) say(text string) {
	go func() { _, _ = io.WriteString(c.Conn, text) }()
}

func (c *client) get(path string, headers ...string) {
	c.say("GET " + path + " HTTP/1.1\r\nHost: till\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n")
}

// answer reads one answer and its body.
func (c *client) answer() (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("half an answer: %v", err)
	}
	return resp, string(body)
}

// want reads one answer of that status.
func (c *client) want(status int) {
	c.t.Helper()
	resp, body := c.answer()
	if resp.StatusCode != status {
		c.t.Errorf("got %d %s, want %d", resp.StatusCode, body, status)
	}
}

// refused reads an answer that refuses, says when to come again, and ends the connection.
func (c *client) refused(status int) {
	c.t.Helper()
	resp, body := c.answer()
	if resp.StatusCode != status || resp.Header.Get("Retry-After") == "" || !resp.Close ||
		resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("X-Request-Id") == "" {
		c.t.Errorf("got %d %v %s, want %d", resp.StatusCode, resp.Header, body, status)
	}
}

// lasts returns how long the server keeps the connection.
func (c *client) lasts() time.Duration {
	began := time.Now()
	_, _ = io.Copy(io.Discard, c.r)
	return time.Since(began)
}

// pipes is a listener of connections in memory.
type pipes struct {
	next   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{next: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return address4("192.0.2.200") }

func (p *pipes) dial(from string) net.Conn {
	near, far := net.Pipe()
	p.next <- from4{far, address4(from)}
	return near
}

// from4 is a connection that comes from an address.
type from4 struct {
	net.Conn
	address address4
}

func (c from4) RemoteAddr() net.Addr { return c.address }

type address4 string

func (a address4) Network() string { return "tcp" }
func (a address4) String() string  { return string(a) + ":4711" }

// buffer is a log.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// refusals counts what was refused.
type refusals struct {
	mu sync.Mutex
	of map[limit.Name]int
}

func (r *refusals) Refused(name limit.Name) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[limit.Name]int{}
	}
	r.of[name]++
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
