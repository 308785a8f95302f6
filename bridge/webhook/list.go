package webhook

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// listEvery is how often the list of endpoints is read: another node may have changed it.
const listEvery = 5 * time.Second

// Refresh makes Run read the list of endpoints now, after one was created, changed or
// removed.
func (d *Deliverer) Refresh() {
	d.stale.Store(true)
	d.signal()
}

// reload reads the list of endpoints and applies it. On a fault the previous list stays
// in force, and the next scan tries again.
func (d *Deliverer) reload(ctx context.Context) error {
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
func (d *Deliverer) clearChanged() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.targets {
		t.changed = false
	}
}

// take replaces all endpoints except the static ones by the list.
func (d *Deliverer) take(list []Endpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	listed := make(map[store.EndpointKey]bool, len(list))
	for i := range list {
		if key := list[i].key(); d.callable(&list[i]) && !listed[key] {
			listed[key] = true
			d.put(key, list[i])
		}
	}
	for key, t := range d.targets {
		if !t.static && !listed[key] {
			t.gone = true // a worker may hold it
			delete(d.targets, key)
		}
	}
}

// callable reports whether an endpoint can be called, and logs its flaw once.
func (d *Deliverer) callable(e *Endpoint) bool {
	if t := d.targets[e.key()]; t != nil && t.static {
		return false
	}
	err := e.check()
	if d.reported.isNew(e.key(), err) {
		d.log.Error("webhook endpoint cannot be called", "app", e.App, "endpoint", e.Name, "fault", err)
	}
	return err == nil
}

func (d *Deliverer) put(key store.EndpointKey, e Endpoint) {
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

// reported holds the flaws of endpoints that were logged already, since the list is read
// every few seconds.
type reported map[store.EndpointKey]string

// isNew reports whether err differs from the flaw that was logged last; nil clears that.
func (c reported) isNew(key store.EndpointKey, err error) bool {
	if err == nil {
		delete(c, key)
		return false
	}
	logged := c[key] == err.Error()
	c[key] = err.Error()
	return !logged
}
