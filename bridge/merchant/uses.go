package merchant

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
)

// keyUses are the times at which keys were last used that the store does not know yet.
// Requests only note them; Run stores them, so that no request waits for that.
type keyUses struct {
	mu   sync.Mutex
	last map[string]time.Time // by the id of the key
}

func (u *keyUses) note(id string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]time.Time{}
	}
	u.last[id] = at
}

// take returns what was noted and forgets it.
func (u *keyUses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := u.last
	u.last = nil
	return last
}

// Run stores when keys were last used, once in bridge.KeyUsePeriod and when ctx ends.
func (a *API) Run(ctx context.Context) error {
	const farewell = 2 * time.Second
	tick := time.NewTicker(bridge.KeyUsePeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
			defer cancel()
			a.RunOnce(last)
			return ctx.Err()
		case <-tick.C:
			a.RunOnce(ctx)
		}
	}
}

// RunOnce stores what was noted since the last time. What cannot be stored is dropped: the
// next use of the key is noted again.
func (a *API) RunOnce(ctx context.Context) {
	for id, at := range a.uses.take() {
		if err := a.engine.Registry().UseAPIKey(ctx, id, at); err != nil {
			a.log.Warn("the last use of an API key was not stored", "key", id, "fault", err)
		}
	}
}
