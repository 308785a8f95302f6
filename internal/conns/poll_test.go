package conns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/internal/tilltest"
)

// TestALongPollIsAnsweredAsWithoutParking sends the same long polls to a till on this server,
// which parks them, and on a server of net/http's own, which does not. The answers are the
// same byte for byte, and so is what observers, traces and the log learn of them.
func TestALongPollIsAnsweredAsWithoutParking(t *testing.T) {
	for name, x := range map[string]struct {
		path    string
		headers []string
		event   func(w *tilltest.World, o bridge.Order)
	}{
		"whose time ends":          {path: "/miniapp/v1/orders/ORDER?wait=25s"},
		"of an order that is paid": {"/miniapp/v1/orders/ORDER?wait=25s", nil, (*tilltest.World).Pay},
		"with the envelope":        {"/miniapp/v1/orders/ORDER?wait=25s", []string{"Minitill-Envelope: 1"}, (*tilltest.World).Pay},
		"of another origin":        {"/miniapp/v1/orders/ORDER?wait=25s", []string{"Origin: https://shop.example"}, (*tilltest.World).Pay},
		"of a trace":               {"/miniapp/v1/orders/ORDER?wait=25s", []string{"Traceparent: 00-1-2-01"}, (*tilltest.World).Pay},
		"of the return page":       {"/return/ORDER/status?wait=25s", nil, (*tilltest.World).Pay},
		"as the server drains":     {"/return/ORDER/status?wait=25s", nil, func(w *tilltest.World, _ bridge.Order) { w.Engine.Drain() }},
		"that fails":               {"/miniapp/v1/orders/ORDER?wait=25s", nil, func(w *tilltest.World, _ bridge.Order) { _ = w.Store.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				notes := &notebook{}
				w := tilltest.New(t, notes.keep)
				w.Clock.Run()
				o, session := w.Order()
				notes.take() // of the requests above
				parking, plain := serveParking(t, w), servePlain(t, w)
				text := strings.ReplaceAll(x.path, "ORDER", string(o.ID))
				headers := append(x.headers, "Authorization: "+session, "X-Request-Id: same", "Connection: keep-alive")
				var answers []string
				var learned [][]string
				dialed := []*tilltest.Conn{parking.pipes.Dial(t, "192.0.2.1"), plain.pipes.Dial(t, "192.0.2.1")}
				for _, c := range dialed {
					c.Get(text, headers...)
				}
				synctest.Wait()
				if held, _ := w.Server.Held(); held != 2 || parking.parked() != 1 {
					t.Errorf("%d polls are held and %d are parked, want 2 and 1", held, parking.parked())
				}
				time.Sleep(3 * time.Second) // of the bubble's clock
				if x.event != nil {
					x.event(w, o)
				}
				time.Sleep(25 * time.Second)
				notes.sort(&learned)
				for _, c := range dialed {
					c.Get("/healthz", "X-Request-Id: next", "Connection: close")
					all, err := io.ReadAll(c.R)
					if err != nil {
						t.Error(err)
					}
					answers = append(answers, string(all))
				}
				if answers[0] != answers[1] || !strings.Contains(answers[0], "X-Request-Id: same") || !strings.Contains(answers[0], "X-Request-Id: next") {
					t.Errorf("parked:\n%s\nnot parked:\n%s", answers[0], answers[1])
				}
				if len(learned) != 2 || !slices.Equal(learned[0], learned[1]) || len(learned[0]) != 4 || strings.Contains(learned[0][0], "took=0s") {
					t.Errorf("of the two polls observers learned %q", learned)
				}
				if held, _ := w.Server.Held(); held != 0 {
					t.Errorf("%d polls are held at the end", held)
				}
			})
		})
	}
}

type spanKey struct{}

// notebook keeps what observers, traces and the log learn.
type notebook struct {
	mu    sync.Mutex
	lines []string
}

func (n *notebook) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if line := fmt.Sprintf(format, args...); !strings.Contains(line, "/notify/") {
		n.lines = append(n.lines, line)
	}
}

func (n *notebook) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer func() { n.lines = nil }()
	return n.lines
}

// sort adds what was learned of two requests: each line was learned twice.
func (n *notebook) sort(into *[][]string) {
	lines := n.take()
	slices.Sort(lines)
	var of [2][]string
	for i, line := range lines {
		of[i%2] = append(of[i%2], line)
	}
	*into = of[:]
}

func (n *notebook) keep(c *tilltest.Config) {
	c.Server.Origins = []string{"https://shop.example"}
	c.Server.Access = true
	c.Server.Log = slog.New(slog.NewTextHandler(n, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	c.Server.Observe = func(a server.Answer) { n.note("observed %+v", a) }
	c.Server.Trace = func(r *http.Request, route, method string) (context.Context, func(server.Answer)) {
		n.note("span begins %s %s", method, route)
		return context.WithValue(r.Context(), spanKey{}, route), func(a server.Answer) { n.note("span ends %+v", a) }
	}
}

// Write takes a line of the log.
func (n *notebook) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "msg=request") {
		n.note("log %s", p)
	}
	return len(p), nil
}

// served is a till on a server.
type served struct {
	pipes  *tilltest.Pipes
	parked func() int
}

func serveParking(t *testing.T, w *tilltest.World) served {
	s := New(Config{
		Handler: w.Server, Limits: Limits{Connections: 100, Room: 10, PerAddress: 100}, Body: 1 << 10,
		Kept: server.Kept, Log: slog.New(slog.DiscardHandler),
	})
	pipes := tilltest.NewPipes()
	done := make(chan error, 1)
	go func() { done <- s.Serve(pipes) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil || !errors.Is(<-done, http.ErrServerClosed) {
			t.Errorf("Shutdown: got %v", err)
		}
	})
	return served{pipes, func() (n int) {
		for _, c := range s.connections() {
			c.mu.Lock()
			if c.parking != nil {
				n++
			}
			c.mu.Unlock()
		}
		return n
	}}
}

func servePlain(t *testing.T, w *tilltest.World) served {
	s := &http.Server{Handler: w.Server, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	pipes := tilltest.NewPipes()
	go func() { _ = s.Serve(pipes) }()
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return served{pipes: pipes}
}
