package redisstore

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// part is one of the two ways in which Redis is used.
type part int

const (
	calls part = iota // questions and answers
	feed              // what is published
)

// presence logs that Redis went down, once, and that it is back, once, however many calls
// fail in between.
type presence struct {
	log  *slog.Logger
	down [2]atomic.Bool // by part, so that what is well costs no lock
	back atomic.Int64   // how often calls were answered again after failures

	mu   sync.Mutex
	gone bool // and it was logged
}

// stale reports whether Redis has come back since back had that value: a call that began before
// and fails now describes the past.
func (p *presence) stale(back int64) bool { return p.back.Load() != back }

// report records the outcome of a call: err is nil when Redis answered.
func (p *presence) report(of part, err error) {
	if p.down[of].Load() == (err != nil) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down[of].Swap(err != nil) && err == nil && of == calls {
		p.back.Add(1)
	}
	gone := p.down[calls].Load() || p.down[feed].Load()
	if gone == p.gone {
		return
	}
	p.gone = gone
	switch {
	case p.log == nil:
	case gone:
		p.log.Warn("Redis is unreachable: limits and used nonces are not shared, and news of other nodes comes by polling", "fault", err)
	default:
		p.log.Info("Redis is reachable again")
	}
}

// watch pings a Redis that was down, when no other call does.
func (s *Store) watch(ctx context.Context) {
	tick := time.NewTicker(retryPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.watchOnce(ctx)
		}
	}
}

func (s *Store) watchOnce(ctx context.Context) {
	if s.presence.down[calls].Load() {
		_ = s.call(ctx, "redisstore.Ping", func(ctx context.Context) error { return s.client.Ping(ctx).Err() })
	}
}
