package redisstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

const (
	patience = 250 * time.Millisecond // for one answer
	rest     = time.Second            // after a failure, before anybody asks again
	prefix   = "minitill:"
)

// Config says which Redis to use. The zero value runs one inside the process.
type Config struct {
	// URL is redis://, rediss:// or unix://, with user and password; empty for the
	// embedded Redis.
	URL string `json:"url"`
	// Now is the clock of the embedded Redis and of the pause after a failure;
	// time.Now when nil.
	Now func() time.Time `json:"-"`
}

// Store is short-lived state in Redis.
type Store struct {
	client   *redis.Client
	embedded *embedded // nil with a real Redis
	now      func() time.Time

	resting   atomic.Int64 // Unix milliseconds until which nobody asks
	listening atomic.Bool  // Subscribe hears what is published
	feed      chan bridge.OrderID

	stop   context.CancelFunc
	owned  sync.WaitGroup
	closed sync.Once
	err    error
}

// Open returns a store, whether or not its Redis answers: it may be away now and
// come later. Close ends it; ctx is for the opening alone.
//
// Faults: Invalid for a URL that is none.
func Open(ctx context.Context, config Config) (*Store, error) {
	const op = "redisstore.Open"
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, op, err)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Store{now: config.Now, feed: make(chan bridge.OrderID, feedBuffer)}
	options := &redis.Options{}
	if config.URL == "" {
		s.embedded = newEmbedded(config.Now)
		options.Dialer = s.embedded.dial
	} else {
		parsed, err := redis.ParseURL(config.URL)
		if err != nil {
			// The error would repeat the URL, and with it the password.
			return nil, fault.InvalidField(op, "redis.url", "must be a redis://, rediss:// or unix:// URL")
		}
		options = parsed
	}
	s.client = redis.NewClient(careful(options))
	s.run()
	return s, nil
}

// careful sets the client to give up early, and not to send what old servers and the
// embedded one do not know.
func careful(o *redis.Options) *redis.Options {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries = -1, 1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}

// run starts the goroutines that the store owns until Close.
func (s *Store) run() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.owned.Go(func() { s.publish(ctx) })
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
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := ask(limited)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil { // Redis failed, not the caller
		s.resting.Store(s.now().Add(rest).UnixMilli())
	}
	return unavailable(op, err)
}

func unavailable(op string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: rest, Err: err}
}
