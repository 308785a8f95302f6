package app

import (
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/store/redisstore"
)

// limits is the limit.Limiter of this server: the rate limits of one caller. Many payers
// of a wallet share one address, so the limit of sessions stops floods only.
type limits struct {
	redis  *redisstore.Store
	of     map[limit.Name]redisstore.Limit
	closed bool
}

func newLimits(redis *redisstore.Store, c limitsConfig) limits {
	l := limits{redis: redis, of: map[limit.Name]redisstore.Limit{}, closed: c.Closed}
	for name, n := range map[limit.Name]int{
		limit.Session: c.SessionsPerMinute, limit.Order: c.OrdersPerMinute, limit.GuestOrder: c.GuestOrdersPerMinute,
		limit.API: c.RequestsPerMinute, limit.BadKey: c.FailuresPerMinute, limit.AuthCode: c.FailuresPerMinute,
		limit.Notification: c.FailuresPerMinute,
	} {
		l.of[name] = redisstore.Limit{N: n, Per: time.Minute}
	}
	return l
}

// Allow counts one use of a key, which begins with the name of its limit. While Redis is
// unavailable, all requests are allowed, or refused with limits.closed; limits of failures
// always allow, so that notifications of wallets are processed.
func (l limits) Allow(ctx context.Context, key string) (bool, time.Duration, error) {
	text, _, _ := strings.Cut(key, ":")
	name := limit.Name(text)
	ok, wait, err := l.redis.Allow(ctx, key, l.of[name])
	if err != nil && l.closed && !countsFailures(name) {
		return false, time.Second, nil
	}
	return ok, wait, err
}

func countsFailures(name limit.Name) bool {
	return name == limit.BadKey || name == limit.AuthCode || name == limit.Notification
}
