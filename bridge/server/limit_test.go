package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// twice allows two uses of each key.
type twice map[string]int

func (l twice) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	l[key]++
	return l[key] <= 2, time.Minute, nil
}

// from sends a request from an address.
func (w *world) from(address, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader("news"))
	r.RemoteAddr = address + ":4711"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	got := httptest.NewRecorder()
	w.server.ServeHTTP(got, r)
	return got
}

// TestUnprovenNotificationsAreLimited after some of one address, and those of
// another address are not.
func TestUnprovenNotificationsAreLimited(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := newWorld(t, func(c *server.Config) { c.Limiter, c.Now = twice{}, func() time.Time { return now } })
	w.engine.reply, w.engine.fail = wallet.Reply{Status: 401, Body: []byte("no")}, fault.New(fault.Unauthenticated, "test", "Not signed.")
	for range 3 {
		if got := w.from("192.0.2.1", "POST", "/notify/sandbox"); got.Code != 401 || got.Body.String() != "no" {
			t.Fatalf("got %d %s, want the wallet's own answer", got.Code, got.Body)
		}
	}
	w.engine.walletName = ""
	got := w.from("192.0.2.1", "POST", "/notify/sandbox")
	if w.problem(got, 429, "rate_limited"); got.Header().Get("Retry-After") != "60" || w.engine.walletName != "" {
		t.Errorf("got %v, and the engine was called for %q", got.Header(), w.engine.walletName)
	}
	w.engine.reply, w.engine.fail = wallet.Reply{Status: 200}, nil
	if got := w.from("192.0.2.2", "POST", "/notify/sandbox"); got.Code != 200 {
		t.Errorf("the wallet got %d", got.Code)
	}
	now = now.Add(time.Minute)
	if got := w.from("192.0.2.1", "POST", "/notify/sandbox"); got.Code != 200 {
		t.Errorf("after the pause: got %d", got.Code)
	}
}

// TestAnUntrustedProxyDoesNotBlockTheNotificationsOfWallets: all callers have its address, so a stranger
// could stop a wallet's news. One line of the log names the setting.
func TestAnUntrustedProxyDoesNotBlockTheNotificationsOfWallets(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *server.Config) {
		c.Limiter, c.Log = twice{}, slog.New(slog.NewTextHandler(&log, nil))
	})
	w.engine.reply, w.engine.fail = wallet.Reply{Status: 401}, fault.New(fault.Unauthenticated, "test", "Not signed.")
	for range 5 {
		if got := w.from("127.0.0.1", "POST", "/notify/sandbox", "X-Forwarded-For", "203.0.113.9"); got.Code != 401 {
			t.Errorf("got %d", got.Code)
		}
	}
	if text := log.String(); strings.Count(text, "server.trustedProxies") != 1 {
		t.Errorf("the log has %s", text)
	}
}

// TestBehindATrustedProxyNotificationsCountByTheForwardedAddress.
func TestBehindATrustedProxyNotificationsCountByTheForwardedAddress(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limiter, c.TrustedProxies = twice{}, []string{"10.0.0.0/8"} })
	w.engine.reply, w.engine.fail = wallet.Reply{Status: 401}, fault.New(fault.Unauthenticated, "test", "Not signed.")
	for range 3 {
		w.from("10.0.0.7", "POST", "/notify/sandbox", "X-Forwarded-For", "203.0.113.9:80")
	}
	w.problem(w.from("10.0.0.8", "POST", "/notify/sandbox", "X-Forwarded-For", "1.1.1.1, 203.0.113.9"), 429, "rate_limited")
	if got := w.from("10.0.0.7", "POST", "/notify/sandbox", "X-Forwarded-For", "203.0.113.10"); got.Code != 401 {
		t.Errorf("another caller behind it got %d", got.Code)
	}
}

// TestPagesWaitWithinBounds too.
func TestPagesWaitWithinBounds(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Waits = limit.PlaceLimits{PerOrder: 1} })
	o := w.engine.newOrder()
	token, _, err := w.tokens.IssuePay(web.OrderClaims(&o))
	if err != nil {
		t.Fatal(err)
	}
	held, let := make(chan struct{}), make(chan struct{})
	w.engine.waiting = func() { held <- struct{}{}; <-let }
	first := make(chan int, 1)
	go func() { first <- w.from("192.0.2.1", "GET", "/return/"+string(o.ID)+"/status?wait=25s").Code }()
	<-held
	got := w.send("GET", "/pay/"+token+"/status?wait=25s", "")
	if w.problem(got, 429, "rate_limited"); got.Header().Get("Retry-After") == "" {
		t.Error("the answer has no Retry-After")
	}
	close(let)
	if code := <-first; code != 200 {
		t.Errorf("what was held got %d", code)
	}
}

func TestReadinessNamesItsParts(t *testing.T) {
	well := true
	w := newWorld(t, func(c *server.Config) { c.Components = map[string]func() bool{"redis": func() bool { return well }} })
	if got := w.send("GET", "/readyz", "").Body.String(); got != `{"status":"ok","version":"v1","components":{"redis":"ok","store":"ok"}}` {
		t.Errorf("got %s", got)
	}
	well = false
	if got := w.send("GET", "/readyz", ""); got.Code != 200 || !strings.Contains(got.Body.String(), `"redis":"away"`) {
		t.Errorf("without Redis: got %d %s", got.Code, got.Body)
	}
	w.engine.ready = func(context.Context) error { return errors.New("the disk is full") }
	if got := w.send("GET", "/readyz", ""); !strings.Contains(got.Body.String(), `"errors":[{"field":"store","detail":"is unreachable"}]`) {
		t.Errorf("without a store: got %s", got.Body)
	}
}

// FuzzMountPath holds that what wallets sign is the path that they called, wherever the
// handler is mounted.
func FuzzMountPath(f *testing.F) {
	for _, seed := range [][2]string{{"/shop", "/notify/sandbox"}, {"", "/notify/sandbox?a=1"}, {"/a/b", "/notify/red%2Dpay?x=%20"}, {"/%61", "/notify/x"}, {"/é", "/notify/%"}, {"//", "/notify//x"}} {
		f.Add(seed[0], seed[1])
	}
	w := newWorld(f, func(c *server.Config) { c.PublicURL = "" })
	f.Fuzz(func(t *testing.T, prefix, path string) {
		called := &url.URL{Path: prefix}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST " + called.EscapedPath() + path + " HTTP/1.1\r\nHost: till\r\n\r\n")))
		if err != nil || !strings.HasPrefix(r.RequestURI, "/") {
			t.Skip()
		}
		w.engine.delivery = wallet.Delivery{}
		http.StripPrefix(prefix, w.server).ServeHTTP(httptest.NewRecorder(), r)
		known := w.engine.walletName == "sandbox" || w.engine.walletName == "red-pay" // others are answered 404
		if got := w.engine.delivery.Path; known && w.engine.delivery.Method != "" && got != r.RequestURI {
			t.Errorf("mounted at %q: the wallet called %q, and %q is what it is said to have signed", prefix, r.RequestURI, got)
		}
	})
}
