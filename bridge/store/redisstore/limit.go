package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Limit allows N requests in every Per, all of them at once if they like. After that
// they are let through at even distances.
type Limit struct {
	N   int
	Per time.Duration
}

func (l Limit) interval() time.Duration { return l.Per / time.Duration(max(l.N, 1)) }

// Allow counts a request against a key's limit. When it is one too many, it is not
// counted, and retryAfter reports when the next one may pass.
//
// The count of a real Redis is shared by all nodes and uses the server's clock.
// With the embedded one there is one process, and the count is kept in it.
//
// Faults: Unavailable.
func (s *Store) Allow(ctx context.Context, key string, limit Limit) (ok bool, retryAfter time.Duration, err error) {
	err = s.call(ctx, "redisstore.Allow", func(ctx context.Context) (err error) {
		retryAfter, err = s.allow(ctx, key, limit)
		return err
	})
	return err == nil && retryAfter == 0, retryAfter, err
}

func (s *Store) allow(ctx context.Context, key string, limit Limit) (wait time.Duration, err error) {
	if e := s.embedded; e != nil {
		if e.isDown() {
			return 0, errDown
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.limits.take(key, limit, e.now()), ctx.Err()
	}
	interval := limit.interval().Microseconds()
	micros, err := gcra.Run(ctx, s.client, []string{prefix + "limit:" + key}, interval, interval*int64(limit.N)).Int64()
	return time.Duration(micros) * time.Microsecond, err
}

// gcra keeps the moment at which the key's next request would come if requests came
// evenly. A request passes when that moment is not too far ahead. It returns the
// microseconds to wait, or 0.
var gcra = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + interval
if next - now > window then
  return next - now - window
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0`)

// limits is the same arithmetic in memory: the next moment of each key.
type limits map[string]time.Time

func (l limits) take(key string, limit Limit, now time.Time) (wait time.Duration) {
	next := l[key]
	if next.Before(now) {
		next = now
	}
	next = next.Add(limit.interval())
	if wait := next.Sub(now) - limit.interval()*time.Duration(limit.N); wait > 0 {
		return wait
	}
	l[key] = next
	return 0
}

// forget drops the keys that stand as if they had never been used.
func (l limits) forget(now time.Time) {
	for key, next := range l {
		if !next.After(now) {
			delete(l, key)
		}
	}
}
