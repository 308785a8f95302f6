package limit

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
)

// Name is the name of a limit. It is the prefix of a Limiter's keys, and the label of a
// Counter.
type Name string

// The limits.
const (
	Session      Name = "session"      // new sessions, by address
	Order        Name = "order"        // orders and payments, by payer
	GuestOrder   Name = "guest"        // orders and payments of guests, by address
	API          Name = "api"          // requests to the merchant API, by key
	BadKey       Name = "bad-key"      // invalid API keys, by address
	AuthCode     Name = "auth-code"    // refused auth codes, by address
	Notification Name = "notification" // notifications that could not be verified, by address
	Wait         Name = "wait"         // long polls and event streams at once
	Export       Name = "export"       // exports at once
	Connection   Name = "connection"   // connections at once
	Request      Name = "request"      // requests at once
)

// Names are all limits.
var Names = []Name{Session, Order, GuestOrder, API, BadKey, AuthCode, Notification, Wait, Export, Connection, Request}

// Limiter is a rate limiter by key, such as "session:192.0.2.1". After an error the request
// passes.
type Limiter interface {
	Allow(ctx context.Context, key string) (ok bool, retryAfter time.Duration, err error)
}

// Counter counts the requests that limits refuse, for metrics. It must not block.
type Counter interface {
	Refused(limit Name)
}

// Gate applies a Limiter. A nil Gate has no limits.
type Gate struct {
	limiter Limiter
	counter Counter
	log     *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	blocked map[string]time.Time // until when
	swept   time.Time            // when expired entries were deleted
}

// NewGate returns a gate; nil without a limiter. counter may be nil.
func NewGate(limiter Limiter, counter Counter, log *slog.Logger, now func() time.Time) *Gate {
	if limiter == nil {
		return nil
	}
	return &Gate{limiter: limiter, counter: counter, log: log, now: now, blocked: map[string]time.Time{}}
}

// Take counts one use of a limit under a key.
//
// Faults: RateLimited.
func (g *Gate) Take(ctx context.Context, name Name, key string) error {
	if g == nil || key == "" {
		return nil
	}
	ok, after, err := g.limiter.Allow(ctx, string(name)+":"+key)
	switch {
	case err != nil:
		g.log.Debug("limiter unavailable; the request passes", "fault", err)
	case !ok:
		return g.refuse(name, after)
	}
	return nil
}

// Blocked refuses a key with too many failures, until its block ends.
//
// Faults: RateLimited.
func (g *Gate) Blocked(name Name, key string) error {
	if g == nil || key == "" {
		return nil
	}
	g.mu.Lock()
	until, now := g.blocked[string(name)+":"+key], g.now()
	g.mu.Unlock()
	if now.Before(until) {
		return g.refuse(name, until.Sub(now))
	}
	return nil
}

// mostBlocked bounds how many keys are blocked at once.
const mostBlocked = 10_000

// Failed counts a failure of a key, and blocks the key above the limit.
func (g *Gate) Failed(ctx context.Context, name Name, key string) {
	if g == nil || key == "" {
		return
	}
	ok, after, err := g.limiter.Allow(ctx, string(name)+":"+key)
	if err != nil || ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if len(g.blocked) >= mostBlocked && now.Sub(g.swept) >= time.Second {
		g.swept = now
		maps.DeleteFunc(g.blocked, func(_ string, until time.Time) bool { return !now.Before(until) })
	}
	if len(g.blocked) < mostBlocked {
		g.blocked[string(name)+":"+key] = now.Add(max(after, time.Second))
	}
}

func (g *Gate) refuse(name Name, after time.Duration) error {
	if g.counter != nil {
		g.counter.Refused(name)
	}
	return &fault.Error{
		Kind: fault.RateLimited, Op: "limit." + string(name), RetryAfter: max(after, time.Second),
		Detail: "There were too many requests. Try again later.",
	}
}
