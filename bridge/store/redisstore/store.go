package redisstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

const (
	timeout    = 250 * time.Millisecond // for one answer, unless configured
	retryPause = time.Second            // after a failure, in which no command is sent
	prefix     = "minitill:"
)

// Store is short-lived state in Redis.
type Store struct {
	client    client
	subscribe func(ctx context.Context) subscription
	embedded  *embedded // nil with a real Redis
	now       func() time.Time
	timeout   time.Duration // for one answer

	pausedUntil atomic.Int64 // Unix milliseconds; until then no command is sent
	listening   atomic.Bool  // Subscribe receives what is published
	feed        chan bridge.OrderID
	presence    presence

	stop   context.CancelFunc
	owned  sync.WaitGroup
	closed sync.Once
	err    error
}

// client has the commands that a Store sends. Neither a field of an exported type nor a signature of its
// methods names a client of go-redis: the thousand methods of those are compiled into each package that
// imports such a type.
type client interface {
	redis.Scripter
	Ping(ctx context.Context) *redis.StatusCmd
	Get(ctx context.Context, key string) *redis.StringCmd
	Set(ctx context.Context, key string, value any, ttl time.Duration) *redis.StatusCmd
	SetArgs(ctx context.Context, key string, value any, args redis.SetArgs) *redis.StatusCmd
	Publish(ctx context.Context, channel string, message any) *redis.IntCmd
	Close() error
}

// subscription is what a Store receives from.
type subscription interface {
	ReceiveTimeout(ctx context.Context, timeout time.Duration) (any, error)
	Ping(ctx context.Context, payload ...string) error
	Close() error
}

// Open returns a store, whether or not its Redis answers: it may be down now and
// come later. Close ends it; ctx is for the opening alone.
//
// Faults: Invalid for settings that lead nowhere, naming all of them at once.
func Open(ctx context.Context, config Config) (*Store, error) {
	const op = "redisstore.Open"
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, op, err)
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Store{now: config.Now, timeout: config.wait(), feed: make(chan bridge.OrderID, feedBuffer), presence: presence{log: config.Log}}
	var commands redis.UniversalClient
	if config.Embedded() {
		s.embedded = newEmbedded(config.Now)
		commands = redis.NewClient(bounded(config, &redis.Options{Dialer: s.embedded.dial}))
	} else {
		var err error
		if commands, err = connect(config); err != nil {
			return nil, err
		}
	}
	s.client, s.subscribe = commands, func(ctx context.Context) subscription { return commands.Subscribe(ctx, channel) }
	s.run()
	return s, nil
}

// run starts the goroutines that the store owns until Close.
func (s *Store) run() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.owned.Go(func() { s.publish(ctx) })
	s.owned.Go(func() { s.watch(ctx) })
	if s.embedded != nil {
		s.owned.Go(func() { s.embedded.age(ctx) })
	}
}

// Close ends the store and the embedded Redis. Closing twice is harmless.
func (s *Store) Close() error {
	s.closed.Do(func() {
		s.stop()
		s.owned.Wait()
		s.err = s.client.Close()
		if s.embedded != nil {
			s.embedded.stop()
		}
	})
	return s.err
}

// Healthy reports whether Redis answers and that Subscribe is connected. While it is false,
// wake-ups may be lost and subscribers have to poll.
func (s *Store) Healthy() bool { return s.listening.Load() && !s.paused() }

// Reachable reports whether Redis answers, for a process that subscribes to nothing.
func (s *Store) Reachable() bool { return !s.paused() }

func (s *Store) paused() bool { return s.now().UnixMilli() < s.pausedUntil.Load() }

var errPaused = errors.New("redis failed a moment ago")

// call sends one command under a short deadline. After a failure no command is sent for a
// while, so that a Redis that hangs does not slow every request.
func (s *Store) call(ctx context.Context, op string, command func(ctx context.Context) error) error {
	if s.paused() {
		return unavailable(op, errPaused)
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	back := s.presence.back.Load()
	err := command(limited)
	if err == nil {
		s.presence.report(calls, nil)
		return nil
	}
	if ctx.Err() == nil && !s.presence.stale(back) { // Redis failed, not the caller
		s.presence.report(calls, err)
		s.pausedUntil.Store(s.now().Add(retryPause).UnixMilli())
	}
	return unavailable(op, err)
}

func unavailable(op string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: retryPause, Err: err}
}
