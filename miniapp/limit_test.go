package miniapp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/miniapp"
)

// TestWaitsAreBoundedPerToken holds a long poll and a stream with one token, and
// requests one more of each.
func TestWaitsAreBoundedPerToken(t *testing.T) {
	w := newWorld(t, func(c *miniapp.Config) {
		c.Held = web.NewHeld(limit.NewPlaces(limit.PlaceLimits{PerToken: 2, PerOrder: 10}, nil))
	})
	o := w.engine.newOrder("shop", bridge.Payer{ID: ann, Guest: true})
	held, release := make(chan struct{}), make(chan struct{})
	w.engine.wait = func(_ context.Context, o bridge.Order, _ time.Duration) (bridge.Order, error) {
		held <- struct{}{}
		<-release
		return o, nil
	}
	token := w.orderToken(o)
	paths := []string{"/orders/" + string(o.ID) + "?wait=25s", "/orders/" + string(o.ID) + "/stream"}
	done := make(chan answer, len(paths))
	for _, path := range paths {
		go func() { done <- w.send("GET", path, "", "Authorization", token) }()
		<-held
	}
	for _, path := range append(paths, paths[1]+"?token="+strings.TrimPrefix(token, "Bearer ")) {
		var headers []string
		if !strings.Contains(path, "token=") {
			headers = []string{"Authorization", token}
		}
		a := w.send("GET", path, "", headers...)
		a.Refused(429, "")
		if a.Header().Get("Retry-After") == "" {
			t.Errorf("%s: the answer has no Retry-After", path)
		}
	}
	w.send("GET", "/orders/"+string(o.ID), "", "Authorization", token).Want(200) // what is not held back has no bound
	close(release)
	for range paths {
		if a := <-done; a.Code != 200 {
			t.Errorf("a held answer got %d", a.Code)
		}
	}
	go func() { done <- w.send("GET", paths[0], "", "Authorization", token) }()
	<-held
	if a := <-done; a.Code != 200 {
		t.Errorf("when the places are free again: got %d", a.Code)
	}
}

// failures is a limiter that allows two failures of each key.
type failures struct{ used map[string]int }

func (f *failures) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	f.used[key]++
	return !strings.HasPrefix(key, "auth-code:") || f.used[key] <= 2, time.Minute, nil
}

// TestGuessedAuthCodesMakeNoMoreCalls: when too many codes of one address were refused, further
// codes of that address are refused without a call to the wallet.
func TestGuessedAuthCodesMakeNoMoreCalls(t *testing.T) {
	w := newWorld(t, func(c *miniapp.Config) { c.Limiter = &failures{map[string]int{}} })
	w.engine.fail = fault.New(fault.Unauthenticated, "test", "The code is not valid.")
	const guess = `{"wallet":"sandbox","authCode":"guess"}`
	for range 3 {
		w.send("POST", "/sessions", guess).Refused(401, "")
	}
	w.send("POST", "/sessions", guess).Refused(429, "")
	if len(w.engine.signIns) != 3 {
		t.Errorf("the wallet was called %d times, want 3", len(w.engine.signIns))
	}
	w.engine.fail = nil
	w.send("POST", "/sessions", `{"wallet":"sandbox"}`).Want(201) // a guest guesses nothing
	other := httptest.NewRequest(http.MethodPost, "/miniapp/v1/sessions", strings.NewReader(guess))
	other.RemoteAddr = "198.51.100.7:4711"
	other.Header.Set("Content-Type", "application/json")
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, other)
	if got.Code != 201 {
		t.Errorf("another address got %d %s", got.Code, got.Body)
	}
	w.clock.Advance(time.Minute)
	w.send("POST", "/sessions", guess).Want(201)
}

// TestAnUnavailableWalletIsNotCountedAsAGuess: calls that fail with Unavailable block no address.
func TestAnUnavailableWalletIsNotCountedAsAGuess(t *testing.T) {
	w := newWorld(t, func(c *miniapp.Config) { c.Limiter = &failures{map[string]int{}} })
	w.engine.fail = fault.New(fault.Unavailable, "test", "The wallet is down.")
	for range 5 {
		w.send("POST", "/sessions", `{"wallet":"sandbox","authCode":"c"}`).Refused(503, "")
	}
}

// TestGuestsCountByAddress: a guest could open a new session for each order, so that a limit per
// payer would not hold.
func TestGuestsCountByAddress(t *testing.T) {
	l := &limiter{}
	w := newWorld(t, func(c *miniapp.Config) { c.Limiter = l })
	for _, payer := range []string{ann, bob} {
		w.send("POST", "/orders", tea, "Authorization", w.session(payer), "Idempotency-Key", payer).Want(201)
	}
	w.send("POST", "/orders", tea, "Authorization", w.session("carol"), "Idempotency-Key", "k").Want(201)
	want := "guest:192.0.2.1 order:miniapp/shop/~guest/" + ann + " guest:192.0.2.1 order:miniapp/shop/~guest/" + bob + " order:miniapp/shop/sandbox/carol"
	if got := strings.Join(l.keys, " "); got != want {
		t.Errorf("counted %s\nwant    %s", got, want)
	}
	l.deny = "guest:"
	w.send("POST", "/orders", tea, "Authorization", w.session(ann), "Idempotency-Key", "next").Refused(429, "")
	w.send("POST", "/orders", tea, "Authorization", w.session("carol"), "Idempotency-Key", "next").Want(201)
}
