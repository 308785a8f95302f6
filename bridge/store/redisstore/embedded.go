package redisstore

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often the embedded Redis is aged. Ageing visits every key under its
// one lock, which takes milliseconds when there are many.
const tick = time.Second

// embedded is a Redis inside the process. Whatever takes more than one command is
// done under mu, which no other process can need.
type embedded struct {
	now    func() time.Time
	mu     sync.Mutex
	server *miniredis.Miniredis
	aged   time.Time
	limits limits

	door sync.Mutex // held to connect and to stop, and never while waiting for an answer
	down bool
}

func newEmbedded(now func() time.Time) *embedded {
	return &embedded{now: now, server: miniredis.NewMiniRedis(), aged: now(), limits: make(limits)}
}

var errDown = errors.New("the embedded redis is stopped")

// dial connects in memory. The pipe has no buffer: a pipeline longer than what the
// server reads at once would block on answers that are not read, so none is sent.
func (e *embedded) dial(context.Context, string, string) (net.Conn, error) {
	e.door.Lock()
	defer e.door.Unlock()
	if e.down {
		return nil, errDown
	}
	return e.server.Dial() // would start a server that was stopped
}

func (e *embedded) isDown() bool {
	e.door.Lock()
	defer e.door.Unlock()
	return e.down
}

func (e *embedded) stop() {
	e.door.Lock()
	defer e.door.Unlock()
	e.down = true
	e.server.Close()
}

// age lets time pass in the embedded Redis until ctx ends.
func (e *embedded) age(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.ageOnce()
		}
	}
}

// ageOnce removes what has ended since the last time.
func (e *embedded) ageOnce() {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	if passed := now.Sub(e.aged); passed > 0 {
		e.server.FastForward(passed)
	}
	e.aged = now
	e.limits.forget(now)
}
