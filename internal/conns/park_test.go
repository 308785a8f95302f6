package conns

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
)

// lot is a handler that parks requests for /poll until news arrives or the wait ends.
type lot struct {
	news     chan struct{}
	calls    atomic.Int64
	parked   atomic.Int64
	released atomic.Int64
	onExit   func(w http.ResponseWriter) // on the way out of the first call
}

func (l *lot) open() { l.news = make(chan struct{}) }

// Wait waits for the news; a minute at most.
func (l *lot) Wait(ctx context.Context) {
	l.parked.Add(1)
	defer l.parked.Add(-1)
	select {
	case <-l.news:
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
}

func (l *lot) Waited() time.Duration { return 0 }
func (l *lot) Release()              { l.released.Add(1) }

func (l *lot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Identify(http.HandlerFunc(l.serve)).ServeHTTP(w, r)
}

func (l *lot) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/poll" {
		_, _ = fmt.Fprint(w, "at once ", r.URL.Path)
		return
	}
	l.calls.Add(1)
	again := limit.ParkedOf(r.Context())
	if at := limit.ParkerOf(r.Context()); again == nil {
		if at.Park(l) {
			defer func() {
				if l.onExit != nil {
					l.onExit(w)
				}
			}()
			panic(http.ErrAbortHandler)
		}
		l.Wait(r.Context())
	}
	_, _ = fmt.Fprintf(w, "%s %s %s %s parked=%t gone=%t", r.RequestURI, r.Host, r.Header["X-Two"], r.RemoteAddr, again != nil, r.Context().Err() != nil)
}

const pollText = "GET /poll?a=1&b=%20 HTTP/1.1\r\nHost: till.example\r\nX-Two: one\r\nX-Two: two\r\n\r\n"

const pollAnswer = "/poll?a=1&b=%20 till.example [one two] 192.0.2.1:4711 parked=true gone=false"

// TestAParkedRequestIsAnsweredOnItsConnection, which stays open for further ones.
func TestAParkedRequestIsAnsweredOnItsConnection(t *testing.T) {
	l := &lot{}
	run(t, l.ServeHTTP, nil, func(w *world) {
		l.open()
		c := w.dial("192.0.2.1")
		for range 3 {
			c.Say(pollText)
			synctest.Wait()
			if l.parked.Load() != 1 || w.server.running != 1 || w.server.waiting.Len() != 0 {
				t.Errorf("meanwhile: %d are parked, %d run and %d connections are idle, want 1, 1 and 0", l.parked.Load(), w.server.running, w.server.waiting.Len())
			}
			l.news <- struct{}{}
			if resp, body := c.Answer(); resp.StatusCode != 200 || body != pollAnswer || resp.Header.Get("X-Request-Id") == "" {
				t.Errorf("got %d %v %q, want %q", resp.StatusCode, resp.Header, body, pollAnswer)
			}
			c.Get("/other")
			c.Want(200)
		}
		synctest.Wait()
		if l.calls.Load() != 6 || w.server.waiting.Len() != 1 {
			t.Errorf("the handler was called %d times and %d connections are idle, want 6 and 1", l.calls.Load(), w.server.waiting.Len())
		}
	})
}

// TestAParkedRequestKeepsItsId in both calls of its handler.
func TestAParkedRequestKeepsItsId(t *testing.T) {
	l := &lot{}
	var ids []string
	note := func(w http.ResponseWriter, r *http.Request) {
		problem.Identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ids = append(ids, problem.RequestOf(r.Context()))
			l.serve(w, r)
		})).ServeHTTP(w, r)
	}
	run(t, note, nil, func(w *world) {
		l.open()
		close(l.news)
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		resp, _ := c.Answer()
		if len(ids) != 2 || ids[0] != ids[1] || resp.Header.Get("X-Request-Id") != ids[0] {
			t.Errorf("the calls had the ids %q, and the answer %q", ids, resp.Header.Get("X-Request-Id"))
		}
	})
}

// TestWhatFollowsAParkedRequestIsNotLost, whether it arrives with it, in parts, or meanwhile.
func TestWhatFollowsAParkedRequestIsNotLost(t *testing.T) {
	const next = "GET /next HTTP/1.1\r\nHost: till\r\n\r\n"
	for name, parts := range map[string][2]string{
		"with it":            {pollText + next, ""},
		"half of it":         {pollText + next[:9], next[9:]},
		"one byte of it":     {pollText + next[:1], next[1:]},
		"while it waits":     {pollText, next},
		"twice as many":      {pollText + next + pollText + next[:20], next[20:]},
		"the same meanwhile": {pollText, pollText + next},
	} {
		t.Run(name, func(t *testing.T) {
			l := &lot{}
			run(t, l.ServeHTTP, nil, func(w *world) {
				l.open()
				c := w.dial("192.0.2.1")
				c.Say(parts[0])
				synctest.Wait()
				c.Say(parts[1])
				synctest.Wait()
				close(l.news)
				for _, request := range strings.SplitAfter(parts[0]+parts[1], "\r\n\r\n") {
					if request == "" {
						continue
					}
					want := "at once /next"
					if strings.Contains(request, "/poll") {
						want = pollAnswer
					}
					if _, body := c.Answer(); body != want {
						t.Errorf("got %q, want %q", body, want)
					}
				}
			})
		})
	}
}

// TestAPeerThatDisconnectsEndsItsWait: its handler notices, and nothing remains.
func TestAPeerThatDisconnectsEndsItsWait(t *testing.T) {
	l := &lot{}
	run(t, l.ServeHTTP, nil, func(w *world) {
		l.open()
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		synctest.Wait()
		began := time.Now()
		_ = c.Conn.Close()
		synctest.Wait()
		if took := time.Since(began); l.parked.Load() != 0 || l.calls.Load() != 2 || took != 0 || len(w.server.connections()) != 0 || w.server.running != 0 {
			t.Errorf("after %s: %d are parked, %d calls, %d connections, %d requests", took, l.parked.Load(), l.calls.Load(), len(w.server.connections()), w.server.running)
		}
	})
}

// polls are the clients of as many parked requests.
func (w *world) polls(n int) (list []*client) {
	for range n {
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		list = append(list, c)
	}
	synctest.Wait()
	return list
}

// TestAStopAnswersParkedRequests at once.
func TestAStopAnswersParkedRequests(t *testing.T) {
	l := &lot{}
	run(t, l.ServeHTTP, nil, func(w *world) {
		l.open()
		all := w.polls(20)
		answers := make(chan string, len(all))
		for _, c := range all {
			go func() {
				resp, body := c.Answer()
				answers <- fmt.Sprint(resp.StatusCode, " ", resp.Close, " ", body)
			}()
		}
		if took := w.stop(); took > time.Second {
			t.Errorf("the stop took %s", took)
		}
		for range all {
			if got := <-answers; got != "200 true "+pollAnswer {
				t.Errorf("got %q, want the answer", got)
			}
		}
	})
}

// stubborn does not end its wait with its context.
type stubborn struct{ lot }

func (s *stubborn) Wait(context.Context) { s.lot.Wait(context.Background()) }

// TestAStopDoesNotWaitForAParkedRequestForever: it ends with its own context.
func TestAStopDoesNotWaitForAParkedRequestForever(t *testing.T) {
	s := &stubborn{}
	h := func(w http.ResponseWriter, r *http.Request) {
		if limit.ParkedOf(r.Context()) == nil && limit.ParkerOf(r.Context()).Park(s) {
			panic(http.ErrAbortHandler)
		}
	}
	run(t, h, nil, func(w *world) {
		s.open()
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(w.Context(), 10*time.Second)
		defer cancel()
		w.down = true
		if err := w.server.Shutdown(ctx); err == nil {
			t.Error("Shutdown: got nil, want that requests were aborted")
		}
		<-w.served
		if got := c.lasts(); got != 0 || s.released.Load() != 1 || w.server.running != 0 {
			t.Errorf("the connection was closed after %s, %d releases, %d run", got, s.released.Load(), w.server.running)
		}
		time.Sleep(time.Minute) // of the bubble's clock: the wait ends
	})
}

// TestWhileAServerStopsNothingIsParked: the handler waits itself.
func TestWhileAServerStopsNothingIsParked(t *testing.T) {
	l := &lot{}
	run(t, l.ServeHTTP, nil, func(w *world) {
		l.open()
		w.server.stopBy.Store(time.Now().Add(time.Hour).UnixNano())
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		synctest.Wait()
		if l.calls.Load() != 1 || l.parked.Load() != 1 {
			t.Errorf("%d calls and %d waits", l.calls.Load(), l.parked.Load())
		}
		close(l.news)
		if _, body := c.Answer(); !strings.Contains(body, "parked=false") {
			t.Errorf("got %q", body)
		}
		w.server.stopBy.Store(0)
	})
}

// TestAnAnswerAfterAParkIsEndedWhereThePeerDoesNotReadIt.
func TestAnAnswerAfterAParkIsEndedWhereThePeerDoesNotReadIt(t *testing.T) {
	l := &lot{}
	long := func(w http.ResponseWriter, r *http.Request) {
		l.serve(w, r)
		_, _ = w.Write(make([]byte, 1<<20))
	}
	run(t, long, nil, func(w *world) {
		l.open()
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		synctest.Wait()
		close(l.news)
		time.Sleep(91 * time.Second) // of the bubble's clock
		synctest.Wait()
		if open := len(w.server.connections()); open != 0 || w.server.running != 0 {
			t.Errorf("%d connections are held and %d requests run", open, w.server.running)
		}
	})
}

// TestParkedRequestsCountAsRequests of their address, and their connections are not closed for
// new ones.
func TestParkedRequestsCountAsRequests(t *testing.T) {
	l := &lot{}
	run(t, l.ServeHTTP, few, func(w *world) {
		l.open()
		polls := w.polls(3)
		fourth := w.dial("192.0.2.1")
		fourth.Get("/other")
		fourth.refused(429)
		for i := range 20 {
			w.dial("192.0.2." + string(rune('2'+i%7)))
		}
		synctest.Wait()
		close(l.news)
		for _, c := range polls {
			if _, body := c.Answer(); body != pollAnswer {
				t.Errorf("got %q", body)
			}
		}
		c := w.dial("192.0.2.1")
		c.Get("/other")
		c.Want(200)
	})
}

// TestOtherRequestsAreNotParked: their handlers wait.
func TestOtherRequestsAreNotParked(t *testing.T) {
	for name, text := range map[string]string{
		"of HTTP/1.0":                   "GET /poll HTTP/1.0\r\nHost: till\r\n\r\n",
		"on the last of its connection": "GET /poll HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n",
		"with a body":                   "GET /poll HTTP/1.1\r\nHost: till\r\nContent-Length: 2\r\n\r\n{}",
		"with a body in chunks":         "GET /poll HTTP/1.1\r\nHost: till\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"by another method":             "POST /poll HTTP/1.1\r\nHost: till\r\nContent-Length: 0\r\n\r\n",
		"with a long header":            "GET /poll HTTP/1.1\r\nHost: till\r\nX: " + strings.Repeat("x", mostText) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			l := &lot{}
			run(t, l.ServeHTTP, nil, func(w *world) {
				l.open()
				c := w.dial("192.0.2.1")
				c.Say(text)
				synctest.Wait()
				if l.calls.Load() != 1 {
					t.Errorf("%d calls", l.calls.Load())
				}
				close(l.news)
				if _, body := c.Answer(); !strings.Contains(body, "parked=false gone=false") {
					t.Errorf("got %q", body)
				}
			})
		})
	}
}

func TestOnlyPlainConnectionsArePark(t *testing.T) {
	type hijacker struct {
		http.ResponseWriter
		http.Hijacker
	}
	w := hijacker{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest("GET", "/poll", nil)
	if !canPark(w, r) {
		t.Error("a request of HTTP/1.1 is not parked")
	}
	if canPark(httptest.NewRecorder(), r) {
		t.Error("a request is parked whose connection cannot be taken")
	}
	r.TLS = &tls.ConnectionState{}
	if canPark(w, r) {
		t.Error("a request over TLS is parked")
	}
	r.TLS, r.Proto, r.ProtoMajor, r.ProtoMinor = nil, "HTTP/2.0", 2, 0
	if canPark(w, r) {
		t.Error("a request of HTTP/2 is parked")
	}
}

// TestAnAnswerOnTheWayOutIsTheAnswer: something around the handler has answered instead of
// letting its panic through, or has failed.
func TestAnAnswerOnTheWayOutIsTheAnswer(t *testing.T) {
	l := &lot{}
	catch := func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusTeapot)
			}
		}()
		l.serve(w, r)
	}
	run(t, catch, nil, func(w *world) {
		l.open()
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		c.Want(http.StatusTeapot)
		c.Get("/other")
		c.Want(200)
		if l.released.Load() != 1 {
			t.Errorf("%d releases", l.released.Load())
		}
	})
	l = &lot{onExit: func(http.ResponseWriter) { panic("on the way out") }}
	run(t, l.ServeHTTP, nil, func(w *world) {
		l.open()
		c := w.dial("192.0.2.1")
		c.Say(pollText)
		rest, _ := io.ReadAll(c.R)
		if len(rest) != 0 || l.released.Load() != 1 {
			t.Errorf("got %q and %d releases", rest, l.released.Load())
		}
	})
}

func TestTheTextOfARequestIsReadAsThatRequest(t *testing.T) {
	r := httptest.NewRequest("GET", "http://till.example/p%2Fq?x=%20&y", nil)
	r.RequestURI = "/p%2Fq?x=%20&y"
	r.Header = http.Header{"Cookie": {"a=1; b=2"}, "X-Request-Id": {"not sane!"}, "Empty": {""}}
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "req_1")
	want := "GET /p%2Fq?x=%20&y HTTP/1.1\r\nHost: till.example\r\nCookie: a=1; b=2\r\nEmpty: \r\nX-Request-Id: req_1\r\n\r\n"
	if got := textOf(w, r); !bytes.Equal(got, []byte(want)) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Header.Get("X-Request-Id") != "not sane!" {
		t.Error("the request has changed")
	}
}

// TestAPeerThatOnlyStopsSendingIsAnswered on a socket, which a pipe is not: what it sent is a
// whole request, and its end of sending ends the wait.
func TestAPeerThatOnlyStopsSendingIsAnswered(t *testing.T) {
	l := &lot{}
	l.open()
	s := New(Config{
		Handler: l, Limits: Limits{Connections: 100, Room: 10, PerAddress: 100}, Body: 1 << 10,
		Kept: func(string) bool { return false }, Log: slog.New(slog.DiscardHandler),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, pollText); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK\r\n") || !strings.Contains(string(answer), "parked=true") {
		t.Errorf("got %q, %v", answer, err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
}
