package miniapp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/miniapp"
	"github.com/minitill/minitill/signing"
)

func TestASessionIsThePayersWhoHasTheCode(t *testing.T) {
	w := newWorld(t)
	body := w.send("POST", "/sessions", `{"wallet":"second","authCode":"c1"}`).Want(201)
	s, err := w.tokens.ParseSession(body["token"].(string))
	if err != nil || s.App != "shop" || s.Wallet != "second" || s.Payer != "payer of c1" || s.Guest {
		t.Errorf("got %+v, %v", s, err)
	}
	if got := body["payer"].(map[string]any)["id"]; got != "payer of c1" {
		t.Errorf("payer is %v", got)
	}
	if body["expiresAt"] != "2026-01-02T14:00:00Z" || len(body) != 3 {
		t.Errorf("got %v", body)
	}
}

func TestGuests(t *testing.T) {
	w := newWorld(t)
	guest := func() signing.Session {
		s, err := w.tokens.ParseSession(w.send("POST", "/sessions?app=shop", "").Want(201)["token"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := guest(), guest()
	if !first.Guest || first.Wallet != "sandbox" || !strings.HasPrefix(first.Payer, "guest_") || first.Payer == second.Payer {
		t.Errorf("got %+v and %+v", first, second)
	}
	w.send("POST", "/sessions", `{"wallet":"club-pay"}`).Refused(403, "")
}

func TestSessionsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	w.send("POST", "/sessions", `{"wallet":"nobody"}`).Refused(404, "")
	w.send("POST", "/sessions", `{}`).Refused(400, "wallet")
	w.send("POST", "/sessions?app=shop", `{"wallet":"club-pay"}`).Refused(400, "wallet")
	w.send("POST", "/sessions", `{"wallet":"sandbox","payer":"bob"}`).Refused(400, "payer")
	w.engine.fail = fault.New(fault.Declined, "test", "No.")
	w.send("POST", "/sessions", `{"wallet":"sandbox","authCode":"c1"}`).Refused(402, "")
}

type nonces struct {
	seen map[string]bool
	err  error
}

func (n nonces) Once(_ context.Context, namespace, value string, _ time.Duration) (bool, error) {
	if strings.Contains(value, "c1") {
		panic("the code itself must not be kept")
	}
	first := !n.seen[namespace+value]
	n.seen[namespace+value] = true
	return first, n.err
}

func TestAnAuthCodeGoesToTheWalletOnce(t *testing.T) {
	n := &nonces{seen: map[string]bool{}}
	w := newWorld(t, func(c *miniapp.Config) { c.Nonces = n })
	w.send("POST", "/sessions", `{"wallet":"sandbox","authCode":"c1"}`).Want(201)
	w.send("POST", "/sessions", `{"wallet":"sandbox","authCode":"c1"}`).Refused(401, "")
	w.send("POST", "/sessions", `{"wallet":"second","authCode":"c1"}`).Want(201)
	if len(w.engine.signIns) != 2 {
		t.Errorf("the wallets were called with %v", w.engine.signIns)
	}
	n.err = errors.New("unavailable")
	w.send("POST", "/sessions", `{"wallet":"sandbox","authCode":"c1"}`).Want(201)
}

type limiter struct {
	keys []string
	deny string
	err  error
}

func (l *limiter) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	l.keys = append(l.keys, key)
	return l.deny == "" || !strings.HasPrefix(key, l.deny), 1500 * time.Millisecond, l.err
}

func TestLimits(t *testing.T) {
	l := &limiter{deny: "session:"}
	w := newWorld(t, func(c *miniapp.Config) { c.Limiter = l })
	a := w.send("POST", "/sessions", `{"wallet":"sandbox"}`)
	a.Refused(429, "")
	if a.Header().Get("Retry-After") != "2" || l.keys[0] != "session:192.0.2.1" {
		t.Errorf("got %v for %v", a.Header(), l.keys)
	}
	l.err = errors.New("unavailable")
	w.send("POST", "/sessions", `{"wallet":"sandbox"}`).Want(201)
	l.err, l.deny = nil, "order:"
	w.send("POST", "/orders", tea, "Authorization", w.session(ann), "Idempotency-Key", "k").Refused(429, "")
	if got := l.keys[len(l.keys)-1]; got != "order:miniapp/shop/~guest/"+ann {
		t.Errorf("the key is %q", got)
	}
}

func TestASessionThatWasEndedIsRefusedEverywhere(t *testing.T) {
	ended := map[string]bool{}
	w := newWorld(t, func(c *miniapp.Config) { c.Revoked = func(s signing.Session) bool { return ended[s.Payer] } })
	token := w.session(ann)
	made := w.send("POST", "/orders", tea, "Authorization", token, "Idempotency-Key", "k").Want(201)
	order := made["order"].(map[string]any)["id"].(string)
	w.send("GET", "/orders/"+order, "", "Authorization", token).Want(200)
	ended[ann] = true
	for _, call := range []struct{ method, path, body string }{
		{"POST", "/orders", tea}, {"GET", "/orders/" + order, ""}, {"GET", "/orders/" + order + "/stream", ""}, {"GET", "/catalog", ""},
		{"POST", "/orders/" + order + "/payments", "{}"}, {"POST", "/orders/" + order + "/result", `{"resultCode":"9000"}`}, {"POST", "/orders/" + order + "/cancel", ""},
	} {
		a := w.send(call.method, call.path, call.body, "Authorization", token, "Idempotency-Key", "l")
		if a.Refused(401, ""); !strings.Contains(a.Body.String(), "Sign in again") {
			t.Errorf("%s %s: %s", call.method, call.path, a.Body)
		}
	}
	w.send("GET", "/orders/"+order, "", "Authorization", "Bearer "+made["orderToken"].(string)).Want(200)
	w.send("POST", "/orders", tea, "Authorization", w.session(bob), "Idempotency-Key", "m").Want(201)
}

func TestCatalog(t *testing.T) {
	w := newWorld(t)
	body := w.send("GET", "/catalog?app=shop", "").Want(200)
	item := body["items"].([]any)[0].(map[string]any)
	if item["sku"] != "tea" || item["amount"].(map[string]any)["decimal"] != "3.00" {
		t.Errorf("got %v", body)
	}
	w.send("GET", "/catalog", "", "Authorization", w.session(ann)).Want(200)
	w.send("GET", "/catalog", "").Refused(400, "app")
	w.send("GET", "/catalog?app=club", "").Refused(404, "")
	w.send("GET", "/catalog?app=none", "").Refused(404, "")
	w.send("GET", "/catalog?app=shop", "", "Authorization", "Bearer x").Refused(401, "")
}

func TestAPageOfOneAppCallsNothingOfAnother(t *testing.T) {
	w := newWorld(t, func(c *miniapp.Config) { c.Origins = []string{"https://shop.example", "https://cafe.example"} })
	o := w.engine.newOrder("shop", bridge.Payer{ID: ann, Wallet: "sandbox", Guest: true})
	bearer := strings.TrimPrefix(w.orderToken(o), "Bearer ")
	w.engine.apps["shop"].Origins = []string{"https://shop.example"}
	for origin, status := range map[string]int{"https://shop.example": 200, "": 200, "https://container.example": 200, "null": 200, "https://cafe.example": 403} {
		for name, got := range map[string]answer{
			"a session":      w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session(ann), "Origin", origin),
			"an order token": w.send("GET", "/orders/"+string(o.ID), "", "Authorization", "Bearer "+bearer, "Origin", origin),
		} {
			if got.Code != status {
				t.Errorf("%s from %q: got %d, want %d: %s", name, origin, got.Code, status, got.Body)
			}
		}
	}
	if got := w.send("GET", "/orders/"+string(o.ID)+"/stream?token="+bearer, "", "Origin", "https://cafe.example"); got.Code != 403 {
		t.Errorf("a stream: got %d, want 403", got.Code)
	}
	if got := w.send("POST", "/sessions?app=shop", "{}", "Origin", "https://cafe.example"); got.Code != 403 {
		t.Errorf("a new session: got %d %s, want 403", got.Code, got.Body)
	}
	w.engine.apps["shop"].Origins = nil
	w.send("GET", "/orders/"+string(o.ID), "", "Authorization", w.session(ann), "Origin", "https://cafe.example").Want(200)
}

func TestTheObserverIsNotifiedOfOpenedSessions(t *testing.T) {
	var opened []string
	w := newWorld(t, func(c *miniapp.Config) {
		c.Opened = func(app string, guest bool) { opened = append(opened, fmt.Sprint(app, " ", guest)) }
	})
	w.send("POST", "/sessions", `{"wallet":"second","authCode":"c1"}`).Want(201)
	w.send("POST", "/sessions?app=shop", "").Want(201)
	w.send("POST", "/sessions?app=unknown", "").Refused(404, "")
	if want := []string{"shop false", "shop true"}; !slices.Equal(opened, want) {
		t.Errorf("sessions: got %q, want %q", opened, want)
	}
}
