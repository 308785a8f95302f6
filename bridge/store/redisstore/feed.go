package redisstore

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/minitill/minitill/bridge"
)

const (
	channel    = prefix + "orders"
	feedBuffer = 4096 // wake-ups that wait to be sent
	maxIDs     = 100  // ids in one message
)

// Publish notifies every subscriber that these orders have changed. It never blocks:
// what cannot be sent is dropped, and found by the next poll.
func (s *Store) Publish(ids ...bridge.OrderID) {
	for _, id := range ids {
		select {
		case s.feed <- id:
		default:
			return
		}
	}
}

// publish sends what waits until ctx ends.
func (s *Store) publish(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.feed:
			text := s.gather(id)
			_ = s.call(ctx, "redisstore.Publish", func(ctx context.Context) error {
				return s.client.Publish(ctx, channel, text).Err()
			})
		}
	}
}

// gather joins the first id with those that wait behind it.
func (s *Store) gather(first bridge.OrderID) string {
	var b strings.Builder
	b.WriteString(string(first))
	for range maxIDs - 1 {
		select {
		case id := <-s.feed:
			b.WriteByte(' ')
			b.WriteString(string(id))
		default:
			return b.String()
		}
	}
	return b.String()
}

// The pauses before connecting again.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// Subscribe calls wake for every order that any node publishes, until ctx ends. wake
// must not block. When Redis goes down it connects again by itself; Healthy reports how
// it stands. A store has one subscriber.
func (s *Store) Subscribe(ctx context.Context, wake func(bridge.OrderID)) error {
	defer s.listening.Store(false)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		if s.listen(ctx, wake) {
			pause = firstPause
		}
		s.listening.Store(false)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// listen receives from one connection until it ends and reports whether it ever worked.
func (s *Store) listen(ctx context.Context, wake func(bridge.OrderID)) (received bool) {
	sub := s.subscribe(ctx)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })()
	for ctx.Err() == nil {
		message, err := s.receive(ctx, sub)
		if err != nil {
			if ctx.Err() == nil {
				s.presence.report(feed, err)
			}
			return received
		}
		received = true
		s.listening.Store(true)
		s.presence.report(feed, nil)
		if m, ok := message.(*redis.Message); ok {
			wakeAll(m.Payload, wake)
		}
	}
	return received
}

// receive waits for one message. After a silence it sends a ping, so that a dead
// connection is detected.
func (s *Store) receive(ctx context.Context, sub subscription) (any, error) {
	quiet := 4 * s.timeout // a second
	message, err := sub.ReceiveTimeout(ctx, quiet)
	var network net.Error
	if !errors.As(err, &network) || !network.Timeout() {
		return message, err
	}
	if err := sub.Ping(ctx); err != nil {
		return nil, err
	}
	return sub.ReceiveTimeout(ctx, quiet)
}

func wakeAll(text string, wake func(bridge.OrderID)) {
	for word := range strings.FieldsSeq(text) {
		if id, ok := bridge.ParseOrderID(word); ok {
			wake(id)
		}
	}
}
