package app

import (
	"testing"

	"github.com/minitill/minitill/bridge/store/redisstore"
)

func TestLimitsWithoutRedisAreAsConfigured(t *testing.T) {
	redis, err := redisstore.Open(t.Context(), redisstore.Config{Addresses: []string{freeAddress(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	for _, closed := range []bool{false, true} {
		l := newLimits(redis, limitsConfig{SessionsPerMinute: 1, OrdersPerMinute: 1, Closed: closed})
		ok, wait, err := l.Allow(t.Context(), "order:somebody")
		if refused := err == nil && !ok && wait > 0; refused != closed {
			t.Errorf("closed %v: got %v, %v, %v", closed, ok, wait, err)
		}
		if unsure := err != nil; unsure == closed { // the caller lets an unsure answer pass
			t.Errorf("closed %v: got the fault %v", closed, err)
		}
	}
}
