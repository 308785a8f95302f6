package merchant_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/contract"
)

func TestNewKey(t *testing.T) {
	form := regexp.MustCompile(`^mk_[A-Za-z0-9_-]{43}$`)
	seen := map[string]bool{}
	for range 100 {
		text, digest := merchant.NewKey()
		if !form.MatchString(text) || digest != sha256.Sum256([]byte(text)) || seen[text] {
			t.Fatalf("got %q, %x", text, digest)
		}
		seen[text] = true
	}
}

func TestWhatIsNoKeyCostsNoRead(t *testing.T) {
	w := newWorld(t)
	key := strings.TrimPrefix(w.shop, "Bearer ")
	for name, header := range map[string]string{
		"no header":           "",
		"another scheme":      "Basic " + key,
		"no scheme":           key,
		"an empty key":        "Bearer ",
		"another prefix":      "Bearer sk_" + key[3:],
		"no prefix":           "Bearer " + key[3:],
		"a character less":    "Bearer " + key[:len(key)-1],
		"a character more":    "Bearer " + key + "A",
		"no base64":           "Bearer " + key[:len(key)-1] + "*",
		"a line break within": "Bearer " + key[:20] + "\n" + key[20:len(key)-1],
		"bits beyond the key": "Bearer mk_" + strings.Repeat("A", 42) + "B",
		"two keys":            "Bearer " + key + " " + key,
	} {
		t.Run(name, func(t *testing.T) {
			a := w.in(t).send("GET", "/orders", "", "Authorization", header)
			a.Refused(401, "")
			if a.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("headers are %v", a.Header())
			}
		})
	}
	w.send("GET", "/orders", "", "Authorization", w.shop, "Authorization", w.shop).Refused(401, "")
	if w.engine.reads != 0 {
		t.Errorf("%d reads", w.engine.reads)
	}
}

func TestARevokedOrExpiredKeyIsRefused(t *testing.T) {
	w := newWorld(t)
	for digest, k := range w.engine.keys {
		if k.App == "shop" {
			k.RevokedAt = w.clock.Now()
			w.engine.keys[digest] = k
		}
	}
	never, _ := merchant.NewKey()
	revoked := w.send("GET", "/orders", "", "Authorization", w.shop, "X-Request-Id", "r")
	revoked.Refused(401, "")
	unknown := w.send("GET", "/orders", "", "Authorization", "Bearer "+never, "X-Request-Id", "r")
	if unknown.Body.String() != revoked.Body.String() {
		t.Errorf("%s differs from %s", unknown.Body, revoked.Body)
	}
	w.send("GET", "/orders", "", "Authorization", w.club).Want(200)
}

func TestAnUnavailableStoreIsNotReportedAsAWrongKey(t *testing.T) {
	w := newWorld(t)
	w.engine.keysDown = errUnavailable
	w.send("GET", "/orders", "", "Authorization", w.shop).Refused(503, "")
}

// withKey changes the shop's key.
func (w *world) withKey(change func(*store.APIKey)) {
	for digest, k := range w.engine.keys {
		if k.App == "shop" {
			change(&k)
			w.engine.keys[digest] = k
		}
	}
}

func TestAKeyEndsWhenItExpires(t *testing.T) {
	w := newWorld(t)
	w.withKey(func(k *store.APIKey) { k.ExpiresAt = w.clock.Now().Add(time.Hour) })
	w.clock.Advance(time.Hour - time.Millisecond)
	w.call("GET", "/orders", "").Want(200)
	w.clock.Advance(time.Millisecond)
	a := w.call("GET", "/orders", "")
	if a.Refused(401, ""); !strings.Contains(a.Body.String(), "has expired") {
		t.Errorf("got %s", a.Body)
	}
}

func TestAKeyIsAcceptedFromItsNetworksOnly(t *testing.T) {
	for networks, lets := range map[string]bool{
		"": true, "192.0.2.0/24": true, "192.0.2.1/32": true, "10.0.0.0/8 192.0.2.0/28": true,
		"10.0.0.0/8": false, "192.0.2.2/31": false, "2001:db8::/32": false,
	} {
		w := newWorld(t) // whose caller is 192.0.2.1
		w.withKey(func(k *store.APIKey) {
			for _, n := range strings.Fields(networks) {
				k.Networks = append(k.Networks, netip.MustParsePrefix(n))
			}
		})
		if lets {
			w.call("GET", "/orders", "").Want(200)
			continue
		}
		a := w.call("GET", "/orders", "")
		if a.Refused(403, ""); strings.Contains(a.Body.String(), "10.0.0") {
			t.Errorf("the answer names the networks: %s", a.Body)
		}
		w.api.RunOnce(t.Context())
		if len(w.engine.used) > 0 {
			t.Errorf("%s: a refused request counts as a use", networks)
		}
	}
}

func TestAddressesOfNetworks(t *testing.T) {
	k := store.APIKey{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fe80::/10")}}
	for address, want := range map[string]bool{
		"192.0.2.9": true, "::ffff:192.0.2.9": true, "fe80::1%eth0": true, "192.0.3.1": false, "2001:db8::1": false,
	} {
		if got := k.AcceptedFrom(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
	if k.AcceptedFrom(netip.Addr{}) {
		t.Error("an address that is not known is accepted")
	}
}

func TestTheLastUseOfAKeyIsStoredBesideItsRequests(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/orders", "")
	w.clock.Advance(time.Second)
	w.call("GET", "/orders/none", "")
	w.send("GET", "/orders", "", "Authorization", "Bearer mk_nobody")
	if len(w.engine.used) > 0 {
		t.Errorf("a request has waited for %v", w.engine.used)
	}
	w.api.RunOnce(t.Context())
	w.api.RunOnce(t.Context())
	if got := strings.Join(w.engine.used, ", "); got != "key_shop 12:00:01" {
		t.Errorf("stored %q, want the last use once", got)
	}
	w.engine.keysDown = errUnavailable
	w.call("GET", "/orders", "") // and nothing is used
	w.api.RunOnce(t.Context())
}

func TestRunStoresTheLastUsesWhenItEnds(t *testing.T) {
	w := newWorld(t)
	w.call("GET", "/orders", "")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := w.api.Run(ctx); !errors.Is(err, context.Canceled) || len(w.engine.used) != 1 {
		t.Errorf("got %v, stored %v", err, w.engine.used)
	}
}

func TestAdmitsKeysOfTheAppOnly(t *testing.T) {
	w := newWorld(t)
	none := w.key("shop")
	for name, x := range map[string]struct{ key, want string }{
		"a key of the app":           {w.shop, ""},
		"one without any scope":      {none, ""},
		"a key of another app":       {w.club, "forbidden"},
		"no key":                     {"", "unauthenticated"},
		"a key that is none of ours": {"Bearer mk_x", "unauthenticated"},
	} {
		r := httptest.NewRequest("POST", "/sandbox/control/faults", nil)
		if x.key != "" {
			r.Header.Set("Authorization", x.key)
		}
		got := ""
		if err := w.api.Admits(r, "192.0.2.1", "shop"); err != nil {
			got = fault.KindOf(err).String()
		}
		if got != x.want {
			t.Errorf("%s: got %q, want %q", name, got, x.want)
		}
	}
}

func FuzzKeyDigest(f *testing.F) {
	text, _ := merchant.NewKey()
	for _, seed := range []string{text, "", "mk_", text + "A", "mk_" + strings.Repeat("A", 42) + "B", text[:10] + "\n" + text[10:]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digest, ok := merchant.KeyDigest(text)
		if !ok {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, "mk_"))
		if err != nil || len(raw) != 32 || "mk_"+base64.RawURLEncoding.EncodeToString(raw) != text || digest != sha256.Sum256([]byte(text)) {
			t.Errorf("%q is taken for a key", text)
		}
	})
}

// scopesOf is what each route requires of a key: any of its scopes.
var scopesOf = map[string][]store.Scope{
	"POST /orders":                              {store.ScopeOrders},
	"GET /orders":                               {store.ScopeRead},
	"GET /orders/:id":                           {store.ScopeRead},
	"POST /orders/:id/capture":                  {store.ScopeOrders},
	"POST /orders/:id/void":                     {store.ScopeOrders},
	"POST /orders/:id/cancel":                   {store.ScopeOrders},
	"POST /orders/:id/refresh":                  {store.ScopeOrders},
	"POST /orders/:id/refunds":                  {store.ScopeRefunds},
	"GET /orders/:id/events":                    {store.ScopeRead},
	"GET /refunds":                              {store.ScopeRead},
	"GET /refunds/:id":                          {store.ScopeRead},
	"POST /refunds/:id/approve":                 {store.ScopeApprovals},
	"POST /refunds/:id/reject":                  {store.ScopeApprovals},
	"GET /events":                               {store.ScopeRead},
	"GET /exports/:file":                        {store.ScopeRead},
	"GET /webhook-endpoints":                    {store.ScopeRead, store.ScopeAdmin},
	"POST /webhook-endpoints":                   {store.ScopeAdmin},
	"GET /webhook-endpoints/:id":                {store.ScopeRead, store.ScopeAdmin},
	"PATCH /webhook-endpoints/:id":              {store.ScopeAdmin},
	"DELETE /webhook-endpoints/:id":             {store.ScopeAdmin},
	"POST /webhook-endpoints/:id/rotate-secret": {store.ScopeAdmin},
	"GET /deliveries":                           {store.ScopeRead, store.ScopeAdmin},
	"GET /deliveries/:id":                       {store.ScopeRead, store.ScopeAdmin},
	"POST /deliveries/:id/replay":               {store.ScopeAdmin},
	"POST /orders/:id/resolve":                  {store.ScopeOrders, store.ScopeRefunds},
	"GET /inbox":                                {store.ScopeRead},
	"POST /inbox/:id/retry":                     {store.ScopeOrders},
	"POST /inbox/:id/dismiss":                   {store.ScopeOrders},
	"POST /deliveries/:id/dismiss":              {store.ScopeAdmin},
	"POST /agreements/:id/resolve":              {store.ScopeOrders},
	"POST /agreements":                          {store.ScopeOrders},
	"GET /agreements":                           {store.ScopeRead},
	"GET /agreements/:id":                       {store.ScopeRead},
	"POST /agreements/:id/sign":                 {store.ScopeOrders},
	"POST /agreements/:id/end":                  {store.ScopeOrders},
	"GET /wallets":                              {store.ScopeRead},
	"POST /sessions/revoke":                     {store.ScopeAdmin},
}

func TestEachRouteRequiresItsScope(t *testing.T) {
	w := newWorld(t)
	contract.Routes(t, w.router.Routes(), "/v1/")
	if got := len(w.router.Routes()); got != len(scopesOf) {
		t.Errorf("%d routes, want %d", got, len(scopesOf))
	}
	keys := map[store.Scope]string{}
	for _, scope := range store.Scopes {
		keys[scope] = w.key("shop", scope)
	}
	none := w.key("shop")
	for _, route := range w.router.Routes() {
		path := strings.TrimPrefix(route.Path, "/v1")
		open, known := scopesOf[route.Method+" "+path]
		if !known {
			t.Errorf("%s %s is not in the contract", route.Method, path)
			continue
		}
		w.send(route.Method, path, "").Refused(401, "")
		w.send(route.Method, path, "", "Authorization", none).Refused(403, "")
		for scope, key := range keys {
			a := w.send(route.Method, path, "", "Authorization", key, "Idempotency-Key", w.fresh())
			lets := strings.Contains(" "+join(open)+" ", " "+string(scope)+" ")
			if refused := a.Code == 403; refused == lets {
				t.Errorf("%s %s with a key for %s: %d", route.Method, path, scope, a.Code)
			} else if refused && !strings.Contains(a.Body.String(), "lacks the scope "+strings.ReplaceAll(join(open), " ", " or ")+".") {
				t.Errorf("%s %s does not name its scope: %s", route.Method, path, a.Body)
			}
		}
	}
}

func join(scopes []store.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}
