package provider

import (
	"context"
	"time"
)

// lane is the bounded number of attempts under way at one receiver.
type lane[T any] struct {
	busy  int
	queue []*mailbox[T]
}

// Run delivers notices and lets time pass until ctx ends. It then waits for the attempts
// under way and returns the context's error.
func (d *Dispatcher[T]) Run(ctx context.Context) error {
	d.running.Lock()
	defer d.running.Unlock()
	defer d.rest()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.wake:
		case <-timer.C:
		}
		d.dispatch(ctx)
		timer.Reset(d.pause())
	}
}

// RunOnce delivers what is due now, each notice at most once, one after the other in the
// order in which they fell due, and returns how many attempts it made. Beside Run it also
// waits until no attempt is under way.
func (d *Dispatcher[T]) RunOnce(ctx context.Context) (made int) {
	defer d.quiet()
	now := d.cfg.Now()
	for ctx.Err() == nil {
		what := d.take(now)
		if what == nil {
			return made
		}
		if m, isBox := what.(*mailbox[T]); !isBox {
			d.cfg.Settle(what, now)
		} else if d.claim(m, now) {
			made += d.deliver(ctx, m)
		}
		d.land()
	}
	return made
}

// Deliver makes an attempt at the notices of one box that are due, in order, until one is
// not acknowledged, and returns how many attempts it made. It is for news that must come
// before the answer to a call.
func (d *Dispatcher[T]) Deliver(ctx context.Context, box any) (made int) {
	d.mu.Lock()
	m := d.boxes[box]
	d.mu.Unlock()
	now := d.cfg.Now()
	for m != nil && ctx.Err() == nil && d.claim(m, now) {
		made += d.deliver(ctx, m)
	}
	return made
}

// take removes what is due next from the agenda; until land is called it counts as a job
// under way.
func (d *Dispatcher[T]) take(now time.Time) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	what := d.agenda.take(now.UnixMilli())
	if what != nil {
		d.flying++
	}
	return what
}

func (d *Dispatcher[T]) land() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flying--
	d.landed.Broadcast()
}

// quiet waits until no job is under way.
func (d *Dispatcher[T]) quiet() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.flying > 0 {
		d.landed.Wait()
	}
}

// claim takes a mailbox with something due for the caller alone.
func (d *Dispatcher[T]) claim(m *mailbox[T], now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m.busy || m.claimed || m.next(now.UnixMilli()) == nil {
		return false
	}
	m.busy = true
	return true
}

// pause is how long nothing will be due.
func (d *Dispatcher[T]) pause() time.Duration {
	const longest = time.Minute // in case Now is not the machine's clock
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.agenda) == 0 {
		return longest
	}
	wait := time.UnixMilli(d.agenda[0].at).Sub(d.cfg.Now())
	return min(max(wait, time.Millisecond), longest)
}

// dispatch starts what is due.
func (d *Dispatcher[T]) dispatch(ctx context.Context) {
	for ctx.Err() == nil {
		now := d.cfg.Now()
		what := d.take(now)
		if what == nil {
			return
		}
		if m, isBox := what.(*mailbox[T]); !isBox {
			d.cfg.Settle(what, now)
		} else if d.claim(m, now) {
			d.start(ctx, m, now)
		}
		d.land()
	}
}

// start delivers for a claimed mailbox, or queues it behind its receiver's others.
func (d *Dispatcher[T]) start(ctx context.Context, m *mailbox[T], now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lane(m.next(now.UnixMilli()).receiver())
	if l.busy >= d.cfg.Workers {
		l.queue = append(l.queue, m)
		return
	}
	l.busy++
	d.flying++
	go d.work(ctx, l, m)
}

func (d *Dispatcher[T]) lane(receiver string) *lane[T] {
	l := d.lanes[receiver]
	if l == nil {
		l = new(lane[T])
		d.lanes[receiver] = l
	}
	return l
}

// work delivers at one receiver until its queue is empty.
func (d *Dispatcher[T]) work(ctx context.Context, l *lane[T], m *mailbox[T]) {
	defer d.land()
	for m != nil {
		d.deliver(ctx, m)
		m = d.nextOf(ctx, l)
	}
}

func (d *Dispatcher[T]) nextOf(ctx context.Context, l *lane[T]) *mailbox[T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil || len(l.queue) == 0 {
		l.busy--
		return nil
	}
	m := l.queue[0]
	l.queue = l.queue[1:]
	return m
}

// rest waits for the jobs under way and puts back what was only queued.
func (d *Dispatcher[T]) rest() {
	d.quiet()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lanes {
		for _, m := range l.queue {
			m.busy = false
			d.rearm(m)
		}
	}
	clear(d.lanes)
}
