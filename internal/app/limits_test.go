package app

import (
	"testing"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/store/redisstore"
	"github.com/minitill/minitill/internal/freeport"
)

func TestLimitsWithoutRedisAreAsConfigured(t *testing.T) {
	redis, err := redisstore.Open(t.Context(), redisstore.Config{Addresses: []string{freeport.Address(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	for _, closed := range []bool{false, true} {
		l := newLimits(redis, limitsConfig{SessionsPerMinute: 1, OrdersPerMinute: 1, Closed: closed})
		ok, wait, err := l.Allow(t.Context(), "order:someone")
		if refused := err == nil && !ok && wait > 0; refused != closed {
			t.Errorf("closed %v: got %v, %v, %v", closed, ok, wait, err)
		}
		if unsure := err != nil; unsure == closed { // the caller lets an unsure answer pass
			t.Errorf("closed %v: got the fault %v", closed, err)
		}
	}
}

// TestFailuresAreNotCountedWithoutRedis, so that no wallet is kept from notifying.
func TestFailuresAreNotCountedWithoutRedis(t *testing.T) {
	redis, err := redisstore.Open(t.Context(), redisstore.Config{Addresses: []string{freeport.Address(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	l := newLimits(redis, limitsConfig{FailuresPerMinute: 1, Closed: true})
	for _, key := range []string{"notification:192.0.2.1", "bad-key:192.0.2.1", "auth-code:192.0.2.1"} {
		if _, _, err := l.Allow(t.Context(), key); err == nil {
			t.Errorf("%s: got an answer, want the fault that lets it pass", key)
		}
	}
}

// TestEachLimitHasItsNumber.
func TestEachLimitHasItsNumber(t *testing.T) {
	redis, err := redisstore.Open(t.Context(), redisstore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	l := newLimits(redis, limitsConfig{SessionsPerMinute: 1, OrdersPerMinute: 2, GuestOrdersPerMinute: 3, RequestsPerMinute: 4, FailuresPerMinute: 5})
	for name, want := range map[limit.Name]int{
		limit.Session: 1, limit.Order: 2, limit.GuestOrder: 3, limit.API: 4, limit.BadKey: 5, limit.AuthCode: 5, limit.Notification: 5,
	} {
		got := 0
		for ok := true; ok; got++ {
			if ok, _, err = l.Allow(t.Context(), string(name)+":x"); err != nil {
				t.Fatal(err)
			}
		}
		if got--; got != want {
			t.Errorf("%s: %d pass, want %d", name, got, want)
		}
	}
}
