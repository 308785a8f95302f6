package transport

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minitill/minitill/fault"
)

// post sends one small POST.
func post(ctx context.Context, client *http.Client, url string) (Answer, error) {
	return Do(ctx, client, http.MethodPost, url, http.Header{"X-Test": {"1"}}, []byte(`{"a":1}`))
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("got %v (kind %s), want %s", err, fault.KindOf(err), want)
	}
}

func TestAnswerIsReadWhole(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Saw", r.Header.Get("X-Test")+string(body))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short")
	}))
	defer server.Close()
	answer, err := post(t.Context(), Client(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusTeapot || string(answer.Body) != "short" || answer.Header.Get("X-Saw") != `1{"a":1}` {
		t.Errorf("got %d %q %v", answer.Status, answer.Body, answer.Header)
	}
}

func TestRefusedConnectionIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := post(t.Context(), Client(), server.URL)
	wantKind(t, err, fault.Unavailable)
}

func TestCanceledBeforeTheCallIsUnavailable(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := post(ctx, Client(), "http://127.0.0.1:1/")
	wantKind(t, err, fault.Unavailable)
}

func TestCanceledWhileDialingIsUnavailable(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	_, err := post(ctx, client, "http://wallet.example/")
	wantKind(t, err, fault.Unavailable)
}

func TestCutAfterWriteIsUnknown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	_, err := post(t.Context(), Client(), server.URL)
	wantKind(t, err, fault.Unknown)
}

func TestBodyCutInTheMiddleIsUnknown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "half")
	}))
	defer server.Close()
	_, err := post(t.Context(), Client(), server.URL)
	wantKind(t, err, fault.Unknown)
}

func TestAnswersBeyondTheLimitAreUnknown(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes int
		known bool // the length is announced
		whole bool
	}{
		{"the limit itself, announced", MaxBody, true, true},
		{"the limit itself, not announced", MaxBody, false, true},
		{"one byte more, announced", MaxBody + 1, true, false},
		{"one byte more, not announced", MaxBody + 1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.known {
					w.Header().Set("Content-Length", fmt.Sprint(c.bytes))
				} else {
					w.(http.Flusher).Flush()
				}
				_, _ = io.WriteString(w, strings.Repeat("x", c.bytes))
			}))
			defer server.Close()
			answer, err := post(t.Context(), Client(), server.URL)
			if c.whole && (err != nil || len(answer.Body) != c.bytes) {
				t.Errorf("got %d bytes and %v, want %d", len(answer.Body), err, c.bytes)
			}
			if !c.whole {
				wantKind(t, err, fault.Unknown)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere.Store(true) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusSeeOther) })
	server := httptest.NewServer(mux)
	defer server.Close()
	for name, client := range map[string]*http.Client{"the default client": Client(), "another client": WithoutRedirects(&http.Client{})} {
		answer, err := post(t.Context(), client, server.URL)
		if err != nil || answer.Status != http.StatusSeeOther || elsewhere.Load() {
			t.Errorf("%s: got HTTP %d and %v, want 303 and nothing called elsewhere", name, answer.Status, err)
		}
	}
}

func TestSlowServerUnderAShortContextIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // only then does the server notice a caller who leaves
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	_, err := post(ctx, Client(), server.URL)
	wantKind(t, err, fault.Unknown)
}

func TestDrippingBodyUnderAShortContextIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "d")
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	_, err := post(ctx, Client(), server.URL)
	wantKind(t, err, fault.Unknown)
}

// A kept-alive connection that the server closes while our next request is on its
// way is the case in which net/http retries.
func TestReusedConnectionThatClosesIsUnknownAndNotSentAgain(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var requests atomic.Int32
	go answerOnceThenClose(listener, &requests)
	client := Client()
	if _, err := post(t.Context(), client, "http://"+listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	_, err = post(t.Context(), client, "http://"+listener.Addr().String())
	wantKind(t, err, fault.Unknown)
	if n := requests.Load(); n != 2 {
		t.Errorf("requests: got %d, want 2", n)
	}
}

// answerOnceThenClose answers the first request of a connection and closes it once
// it has read the second.
func answerOnceThenClose(listener net.Listener, requests *atomic.Int32) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		in := bufio.NewReader(conn)
		for range 2 {
			r, err := http.ReadRequest(in)
			if err != nil {
				break
			}
			_, _ = io.ReadAll(r.Body)
			if requests.Add(1) == 1 {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}
		_ = conn.Close()
	}
}

func TestTransportThatReportsNothingIsUnknown(t *testing.T) {
	client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}
	_, err := post(t.Context(), client, "http://wallet.example/")
	wantKind(t, err, fault.Unknown)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the cause kept", err)
	}
}

func TestErrorsDoNotQuoteTheURL(t *testing.T) {
	_, err := post(t.Context(), Client(), "http://127.0.0.1:1/pay?token=hush")
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v, want an error without the token", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnAddressIsSentAsItIsWrittenOrNotAtAll(t *testing.T) {
	var arrived string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived = r.RequestURI }))
	defer server.Close()
	for _, target := range []string{"", "/", "/a?", "/a?b=c%2Bd+e;f=%7e&&g", "/a%2Fb//c/../d", "/a;b:c@d", "/a?b=c?d"} {
		_, err := post(t.Context(), Client(), server.URL+target)
		if want := cmp.Or(target, "/"); err != nil || arrived != want {
			t.Errorf("%q: got %q and %v, want it as it is", target, arrived, err)
		}
	}
	for _, target := range []string{"/order#1", "/order?id=a#b", "/#", "/a b", "/é", "/a?b\r\nc", "/a?b c", "/%zz"} {
		arrived = ""
		_, err := post(t.Context(), Client(), server.URL+target)
		if fault.KindOf(err) != fault.Internal || arrived != "" {
			t.Errorf("%q: arrived %q, got %v, want Internal and nothing sent", target, arrived, err)
		}
	}
}

// A burst opened a connection for almost every call beyond the 64 that were kept.
func TestABurstOpensNoMoreConnectionsThanItHasCallsAtOnce(t *testing.T) {
	const slots, calls = 32, 1000
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := ClientOf(slots)
	defer client.CloseIdleConnections()
	var left atomic.Int64
	left.Store(calls)
	var workers sync.WaitGroup
	for range slots {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := post(t.Context(), client, server.URL); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if n := opened.Load(); n > slots {
		t.Errorf("%d calls by %d at once opened %d connections", calls, slots, n)
	}
}

// Connections of a burst as wide as a wallet's slots are kept for the next one.
func TestTheClientKeepsTheConnectionsOfAllItsCalls(t *testing.T) {
	const wide = 100 // more than a client kept before
	var opened atomic.Int64
	arrived, all := make(chan struct{}, wide), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-all
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := Client()
	defer client.CloseIdleConnections()
	burst := func() {
		var calls sync.WaitGroup
		for range wide {
			calls.Go(func() {
				if _, err := post(t.Context(), client, server.URL); err != nil {
					t.Error(err)
				}
			})
		}
		for range wide {
			<-arrived
		}
		close(all)
		calls.Wait()
	}
	burst()
	first := opened.Load()
	all = make(chan struct{})
	burst()
	if again := opened.Load() - first; first != wide || again != 0 {
		t.Errorf("two bursts of %d calls opened %d and %d connections, want %d and 0", wide, first, again, wide)
	}
}
