package provider

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// deliver makes one attempt for a claimed mailbox's next notice and schedules what follows.
func (d *Dispatcher[T]) deliver(ctx context.Context, m *mailbox[T]) (made int) {
	batch, together := d.turn(m)
	var done bool
	defer func() { d.finish(ctx, m, batch, done) }() // also when a function of the wallet panics
	switch {
	case together:
		made, done = d.sendBatch(ctx, batch)
	case len(batch) > 0:
		made, done = d.send(ctx, batch[0])
	}
	return made
}

// finish concludes the attempt and passes the finished notices to Delivery.Done.
func (d *Dispatcher[T]) finish(ctx context.Context, m *mailbox[T], batch []*Notice[T], done bool) {
	for _, n := range d.conclude(ctx, m, batch, done) {
		if d.cfg.Done != nil {
			d.cfg.Done(n)
		}
	}
}

// turn returns the mailbox's next notice and, when it is parked, those that are sent together
// with it. It is nil when another mailbox sends it together with its own.
func (d *Dispatcher[T]) turn(m *mailbox[T]) (batch []*Notice[T], together bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.cfg.Now().UnixMilli()
	n := m.next(now)
	switch {
	case n == nil || m.claimed:
		return nil, false
	case n.parked:
		return d.unpark(n, now), true
	}
	return []*Notice[T]{n}, false
}

// send makes one attempt, with the fault that is injected, and reports whether the notice is
// finished.
func (d *Dispatcher[T]) send(ctx context.Context, n *Notice[T]) (made int, done bool) {
	if !d.durable(n) {
		return 0, false
	}
	rule := d.cfg.Faults.News()
	switch rule.Fault {
	case BatchEvents:
		d.putOff(n, rule, d.park)
		return 0, false
	case DelayNotification, ReorderNotification:
		d.putOff(n, rule, func(n *Notice[T]) { n.held = rule.Fault == ReorderNotification })
		return 0, false
	case LoseNotification:
		d.record(n, Attempt{Fault: rule.Fault, At: d.cfg.Now()})
		return 0, true
	case DoubleNotification:
		d.record(n, d.post(ctx, n, rule))
		made++
	}
	a := d.post(ctx, n, rule)
	d.record(n, a)
	return made + 1, a.Acknowledged
}

// durable waits until all of these are on disk, and returns false when one cannot be written.
func (d *Dispatcher[T]) durable(all ...*Notice[T]) bool {
	for _, n := range all {
		if d.cfg.Durable != nil && d.cfg.Durable(n) != nil {
			return false
		}
	}
	return true
}

// putOff delays a notice without counting an attempt.
func (d *Dispatcher[T]) putOff(n *Notice[T], rule Rule, how func(*Notice[T])) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n.postponed = d.cfg.Now().Add(cmp.Or(rule.Delay, d.cfg.Delay)).UnixMilli()
	how(n)
}

// conclude schedules what follows for the notices that were sent together, the first of which
// is the claimed mailbox's, and returns those that are finished. The others are retried: the
// first notice of each mailbox, since those behind it must keep their order.
func (d *Dispatcher[T]) conclude(ctx context.Context, m *mailbox[T], batch []*Notice[T], done bool) (gone []*Notice[T]) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m.busy = false
	boxes := []*mailbox[T]{m}
	for i, n := range batch {
		first := i == 0 || !slices.Contains(boxes, n.box)
		if first && n.box != m {
			n.box.claimed = false
			boxes = append(boxes, n.box)
		}
		if (done || first) && d.ends(ctx, n, done) {
			n.box.remove(n)
			gone = append(gone, n)
		}
	}
	for _, box := range boxes {
		d.rearm(box)
	}
	return gone
}

// ends reports whether a notice is finished, and schedules its next attempt when it is not. An
// attempt that the end of ctx interrupted does not count.
func (d *Dispatcher[T]) ends(ctx context.Context, n *Notice[T], done bool) bool {
	switch {
	case n.postponed != 0:
		n.due, n.postponed = n.postponed, 0
		return false
	case done:
		return true
	case ctx.Err() != nil:
		return false
	}
	n.tries++
	now := d.cfg.Now()
	at, again := d.cfg.Ladder.next(n.At, now, n.tries)
	if n.Once || !again {
		return true
	}
	n.due = max(at.UnixMilli(), now.Add(time.Millisecond).UnixMilli())
	return false
}
