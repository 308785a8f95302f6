package simulator

import (
	"context"
	"time"
)

// lane is the bounded number of deliveries to one receiver.
type lane struct {
	busy  int
	queue []*payment
}

// Run delivers notifications and lets time pass until ctx ends. It then waits for
// the deliveries under way and returns the context's error.
func (p *Provider) Run(ctx context.Context) error {
	p.running.Lock()
	defer p.running.Unlock()
	defer p.rest()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.wake:
		case <-timer.C:
		}
		p.dispatch(ctx)
		timer.Reset(p.pause())
	}
}

// RunOnce settles and delivers what is due now, each notice at most once, in order,
// and returns how many attempts it made. It must not run beside Run.
func (p *Provider) RunOnce(ctx context.Context) int {
	p.running.Lock()
	defer p.running.Unlock()
	defer p.rest()
	before := p.attemptCount()
	for p.dispatch(ctx) > 0 {
		p.jobs.Wait()
	}
	return p.attemptCount() - before
}

// pause is how long nothing will be due.
func (p *Provider) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	const longest = time.Minute // in case the provider's clock is not the machine's
	if len(p.agenda) == 0 {
		return longest
	}
	wait := time.UnixMilli(p.agenda[0].at).Sub(p.cfg.Now())
	return min(max(wait, time.Millisecond), longest)
}

// dispatch starts what is due and returns how much that was.
func (p *Provider) dispatch(ctx context.Context) (started int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	for ctx.Err() == nil {
		pay := p.due(now.UnixMilli())
		if pay == nil {
			return started
		}
		if c := p.settle(pay, now); !c.empty() {
			p.commit(c) // its notice waits for the disk before it is sent
		}
		if p.start(ctx, pay, now.UnixMilli()) {
			started++
		}
	}
	return started
}

// start sends a payment's next notice, or queues it behind its receiver's others.
func (p *Provider) start(ctx context.Context, pay *payment, now int64) bool {
	if pay.more == nil || pay.more.delivering || pay.more.claimed {
		return false
	}
	n := pay.more.next(now)
	if n == nil {
		return false
	}
	pay.more.delivering = true
	l := p.lane(n.receiver())
	if l.busy >= p.cfg.Workers {
		l.queue = append(l.queue, pay)
		return true
	}
	l.busy++
	p.jobs.Add(1)
	go p.work(ctx, l, pay)
	return true
}

func (p *Provider) lane(receiver string) *lane {
	l := p.lanes[receiver]
	if l == nil {
		l = new(lane)
		p.lanes[receiver] = l
	}
	return l
}

// work delivers for one receiver until its queue is empty.
func (p *Provider) work(ctx context.Context, l *lane, pay *payment) {
	defer p.jobs.Done()
	for pay != nil {
		p.deliver(ctx, pay)
		pay = p.nextOf(ctx, l)
	}
}

func (p *Provider) nextOf(ctx context.Context, l *lane) *payment {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil || len(l.queue) == 0 {
		l.busy--
		return nil
	}
	pay := l.queue[0]
	l.queue = l.queue[1:]
	return pay
}

// deliver makes one attempt for the payment's next notice and plans what follows.
func (p *Provider) deliver(ctx context.Context, pay *payment) {
	n, batch := p.turn(pay)
	var done bool
	switch {
	case batch != nil:
		done = p.sendBatch(ctx, n, batch)
	case n != nil:
		done = p.send(ctx, n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	pay.more.delivering = false
	if n != nil && ctx.Err() == nil {
		p.conclude(n, done)
	}
	if !pay.more.claimed {
		p.rearm(pay)
	}
}

// turn is the payment's next notice, and what is told together with it; nil when there
// is none, or when others tell it together with theirs.
func (p *Provider) turn(pay *payment) (n *notice, batch []*notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now().UnixMilli()
	if pay.more.claimed {
		return nil, nil
	}
	if n = pay.more.next(now); n != nil && n.parked {
		batch = p.unpark(n, now)
	}
	return n, batch
}

// conclude ends a notice that was acknowledged or is out of tries.
func (p *Provider) conclude(n *notice, done bool) {
	if n.postponed != 0 {
		n.due, n.postponed = n.postponed, 0
		return
	}
	if !done && n.tries < len(p.cfg.Ladder) {
		pause := time.Duration(float64(p.cfg.Ladder[n.tries]) * p.cfg.LadderFactor)
		n.due = p.cfg.Now().Add(pause).UnixMilli()
		n.tries++
		return
	}
	n.payment.more.remove(n)
	if p.journal != nil {
		p.journal.append(entry{Done: &doneEntry{n.payment.number, n.event}}) // lost with a crash: sent again
	}
}

// rearm schedules the payment's next notice, or lets its memory go.
func (p *Provider) rearm(pay *payment) {
	if len(pay.more.notices) > 0 {
		p.schedule(pay.more.earliest(), pay)
	}
	pay.shrink()
}

// rest waits for the deliveries under way and takes back what was only queued.
func (p *Provider) rest() {
	p.jobs.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lanes {
		for _, pay := range l.queue {
			pay.more.delivering = false
			p.rearm(pay)
		}
		l.queue = nil
	}
	clear(p.lanes)
}
