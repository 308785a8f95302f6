package conns

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/internal/tilltest"
)

// hall is a handler in which requests stay until they are released. open makes it, inside
// the bubble of the test.
type hall struct{ release chan struct{} }

func (h *hall) open() { h.release = make(chan struct{}) }

func (h *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/stay" {
		<-h.release
	}
	ok(w, r)
}

func few(c *Config) { c.Limits = Limits{Connections: 8, Room: 2, PerAddress: 4} }

// TestIdleConnectionsAreClosedForNewOnes fills a server with connections that do nothing, from
// many addresses, and sends it a request.
func TestIdleConnectionsAreClosedForNewOnes(t *testing.T) {
	run(t, ok, few, func(w *world) {
		var idle []*client
		for i := range 30 {
			idle = append(idle, w.dial("192.0.2."+string(rune('1'+i%9))))
		}
		c := w.dial("192.0.2.77")
		c.Get("/")
		c.Want(200)
		if open := len(w.server.connections()); open > 8 {
			t.Errorf("%d connections are open, want 8 at most", open)
		}
		if got := idle[0].lasts(); got != 0 {
			t.Errorf("the connection that waited longest stayed for %s", got)
		}
	})
}

// TestOneAddressCannotTakeAllConnections: connections of another address stay open.
func TestOneAddressCannotTakeAllConnections(t *testing.T) {
	run(t, ok, few, func(w *world) {
		other := w.dial("192.0.2.2")
		for range 30 {
			w.dial("192.0.2.1")
		}
		if open := len(w.server.connections()); open != 5 {
			t.Errorf("%d connections are open, want 4 of the one address and 1 of the other", open)
		}
		other.Get("/")
		other.Want(200)
	})
}

func TestAnAddressCountsWithItsNetwork(t *testing.T) {
	run(t, ok, few, func(w *world) {
		for _, host := range []string{"1", "2", "3", "4", "5", "6"} {
			w.dial("[2001:db8:1:2::" + host + "]")
		}
		if open := len(w.server.connections()); open != 4 {
			t.Errorf("%d connections of one /64 are open, want 4", open)
		}
	})
}

// TestTooManyRequestsOfOneAddress: they are refused with 429 while another address is served.
func TestTooManyRequestsOfOneAddress(t *testing.T) {
	h, refused := &hall{}, &refusals{}
	run(t, h.ServeHTTP, func(c *Config) { few(c); c.Counter = refused }, func(w *world) {
		h.open()
		var busy []*client
		for range 3 {
			c := w.dial("192.0.2.1")
			c.Get("/stay")
			busy = append(busy, c)
		}
		synctest.Wait()
		fourth := w.dial("192.0.2.1")
		fourth.Get("/")
		fourth.refused(429)
		other := w.dial("192.0.2.2")
		other.Get("/")
		other.Want(200)
		close(h.release)
		for _, c := range busy {
			c.Want(200)
		}
		if refused.of[limit.Request] != 1 {
			t.Errorf("counted %v", refused.of)
		}
	})
}

// TestABusyServerKeepsRoomForWallets: all other requests are refused with 503.
func TestABusyServerKeepsRoomForWallets(t *testing.T) {
	h := &hall{}
	run(t, h.ServeHTTP, few, func(w *world) {
		h.open()
		var busy []*client
		for i := range 6 {
			c := w.dial([]string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}[i%3])
			c.Get("/stay")
			busy = append(busy, c)
		}
		synctest.Wait()
		late := w.dial("192.0.2.4")
		late.Get("/miniapp/v1/catalog")
		late.refused(503)
		news := w.dial("192.0.2.5")
		news.Get("/notify/wallet")
		news.Want(200)
		close(h.release)
		for _, c := range busy {
			c.Want(200)
		}
	})
}

// TestCallersBehindATrustedProxy share its connections, and are counted separately.
func TestCallersBehindATrustedProxy(t *testing.T) {
	proxies, err := limit.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{}
	run(t, h.ServeHTTP, func(c *Config) {
		c.Limits, c.Proxies = Limits{Connections: 20, Room: 2, PerAddress: 4}, proxies
	}, func(w *world) {
		h.open()
		var busy []*client
		for range 3 {
			c := w.dial("10.0.0.7")
			c.Get("/stay", "X-Forwarded-For: 203.0.113.9")
			busy = append(busy, c)
		}
		synctest.Wait()
		fourth := w.dial("10.0.0.7")
		fourth.Get("/", "X-Forwarded-For: 198.51.100.1, 203.0.113.9")
		fourth.refused(429)
		for i := range 8 { // many more at once than one address may have
			c := w.dial("10.0.0.7")
			c.Get("/stay", "X-Forwarded-For: 198.51.100."+string(rune('1'+i)))
			busy = append(busy, c)
		}
		synctest.Wait()
		close(h.release)
		for _, c := range busy {
			c.Want(200)
		}
	})
}

// TestAConnectionTooManyIsClosed when no idle one can be closed for it.
func TestAConnectionTooManyIsClosed(t *testing.T) {
	h, refused := &hall{}, &refusals{}
	run(t, h.ServeHTTP, func(c *Config) {
		c.Limits, c.Counter = Limits{Connections: 2, Room: 0, PerAddress: 4}, refused
	}, func(w *world) {
		h.open()
		var busy []*client
		for range 2 {
			c := w.dial("192.0.2.1")
			c.Get("/stay")
			busy = append(busy, c)
		}
		synctest.Wait()
		if got := w.dial("192.0.2.2").lasts(); got != 0 {
			t.Errorf("it stayed for %s", got)
		}
		close(h.release)
		for _, c := range busy {
			c.Want(200)
		}
		if refused.of[limit.Connection] != 1 {
			t.Errorf("counted %v", refused.of)
		}
	})
}

// TestOutOfDescriptorsIsAnError: it is logged once a minute, and the server continues to accept.
func TestOutOfDescriptorsIsAnError(t *testing.T) {
	run(t, ok, nil, func(w *world) {
		bare := &exhausted{Pipes: tilltest.NewPipes(), left: 5}
		l := &listener{bare, w.server}
		for range 5 {
			if _, err := l.Accept(); !errors.Is(err, syscall.EMFILE) {
				t.Fatalf("got %v", err)
			}
		}
		go bare.Dial(w.T, "192.0.2.1")
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if text := w.log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "out of file descriptors") {
			t.Errorf("the log is %q", text)
		}
		time.Sleep(time.Minute)
		bare.left = 1
		_, _ = l.Accept()
		if text := w.log.String(); strings.Count(text, "level=ERROR") != 2 {
			t.Errorf("a minute later the log is %q", text)
		}
	})
}

// exhausted is a listener of a process that has no descriptors left.
type exhausted struct {
	*tilltest.Pipes
	left int
}

func (e *exhausted) Accept() (net.Conn, error) {
	if e.left > 0 {
		e.left--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return e.Pipes.Accept()
}

var _ http.Handler = (*hall)(nil)
