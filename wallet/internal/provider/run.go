package provider

import (
	"context"
	"time"
)

// lane bounds the concurrent attempts at one receiver.
type lane[T any] struct {
	receiver string
	busy     int
	queue    []*mailbox[T]
}

// Run delivers notices and calls reminders until ctx ends. It then waits for the attempts in
// progress and returns the context's error.
func (d *Dispatcher[T]) Run(ctx context.Context) error {
	d.running.Lock()
	defer d.running.Unlock()
	defer d.drain()
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

// RunOnce delivers what is due now, each notice at most once, sequentially in the order in
// which they fell due, and returns how many attempts it made. Beside Run it also waits until no
// attempt is in progress, or ctx ends.
func (d *Dispatcher[T]) RunOnce(ctx context.Context) (made int) {
	defer d.waitIdle(ctx)
	now := d.cfg.Now()
	deliver := func(m *mailbox[T]) {
		if d.claim(m, now) {
			made += d.deliver(ctx, m)
		}
	}
	for ctx.Err() == nil && d.step(now, deliver) {
	}
	return made
}

// Reserve leaves the notices of a box to the next Deliver, so that Run does not send them at
// the same time. It has no effect while one is being sent.
func (d *Dispatcher[T]) Reserve(box any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.box(box)
	if !m.busy && !m.claimed {
		m.busy, m.reserved = true, true
	}
}

// Deliver attempts the notices of one box that are due, in order, until one is not
// acknowledged, and returns how many attempts it made. It is for notifications that must come
// before the answer to a call; see Reserve.
func (d *Dispatcher[T]) Deliver(ctx context.Context, box any) (made int) {
	m, mine := d.reserved(box)
	now := d.cfg.Now()
	for m != nil && (mine || ctx.Err() == nil && d.claim(m, now)) {
		made += d.deliver(ctx, m)
		mine = false
	}
	return made
}

// reserved returns a mailbox, and whether it was reserved.
func (d *Dispatcher[T]) reserved(box any) (m *mailbox[T], mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m = d.boxes[box]; m != nil {
		mine, m.reserved = m.reserved, false
	}
	return m, mine
}

// step does what is due next: it hands a mailbox to deliver, or calls a reminder. It returns
// false when nothing is due.
func (d *Dispatcher[T]) step(now time.Time, deliver func(*mailbox[T])) bool {
	what := d.take(now)
	if what == nil {
		return false
	}
	defer d.land() // also when a function of the wallet panics: otherwise waitIdle would never return
	if m, isBox := what.(*mailbox[T]); isBox {
		deliver(m)
	} else {
		d.cfg.Settle(what, now)
	}
	return true
}

// take removes what is due next from the agenda; until land is called it counts as a job in
// progress.
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

// waitIdle waits until no job is in progress, or ctx ends.
func (d *Dispatcher[T]) waitIdle(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.landed.Broadcast()
	})
	defer stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.flying > 0 && ctx.Err() == nil {
		d.landed.Wait()
	}
}

// claim reserves a mailbox with something due for the caller.
func (d *Dispatcher[T]) claim(m *mailbox[T], now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return m.claim(now.UnixMilli()) != nil
}

// pause returns how long nothing will be due.
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
		if !d.step(now, func(m *mailbox[T]) { d.start(ctx, m, now) }) {
			return
		}
	}
}

// start claims a mailbox and delivers for it, or queues it behind others of its receiver.
func (d *Dispatcher[T]) start(ctx context.Context, m *mailbox[T], now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := m.claim(now.UnixMilli())
	if n == nil {
		return
	}
	l := d.lane(n.receiver())
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
		l = &lane[T]{receiver: receiver}
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
		if l.busy--; l.busy == 0 && len(l.queue) == 0 {
			delete(d.lanes, l.receiver)
		}
		return nil
	}
	m := l.queue[0]
	l.queue = l.queue[1:]
	return m
}

// drain waits for the jobs in progress and puts back what was only queued.
func (d *Dispatcher[T]) drain() {
	d.waitIdle(context.Background())
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
