package miniapp_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// script makes Wait do one step after the other, then disconnect the client.
func (w *world) script(steps ...func(o bridge.Order, d time.Duration) bridge.Order) {
	w.engine.wait = func(_ context.Context, o bridge.Order, d time.Duration) (bridge.Order, error) {
		if len(steps) == 0 {
			return o, errors.New("the store is unavailable")
		}
		step := steps[0]
		steps = steps[1:]
		return step(o, d), nil
	}
}

func TestAStreamSendsChangesAndHeartbeats(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	quiet := func(o bridge.Order, d time.Duration) bridge.Order {
		if d != 15*time.Second {
			t.Errorf("a heartbeat every %s", d)
		}
		w.clock.Advance(d)
		return o
	}
	w.script(quiet, func(o bridge.Order, _ time.Duration) bridge.Order { return w.engine.settle(o, wallet.Authorized) }, quiet,
		func(o bridge.Order, _ time.Duration) bridge.Order { return w.engine.settle(o, wallet.Paid) })
	token := strings.TrimPrefix(w.orderToken(o), "Bearer ")
	a := w.send("GET", "/orders/"+string(o.ID)+"/stream?token="+token, "")
	if a.Code != 200 || a.Header().Get("Content-Type") != "text/event-stream" || a.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d, %v: %s", a.Code, a.Header(), a.Body)
	}
	frames := strings.Split(strings.TrimSuffix(a.Body.String(), "\n\n"), "\n\n")
	want := []string{"retry: 2000", "id: 2\nevent: order\ndata: {\"order\":", ": ", "id: 3\nevent: order\ndata: {\"order\":", ": ", "id: 4\nevent: order\ndata: {\"order\":"}
	if len(frames) != len(want) {
		t.Fatalf("got %q", frames)
	}
	for i := range want {
		if !strings.HasPrefix(frames[i], want[i]) {
			t.Errorf("frame %d is %q, want %q…", i, frames[i], want[i])
		}
	}
	final := w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session("ann")).Body.String()
	if got := strings.TrimPrefix(frames[5], "id: 4\nevent: order\ndata: "); got != final {
		t.Errorf("the last event is %s, want the body of GET: %s", got, final)
	}
}

func TestWhoMayOpenAStream(t *testing.T) {
	w := newWorld(t)
	o := w.engine.settle(w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"}), wallet.Paid)
	path := "/orders/" + string(o.ID) + "/stream"
	order, session := strings.TrimPrefix(w.orderToken(o), "Bearer "), strings.TrimPrefix(w.session("ann"), "Bearer ")
	w.send("GET", path, "").Refused(401, "")
	w.send("GET", path+"?token="+session, "").Refused(401, "")
	w.send("GET", "/orders/"+string(o.ID)+"?token="+order, "").Refused(401, "")
	if a := w.send("GET", path, "", "Authorization", "Bearer "+session); a.Code != 200 || !strings.Contains(a.Body.String(), "id: 3\n") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
	if a := w.send("GET", path+"?token="+order, "", "Last-Event-ID", "2"); a.Code != 200 {
		t.Errorf("got %d", a.Code)
	}
	if a := w.send("GET", path+"?token="+order, "", "Last-Event-ID", "3"); a.Code != 204 {
		t.Errorf("a browser that has received the final state is not told to stop: %d", a.Code)
	}
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	revoked := false
	w := newWorld(t, func(c *miniapp.Config) { c.Revoked = func(signing.Session) bool { return revoked } })
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	session := w.session("ann")
	follow := func(token string) string {
		revoked = false
		w.script(func(o bridge.Order, _ time.Duration) bridge.Order {
			revoked = true
			return w.engine.settle(o, wallet.Paid)
		})
		return w.send("GET", "/orders/"+string(o.ID)+"/stream", "", "Authorization", token).Body.String()
	}
	if got := follow(session); !strings.Contains(got, "id: 2\n") || strings.Contains(got, "id: 3\n") {
		t.Errorf("after the session was revoked the stream sent %q", got)
	}
	o = w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	if got := follow(w.orderToken(o)); !strings.Contains(got, "id: 3\n") {
		t.Errorf("a stream with an order token ends when a session is revoked: %q", got)
	}
}

func TestAStreamPassesTheEnvelope(t *testing.T) {
	w := newWorld(t)
	o := w.engine.settle(w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"}), wallet.Paid)
	a := w.send("GET", "/orders/"+string(o.ID)+"/stream", "", "Authorization", w.session("ann"), "Minitill-Envelope", "1")
	if !strings.HasPrefix(a.Body.String(), "retry: ") {
		t.Errorf("got %s", a.Body)
	}
}

func TestAStreamEnds(t *testing.T) {
	for name, step := range map[string]func(w *world) func(bridge.Order, time.Duration) bridge.Order{
		"when the engine holds nothing back": func(*world) func(bridge.Order, time.Duration) bridge.Order {
			return func(o bridge.Order, _ time.Duration) bridge.Order { return o }
		},
		"after the last change, when the server drains": func(w *world) func(bridge.Order, time.Duration) bridge.Order {
			return func(o bridge.Order, d time.Duration) bridge.Order {
				w.clock.Advance(d)
				w.engine.drained = true
				return w.engine.settle(o, wallet.Authorized)
			}
		},
		"when it is old": func(w *world) func(bridge.Order, time.Duration) bridge.Order {
			return func(o bridge.Order, _ time.Duration) bridge.Order { w.clock.Advance(time.Hour); return o }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
			calls := 0
			w.engine.wait = func(_ context.Context, o bridge.Order, d time.Duration) (bridge.Order, error) {
				if calls++; calls > 1 {
					t.Fatal("Wait is called again")
				}
				return step(w)(o, d), nil
			}
			w.send("GET", "/orders/"+string(o.ID)+"/stream", "", "Authorization", w.session("ann"))
		})
	}
}

func TestAStreamLeavesNoGoroutineBehind(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	gone := make(chan struct{})
	waiting := make(chan struct{})
	w.engine.wait = func(ctx context.Context, o bridge.Order, _ time.Duration) (bridge.Order, error) {
		close(waiting)
		<-ctx.Done()
		close(gone)
		return o, nil
	}
	server := httptest.NewServer(w.handler)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/miniapp/v1/orders/"+string(o.ID)+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", w.session("ann"))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	if !strings.Contains(lines.Text(), string(o.ID)) {
		t.Errorf("the first event does not come at once: %q, %v", lines.Text(), lines.Err())
	}
	<-waiting // the stream of a client that disconnects earlier does not call Wait
	cancel()
	<-gone // TestMain fails when a goroutine is left
}
