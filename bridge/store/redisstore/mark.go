package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Once says whether a value is seen for the first time within ttl, such as the nonce
// of a request. Of many who ask at once, one is first.
//
// Faults: Unavailable, when nobody can say.
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

// onceEmbedded looks before it writes, because a key that has ended may still be
// there.
func (s *Store) onceEmbedded(ctx context.Context, key string, ttl time.Duration) (first bool, err error) {
	s.embedded.mu.Lock()
	defer s.embedded.mu.Unlock()
	there, err := s.marked(ctx, key)
	if err != nil || there {
		return false, err
	}
	return true, s.mark(ctx, key, ttl)
}

// Revoke ends a session before its time. ttl is how long its token would still be
// good.
//
// Faults: Unavailable, when the session is not revoked.
func (s *Store) Revoke(ctx context.Context, sessionID string, ttl time.Duration) error {
	return s.call(ctx, "redisstore.Revoke", func(ctx context.Context) error {
		return s.mark(ctx, revocation(sessionID), ttl)
	})
}

// Revoked says whether a session was revoked.
//
// Faults: Unavailable, when nobody can say.
func (s *Store) Revoked(ctx context.Context, sessionID string) (revoked bool, err error) {
	err = s.call(ctx, "redisstore.Revoked", func(ctx context.Context) (err error) {
		revoked, err = s.marked(ctx, revocation(sessionID))
		return err
	})
	return revoked, err
}

func revocation(sessionID string) string { return prefix + "revoked:" + sessionID }

// mark puts a key there for ttl. The embedded Redis ages a key by up to a tick too
// much, so it keeps it for a tick longer and the value says when it ends.
func (s *Store) mark(ctx context.Context, key string, ttl time.Duration) error {
	value := s.ending(ttl)
	if s.embedded != nil {
		ttl += 2 * tick
	}
	return s.client.Set(ctx, key, value, max(ttl, time.Millisecond)).Err()
}

// marked says that a key is there and has not ended.
func (s *Store) marked(ctx context.Context, key string) (bool, error) {
	value, err := s.client.Get(ctx, key).Int64()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil && (s.embedded == nil || s.now().UnixMilli() < value), err
}

func (s *Store) ending(ttl time.Duration) string {
	return strconv.FormatInt(s.now().Add(ttl).UnixMilli(), 10)
}
