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
	patience = 250 * time.Millisecond // for one answer, unless configured
	rest     = time.Second            // after a failure, before anybody asks again
	prefix   = "minitill:"
)

// Store is short-lived state in Redis.
type Store struct {
	client   redis.UniversalClient
	embedded *embedded // nil with a real Redis
	now      func() time.Time
	patience time.Duration // for one answer

	resting   atomic.Int64 // Unix milliseconds until which nobody asks
	listening atomic.Bool  // Subscribe hears what is published
	feed      chan bridge.OrderID
	presence  presence

	stop   context.CancelFunc
	owned  sync.WaitGroup
	closed sync.Once
	err    error
}

// Open returns a store, whether or not its Redis answers: it may be away now and
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
	s := &Store{now: config.Now, patience: config.wait(), feed: make(chan bridge.OrderID, feedBuffer), presence: presence{log: config.Log}}
	if config.Embedded() {
		s.embedded = newEmbedded(config.Now)
		s.client = redis.NewClient(config.careful(&redis.Options{Dialer: s.embedded.dial}))
	} else {
		var err error
		if s.client, err = config.client(); err != nil {
			return nil, err
		}
	}
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

// Healthy says that Redis answers and that Subscribe hears it. While it is false,
// wake-ups may be lost and whoever waits for one looks for itself.
func (s *Store) Healthy() bool { return s.listening.Load() && !s.isResting() }

func (s *Store) isResting() bool { return s.now().UnixMilli() < s.resting.Load() }

var errResting = errors.New("redis failed a moment ago")

// call asks Redis for one thing and gives up soon. When Redis fails, nobody asks
// again for a while, so that one that hangs does not slow every request.
func (s *Store) call(ctx context.Context, op string, ask func(ctx context.Context) error) error {
	if s.isResting() {
		return unavailable(op, errResting)
	}
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := ask(limited)
	if err == nil {
		s.presence.tell(calls, nil)
		return nil
	}
	if ctx.Err() == nil { // Redis failed, not the caller
		s.presence.tell(calls, err)
		s.resting.Store(s.now().Add(rest).UnixMilli())
	}
	return unavailable(op, err)
}

func unavailable(op string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: rest, Err: err}
}
