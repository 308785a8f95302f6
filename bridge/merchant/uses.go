package merchant

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// keyUses buffers the last use of each key. Run stores it in batches, so that no request
// waits for the write.
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

// take returns the buffer and empties it.
func (u *keyUses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := u.last
	u.last = nil
	return last
}

// Run stores the last use of keys, every bridge.KeyUsePeriod and when ctx ends.
func (a *API) Run(ctx context.Context) error {
	const lastWrite = 2 * time.Second
	tick := time.NewTicker(store.KeyUsePeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			a.RunOnce(last)
			return ctx.Err()
		case <-tick.C:
			a.RunOnce(ctx)
		}
	}
}

// RunOnce stores the uses since the last call. A use that cannot be stored is dropped; the
// next use of the key replaces it.
func (a *API) RunOnce(ctx context.Context) {
	for id, at := range a.uses.take() {
		if err := a.store.UseAPIKey(ctx, id, at); err != nil {
			a.log.Warn("last use of an API key not stored", "key", id, "fault", err)
		}
	}
}
