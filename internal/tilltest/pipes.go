package tilltest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Pipes is a listener whose connections are pipes in memory, which a synctest bubble can
// wait for.
type Pipes struct {
	next   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewPipes returns a listener that is open.
func NewPipes() *Pipes { return &Pipes{next: make(chan net.Conn), closed: make(chan struct{})} }

// Accept returns the next connection.
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *Pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

// Addr is an address that has no meaning.
func (p *Pipes) Addr() net.Addr { return peer("192.0.2.200") }

// Dial connects from an IP address. The test's end closes the connection.
func (p *Pipes) Dial(t testing.TB, from string) *Conn {
	near, far := net.Pipe()
	p.next <- remote{far, peer(from)}
	t.Cleanup(func() { _ = near.Close() })
	return &Conn{Conn: near, T: t, R: bufio.NewReader(near)}
}

// remote is a connection that comes from an address.
type remote struct {
	net.Conn
	from peer
}

// RemoteAddr is the address of the caller.
func (c remote) RemoteAddr() net.Addr { return c.from }

type peer string

func (p peer) Network() string { return "tcp" }
func (p peer) String() string  { return string(p) + ":4711" }

// Conn is the caller's end of a connection.
type Conn struct {
	net.Conn
	T testing.TB
	R *bufio.Reader
}

// Say sends text in the background, since a pipe has no buffer.
func (c *Conn) Say(text string) {
	go func() { _, _ = io.WriteString(c.Conn, text) }()
}

// Get sends a request; headers are lines.
func (c *Conn) Get(path string, headers ...string) {
	c.Say("GET " + path + " HTTP/1.1\r\nHost: till\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n")
}

// Head reads one answer up to its body.
func (c *Conn) Head() *http.Response {
	c.T.Helper()
	resp, err := http.ReadResponse(c.R, nil)
	if err != nil {
		c.T.Fatalf("no answer: %v", err)
	}
	return resp
}

// Answer reads one answer and its body.
func (c *Conn) Answer() (*http.Response, string) {
	c.T.Helper()
	resp := c.Head()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.T.Fatalf("half an answer: %v", err)
	}
	return resp, string(body)
}

// Want reads one answer of that status.
func (c *Conn) Want(status int) {
	c.T.Helper()
	resp, body := c.Answer()
	if resp.StatusCode != status {
		c.T.Errorf("got %d %s, want %d", resp.StatusCode, body, status)
	}
}
