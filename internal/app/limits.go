package app

import (
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/store/redisstore"
)

// limits is the limit.Limiter of this server: what one caller may do. Wallets put
// many payers behind one address, so the limit on sessions stops floods and nothing
// less.
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

// Allow counts one use of a key, which begins with what is limited. While Redis is
// away everybody is let through, or nobody, as configured; failures are not counted then,
// so that no wallet is kept from notifying.
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
