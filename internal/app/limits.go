package app

import (
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store/redisstore"
)

// limits is the miniapp.Limiter of this server: what one caller may do. Wallets put
// many payers behind one address, so the limit on sessions stops floods and nothing
// less.
type limits struct {
	redis            *redisstore.Store
	sessions, orders redisstore.Limit
	closed           bool
}

func newLimits(redis *redisstore.Store, c limitsConfig) limits {
	return limits{
		redis:    redis,
		sessions: redisstore.Limit{N: c.SessionsPerMinute, Per: time.Minute},
		orders:   redisstore.Limit{N: c.OrdersPerMinute, Per: time.Minute},
		closed:   c.Closed,
	}
}

// Allow counts one use of a key, which begins with what is limited. While Redis is
// away everybody is let through, or nobody, as configured.
func (l limits) Allow(ctx context.Context, key string) (bool, time.Duration, error) {
	limit := l.orders
	if strings.HasPrefix(key, "session") {
		limit = l.sessions
	}
	ok, wait, err := l.redis.Allow(ctx, key, limit)
	if err != nil && l.closed {
		return false, time.Second, nil
	}
	return ok, wait, err
}
