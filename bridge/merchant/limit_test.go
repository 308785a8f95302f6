package merchant_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/outbound"
)

// limiter allows so many uses of what begins with a prefix, and notes all keys.
type limiter struct {
	prefix string
	most   int
	used   map[string]int
}

func (l *limiter) Allow(_ context.Context, key string) (bool, time.Duration, error) {
	l.used[key]++
	return !strings.HasPrefix(key, l.prefix) || l.used[key] <= l.most, time.Minute, nil
}

func limited(t *testing.T, prefix string, most int) (*world, *limiter) {
	l := &limiter{prefix, most, map[string]int{}}
	return newWorld(t, func(c *merchant.Config) { c.Limiter = l }), l
}

func TestRequestsCountByKey(t *testing.T) {
	w, l := limited(t, "api:key_shop", 2)
	for range 2 {
		w.call("GET", "/wallets", "").Want(200)
	}
	a := w.call("GET", "/wallets", "")
	a.Refused(429, "")
	if a.Header().Get("Retry-After") != "60" {
		t.Errorf("headers are %v", a.Header())
	}
	w.send("GET", "/wallets", "", "Authorization", w.club).Want(200)
	if l.used["api:key_shop"] != 3 || l.used["api:key_club"] != 1 || len(l.used) != 2 {
		t.Errorf("counted %v", l.used)
	}
}

// TestAnAddressThatTriesKeysIsRefusedWithoutARead, but a merchant that shares it is still served.
func TestAnAddressThatTriesKeysIsRefusedWithoutARead(t *testing.T) {
	w, _ := limited(t, "bad-key:", 2)
	w.call("GET", "/wallets", "").Want(200)
	guess := func() answer {
		text, _ := merchant.NewKey()
		return w.send("GET", "/wallets", "", "Authorization", "Bearer "+text)
	}
	for range 3 {
		guess().Refused(401, "")
	}
	reads := w.engine.reads
	for range 3 {
		guess().Refused(429, "")
	}
	w.send("GET", "/wallets", "", "Authorization", "Bearer nonsense").Refused(429, "")
	if w.engine.reads != reads {
		t.Errorf("keys were read %d times by an address that is refused", w.engine.reads-reads)
	}
	w.call("GET", "/wallets", "").Want(200)                                 // a key that was valid before
	w.send("GET", "/wallets", "", "Authorization", w.club).Refused(429, "") // and one that was not
	w.send("GET", "/wallets", "").Refused(401, "")                          // no key is no guess
	w.clock.Advance(time.Minute)
	w.send("GET", "/wallets", "", "Authorization", w.club).Want(200)
}

// TestARevokedKeyIsNotAcceptedFromTheCache of when it was valid.
func TestARevokedKeyIsNotAcceptedFromTheCache(t *testing.T) {
	w, _ := limited(t, "bad-key:", 1)
	w.call("GET", "/wallets", "").Want(200)
	for digest, k := range w.engine.keys {
		k.RevokedAt = w.clock.Now()
		w.engine.keys[digest] = k
	}
	w.call("GET", "/wallets", "").Refused(401, "")
}

func TestAWalletThatRefusesOurCallsIsReportedInItsHealth(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := newWorld(t)
	w.engine.wallets = []outbound.Info{{Name: "sandbox", Failing: "unavailable", FailingReason: "The wallet did not accept our signature.", FailingSince: since}, {Name: "second"}}
	body := w.call("GET", "/wallets", "").Want(200)
	if got := at(body, "wallets", 0, "health", "failing"); got != "unavailable" {
		t.Errorf("failing: got %v", got)
	}
	if got := at(body, "wallets", 0, "health", "failingReason"); got != "The wallet did not accept our signature." {
		t.Errorf("reason: got %v", got)
	}
	if got := at(body, "wallets", 0, "health", "failingSince"); got != "2026-01-02T03:04:05Z" {
		t.Errorf("since: got %v", got)
	}
	if _, there := at(body, "wallets", 1, "health").(map[string]any)["failing"]; there {
		t.Error("a wallet that answers is said to fail")
	}
}
