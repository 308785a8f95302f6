package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

type limiterFunc func(key string)

func (f limiterFunc) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	f(key)
	return true, 0, nil
}

func TestANotificationIsPassedOnAsItCame(t *testing.T) {
	w := newWorld(t)
	w.engine.reply = wallet.Reply{
		Status: 202, Body: []byte(" OK\n"), Header: http.Header{"Content-Type": {"text/x-wallet"}, "signature": {"a", "b"}},
	}
	const body = " {\"a\" : 1,\r\n \"a\":\"\\u0061\"}\n\x00\xff"
	got := w.send("POST", "/notify/red%2Dpay?b=2&a=%20x&b=1", body, "Content-Type", "text/plain", "X-Signature", "one", "X-Signature", "two")
	d := w.engine.delivery
	if string(d.Body) != body || d.Method != "POST" || w.engine.walletName != "red-pay" ||
		strings.Join(d.Header["X-Signature"], ",") != "one,two" || d.ReceivedAt.Location() != time.UTC {
		t.Errorf("the engine got %+v", d)
	}
	if want := "/till/notify/red%2Dpay?b=2&a=%20x&b=1"; d.Path != want {
		t.Errorf("the path is %q, want %q", d.Path, want)
	}
	if got.Code != 202 || got.Body.String() != " OK\n" || got.Header().Get("Content-Type") != "text/x-wallet" ||
		strings.Join(got.Header()["Signature"], ",") != "a,b" {
		t.Errorf("the wallet got %d %v %q", got.Code, got.Header(), got.Body)
	}
}

func TestAReplyIsNotAddedTo(t *testing.T) {
	w := newWorld(t)
	w.engine.reply = wallet.Reply{Body: []byte("<html>")}
	got := w.send("GET", "/notify/sandbox", "")
	if got.Code != 200 || w.engine.delivery.Method != "GET" || len(w.engine.delivery.Body) != 0 || got.Header().Get("Content-Type") != "" {
		t.Errorf("got %d %v", got.Code, got.Header())
	}
}

func TestNotificationsThatAreNotPassedOn(t *testing.T) {
	w := newWorld(t)
	w.problem(w.send("POST", "/notify/sandbox", strings.Repeat("x", problem.MaxBody+1)), 413, "too_large")
	if w.engine.walletName != "" {
		t.Error("the engine was called")
	}
	w.send("POST", "/notify/sandbox", strings.Repeat("x", problem.MaxBody))
	if len(w.engine.delivery.Body) != problem.MaxBody {
		t.Errorf("got %d bytes", len(w.engine.delivery.Body))
	}
	w.engine.fail = fault.New(fault.NotFound, "test", "There is no such wallet.")
	w.problem(w.send("POST", "/notify/none", "x"), 404, "not_found")
}

func TestThePathUnderAPrefix(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.PublicURL = "" })
	mux := http.NewServeMux()
	mux.Handle("/shop/pay/", http.StripPrefix("/shop/pay", w.server))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/shop/pay/notify/sandbox?a=1", nil))
	if got := w.engine.delivery.Path; got != "/shop/pay/notify/sandbox?a=1" {
		t.Errorf("the path is %q", got)
	}
	w.send("POST", "/notify/sandbox", "")
	if got := w.engine.delivery.Path; got != "/notify/sandbox" {
		t.Errorf("the path is %q", got)
	}
}
