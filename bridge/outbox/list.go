package outbox

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// listEvery is how often the list of endpoints is read: another node may have changed it.
const listEvery = 5 * time.Second

// Refresh makes Run read the list of endpoints now, after one was created, changed or
// removed.
func (d *Dispatcher) Refresh() {
	d.stale.Store(true)
	d.signal()
}

// Reload reads the list of endpoints and applies it. On a fault the previous list stays
// in force, and the next scan tries again.
func (d *Dispatcher) Reload(ctx context.Context) error {
	d.stale.Store(false)
	if d.source == nil {
		return nil
	}
	d.clearChanged()
	list, err := d.source(ctx)
	if err != nil {
		d.stale.Store(true)
		return err
	}
	d.take(list)
	return nil
}

// clearChanged makes the list that is about to be read decide the state of every
// endpoint, except those whose state this node changes meanwhile.
func (d *Dispatcher) clearChanged() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.targets {
		t.changed = false
	}
}

// take replaces all endpoints except the static ones by the list.
func (d *Dispatcher) take(list []Endpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	listed := make(map[store.EndpointKey]bool, len(list))
	for i := range list {
		key := list[i].Key()
		if t := d.targets[key]; listed[key] || t != nil && t.static {
			continue
		}
		listed[key] = true
		d.put(key, list[i])
	}
	for key, t := range d.targets {
		if !t.static && !listed[key] {
			t.gone = true // a worker may hold it
			delete(d.targets, key)
		}
	}
}

func (d *Dispatcher) put(key store.EndpointKey, e Endpoint) {
	t := d.targets[key]
	if t == nil {
		d.targets[key] = &target{Endpoint: e, room: 1, since: e.FailingSince}
		return
	}
	t.update(e)
}

// update applies the list's entry. The state stays that of this node when it changed
// after the list was requested.
func (t *target) update(e Endpoint) {
	if t.changed {
		e.Disabled, e.FailingSince = t.Disabled, t.FailingSince
	}
	switch shown := !t.FailingSince.IsZero(); {
	case !e.FailingSince.IsZero():
		t.since = e.FailingSince
	case shown || t.Disabled && !e.Disabled: // it took a message of another node, or was fixed
		t.since, t.failures = time.Time{}, 0
	}
	t.Endpoint = e
}
