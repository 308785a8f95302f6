package conns

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/internal/tilltest"
)

// world is a server whose connections are pipes in memory, under a clock that jumps: all
// of it runs inside a synctest bubble.
type world struct {
	*testing.T
	server *Server
	pipes  *tilltest.Pipes
	log    *buffer
	served chan error
	down   bool
}

// run tests a server with a handler.
func run(t *testing.T, h http.HandlerFunc, set func(*Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, pipes: tilltest.NewPipes(), log: &buffer{}, served: make(chan error, 1)}
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
type client struct{ *tilltest.Conn }

func (w *world) dial(from string) *client { return &client{w.pipes.Dial(w.T, from)} }

// refused reads an answer that refuses, has a Retry-After, and ends the connection.
func (c *client) refused(status int) {
	c.T.Helper()
	resp, body := c.Answer()
	if resp.StatusCode != status || resp.Header.Get("Retry-After") == "" || !resp.Close ||
		resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("X-Request-Id") == "" {
		c.T.Errorf("got %d %v %s, want %d", resp.StatusCode, resp.Header, body, status)
	}
}

// lasts returns how long the server keeps the connection.
func (c *client) lasts() time.Duration {
	began := time.Now()
	_, _ = io.Copy(io.Discard, c.R)
	return time.Since(began)
}

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
