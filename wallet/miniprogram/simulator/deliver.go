package simulator

import (
	"context"
	"sync"
	"time"
)

// inFlight bounds the notifications that are sent at one time.
const inFlight = 8

// Run lets time pass and sends notifications as they fall due, until ctx ends. It then
// waits for those under way and returns the context's error.
func (p *Provider) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.wake:
		case <-timer.C:
		}
		p.RunOnce(ctx)
		timer.Reset(p.pause())
	}
}

// RunOnce lets time pass, makes one attempt at every notification that is due, in
// order, and returns how many attempts it made. Beside Run it waits for its turn.
func (p *Provider) RunOnce(ctx context.Context) int {
	p.running.Lock()
	defer p.running.Unlock()
	return p.round(ctx)
}

// round sends what is due, mailbox by mailbox, several at once.
func (p *Provider) round(ctx context.Context) int {
	due := p.due()
	made := make([]int, len(due))
	slots := make(chan struct{}, inFlight)
	var jobs sync.WaitGroup
	for i, box := range due {
		slots <- struct{}{}
		jobs.Go(func() {
			made[i] = p.deliver(ctx, box)
			<-slots
		})
	}
	jobs.Wait()
	total := 0
	for _, n := range made {
		total += n
	}
	return total
}

// due lets time pass and takes the mailboxes with something to send.
func (p *Provider) due() []*mailbox {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	for _, pay := range p.payments {
		p.settle(pay, now)
	}
	var due []*mailbox
	for box := range p.mailboxes {
		if at := box.due(); !at.IsZero() && !at.After(now) {
			box.sending = true
			due = append(due, box)
		}
	}
	return due
}

// mailboxes are those of all payments and contracts.
func (p *Provider) mailboxes(yield func(*mailbox) bool) {
	for _, pay := range p.payments {
		if !yield(&pay.mailbox) {
			return
		}
	}
	for _, a := range p.codes.agreements {
		if !yield(&a.mailbox) {
			return
		}
	}
}

// deliver sends a mailbox's notices in order until one is refused or not due, each at
// most once.
func (p *Provider) deliver(ctx context.Context, box *mailbox) (made int) {
	defer func() {
		p.mu.Lock()
		box.sending = false
		p.mu.Unlock()
	}()
	for ctx.Err() == nil {
		n := p.head(box)
		if n == nil {
			return made
		}
		attempts, done := p.send(ctx, n)
		made += attempts
		if p.conclude(ctx, n, done); !done {
			return made
		}
	}
	return made
}

func (p *Provider) head(box *mailbox) *notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(box.notices) == 0 || box.notices[0].due.After(p.cfg.Now()) {
		return nil
	}
	return box.notices[0]
}

// conclude ends a notice that was acknowledged or is out of tries, and plans the next
// try of any other. An attempt that our own end broke off does not count.
func (p *Provider) conclude(ctx context.Context, n *notice, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil && !done {
		return
	}
	now := p.cfg.Now()
	if !done && n.due.After(now) { // it was put off
		return
	}
	if !done && n.tries < len(p.cfg.Ladder) {
		n.due = now.Add(p.cfg.Ladder[n.tries] / time.Duration(p.cfg.TimeScale))
		n.tries++
		return
	}
	n.box.notices = n.box.notices[1:]
}

// pause is how long nothing will be due.
func (p *Provider) pause() time.Duration {
	const longest = time.Minute // in case the provider's clock is not the machine's
	p.mu.Lock()
	defer p.mu.Unlock()
	now, wait := p.cfg.Now(), longest
	until := func(at time.Time) {
		if !at.IsZero() {
			wait = min(wait, max(at.Sub(now), time.Millisecond))
		}
	}
	for _, pay := range p.payments {
		until(pay.ends())
	}
	for box := range p.mailboxes {
		until(box.due())
	}
	return wait
}
