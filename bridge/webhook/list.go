package webhook

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// listEvery is how often the list of endpoints is read, in case that another node has
// changed it.
const listEvery = 5 * time.Second

// Refresh says that endpoints were made, changed or removed, so that nobody waits for
// the list to be read anyway.
func (d *Deliverer) Refresh() {
	d.stale.Store(true)
	d.ring()
}

// reload reads the list of endpoints and takes it over. On a fault the list before
// stays, and is read again at the next opportunity.
func (d *Deliverer) reload(ctx context.Context) error {
	d.stale.Store(false)
	if d.source == nil {
		return nil
	}
	d.forgetTurns()
	list, err := d.source(ctx)
	if err != nil {
		d.stale.Store(true)
		return err
	}
	d.take(list)
	return nil
}

// forgetTurns lets the list that is about to be read have the last word on every
// endpoint, unless one turns meanwhile.
func (d *Deliverer) forgetTurns() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.targets {
		t.turned = false
	}
}

// take makes the list the endpoints there are, beside the static ones.
func (d *Deliverer) take(list []Endpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	listed := make(map[bridge.EndpointKey]bool, len(list))
	for i := range list {
		if key := list[i].key(); d.fits(&list[i]) && !listed[key] {
			listed[key] = true
			d.place(key, list[i])
		}
	}
	for key, t := range d.targets {
		if !t.static && !listed[key] {
			t.gone = true // a worker may hold it
			delete(d.targets, key)
		}
	}
}

// fits says whether an endpoint can be called, and logs once why not.
func (d *Deliverer) fits(e *Endpoint) bool {
	if t := d.targets[e.key()]; t != nil && t.static {
		return false
	}
	err := e.check()
	if d.complaints.isNew(e.key(), err) {
		d.log.Error("a webhook endpoint cannot be called", "app", e.App, "endpoint", e.Name, "fault", err)
	}
	return err == nil
}

func (d *Deliverer) place(key bridge.EndpointKey, e Endpoint) {
	t := d.targets[key]
	if t == nil {
		d.targets[key] = &target{Endpoint: e, room: 1, since: e.FailingSince}
		return
	}
	t.update(e)
}

// update takes over what the list says. Where this node has seen the endpoint turn
// after the list was asked for, it knows better.
func (t *target) update(e Endpoint) {
	if t.turned {
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

// complaints are what is wrong with endpoints and was said already: the list is read
// every few seconds.
type complaints map[bridge.EndpointKey]string

// isNew says whether err was not the endpoint's flaw before; nil forgets it.
func (c complaints) isNew(key bridge.EndpointKey, err error) bool {
	if err == nil {
		delete(c, key)
		return false
	}
	said := c[key] == err.Error()
	c[key] = err.Error()
	return !said
}
