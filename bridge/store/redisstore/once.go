package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Once reports whether a value is seen for the first time within ttl, such as the nonce
// of a request. Of many concurrent callers, one is first.
//
// Faults: Unavailable, when the answer is not known.
func (s *Store) Once(ctx context.Context, namespace, value string, ttl time.Duration) (first bool, err error) {
	key := prefix + "once:" + namespace + ":" + value
	err = s.call(ctx, "redisstore.Once", func(ctx context.Context) (err error) {
		if s.embedded != nil {
			first, err = s.onceEmbedded(ctx, key, ttl)
			return err
		}
		switch err = s.client.SetArgs(ctx, key, s.ending(ttl), redis.SetArgs{Mode: "NX", TTL: max(ttl, time.Millisecond)}).Err(); {
		case errors.Is(err, redis.Nil):
			return nil
		case err == nil:
			first = true
		}
		return err
	})
	return first, err
}

// onceEmbedded reads before it writes, because a key that has ended may still be there: the
// embedded Redis ages a key by up to a tick too much, so it keeps it for longer and the value
// reports when it ends.
func (s *Store) onceEmbedded(ctx context.Context, key string, ttl time.Duration) (first bool, err error) {
	s.embedded.mu.Lock()
	defer s.embedded.mu.Unlock()
	ends, err := s.client.Get(ctx, key).Int64()
	switch {
	case err == nil && s.now().UnixMilli() < ends:
		return false, nil
	case err != nil && !errors.Is(err, redis.Nil):
		return false, err
	}
	return true, s.client.Set(ctx, key, s.ending(ttl), max(ttl+2*tick, time.Millisecond)).Err()
}

func (s *Store) ending(ttl time.Duration) string {
	return strconv.FormatInt(s.now().Add(ttl).UnixMilli(), 10)
}
