package server_test

import (
	"bufio"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/internal/tilltest"
)

// host is a plain net/http server of another owner, with the till below /pay. Its
// connections are pipes under a clock that jumps.
type host struct {
	*tilltest.World
	http.Server
	pipes   *tilltest.Pipes
	served  chan error
	order   bridge.Order
	session string
}

// onHost runs a test with an order that is open. middleware is the host's own.
func onHost(t *testing.T, middleware func(http.Handler) http.Handler, test func(h *host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &host{World: tilltest.New(t), pipes: tilltest.NewPipes(), served: make(chan error, 1)}
		h.Clock.Run()
		h.order, h.session = h.Order()
		mux := http.NewServeMux()
		mux.Handle("/pay/", http.StripPrefix("/pay", h.World.Server))
		h.Server.Handler = middleware(mux)
		h.Server.ReadTimeout, h.Server.WriteTimeout = 5*time.Second, 10*time.Second
		go func() { h.served <- h.Serve(h.pipes) }()
		test(h)
		h.stop()
	})
}

// stop shuts the host down, as its owner does: with no word to the till.
func (h *host) stop() {
	h.Helper()
	if err := h.Shutdown(h.Context()); err != nil {
		h.Errorf("Shutdown: got %v, want nil", err)
	}
	if err := <-h.served; !errors.Is(err, http.ErrServerClosed) {
		h.Errorf("Serve: got %v, want that it was closed", err)
	}
	h.served <- http.ErrServerClosed // stop may be called again
}

// get reads the order on a connection of its own.
func (h *host) get(suffix string, headers ...string) *tilltest.Conn {
	c := h.pipes.Dial(h, "192.0.2.1")
	c.Get("/pay/miniapp/v1/orders/"+string(h.order.ID)+suffix, append(headers, "Authorization: "+h.session)...)
	return c
}

func asItIs(next http.Handler) http.Handler { return next }

// opaque is a writer that hides what it wraps: it cannot flush and has no deadlines.
type opaque struct{ w http.ResponseWriter }

func (o opaque) Header() http.Header         { return o.w.Header() }
func (o opaque) Write(b []byte) (int, error) { return o.w.Write(b) }
func (o opaque) WriteHeader(status int)      { o.w.WriteHeader(status) }

func hidden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(opaque{w}, r) })
}

// unwrapped is a writer that has Unwrap and nothing else of what it wraps.
type unwrapped struct{ opaque }

func (u unwrapped) Unwrap() http.ResponseWriter { return u.w }

func wrapped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(unwrapped{opaque{w}}, r) })
}

func hurried(next http.Handler) http.Handler {
	return http.TimeoutHandler(next, 6*time.Second, "too late")
}

func TestTheTimeoutsOfTheHostDoNotCutALongPoll(t *testing.T) {
	for name, test := range map[string]struct {
		middleware func(http.Handler) http.Handler
		after      time.Duration
	}{
		"with the host's own writer":       {asItIs, 30 * time.Second},
		"with a writer that can unwrap":    {wrapped, 30 * time.Second},
		"with a writer without a deadline": {hidden, 5 * time.Second},  // half of WriteTimeout
		"behind a http.TimeoutHandler":     {hurried, 3 * time.Second}, // half of its time
	} {
		t.Run(name, func(t *testing.T) {
			onHost(t, test.middleware, func(h *host) {
				began := time.Now()
				resp, body := h.get("?wait=30s").Answer()
				if took := time.Since(began); resp.StatusCode != 200 || !strings.Contains(body, `"status":"pending"`) || took != test.after {
					t.Errorf("after %s: got %d %s, want 200 and the pending order after %s", took, resp.StatusCode, body, test.after)
				}
			})
		})
	}
}

func TestTheWriteTimeoutOfTheHostDoesNotCutAStream(t *testing.T) {
	for name, test := range map[string]struct {
		middleware func(http.Handler) http.Handler
		headers    []string
	}{
		"with the host's own writer":    {asItIs, nil},
		"with a writer that can unwrap": {wrapped, nil},
		"of a caller with the envelope": {wrapped, []string{"Minitill-Envelope: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			onHost(t, test.middleware, func(h *host) {
				lines := bufio.NewScanner(h.get("/stream", test.headers...).Head().Body)
				read := make(chan string, 100)
				go func() {
					defer close(read)
					for lines.Scan() {
						read <- lines.Text()
					}
					if err := lines.Err(); err != nil {
						t.Errorf("the stream: %v", err)
					}
				}()
				synctest.Wait()
				if got := len(read); got < 5 { // retry, blank, id, event, data
					t.Errorf("at once: got %d lines, want the present state", got)
				}
				time.Sleep(50 * time.Second) // of the bubble's clock: five WriteTimeouts
				h.Pay(h.order)
				var text strings.Builder
				for line := range read {
					text.WriteString(line + "\n")
				}
				if got := text.String(); !strings.Contains(got, `"status":"paid"`) || strings.Count(got, ": \n\n") != 3 {
					t.Errorf("got %q, want three heartbeats and the payment", got)
				}
			})
		})
	}
}

func TestAWriterThatCannotStreamReceivesThePresentStateAtOnce(t *testing.T) {
	onHost(t, hidden, func(h *host) {
		began := time.Now()
		resp, body := h.get("/stream").Answer()
		if took := time.Since(began); resp.StatusCode != 200 || strings.Count(body, "event: order\n") != 1 || !strings.Contains(body, `"status":"pending"`) || took != 0 {
			t.Errorf("after %s: got %d %s, want one event at once", took, resp.StatusCode, body)
		}
	})
}

func TestShutdownOfTheHostEndsHeldAnswers(t *testing.T) {
	onHost(t, asItIs, func(h *host) {
		poll, stream := h.get("?wait=30s"), h.get("/stream")
		ended := make(chan string, 2)
		go func() { _, body := poll.Answer(); ended <- body }()
		go func() { _, body := stream.Answer(); ended <- body }()
		synctest.Wait() // both are held
		began := time.Now()
		h.stop()
		if took := time.Since(began); took > 2*time.Second { // how often Shutdown polls
			t.Errorf("Shutdown took %s", took)
		}
		for range 2 {
			if body := <-ended; !strings.Contains(body, `"status":"pending"`) {
				t.Errorf("got %q, want the order as it is", body)
			}
		}
	})
}
