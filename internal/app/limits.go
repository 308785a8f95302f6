package app

import (
	"context"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/store/redisstore"
)

// What one caller may do. Wallets put many payers behind one address, so the limit
// on sessions stops floods and nothing less.
var (
	sessionLimit = redisstore.Limit{N: 1200, Per: time.Minute}
	orderLimit   = redisstore.Limit{N: 60, Per: time.Minute}
)

// limits is the miniapp.Limiter of this server.
type limits struct{ redis *redisstore.Store }

// Allow counts one use of a key, which begins with what is limited.
func (l limits) Allow(ctx context.Context, key string) (bool, time.Duration, error) {
	if strings.HasPrefix(key, "session") {
		return l.redis.Allow(ctx, key, sessionLimit)
	}
	return l.redis.Allow(ctx, key, orderLimit)
}
