package simulator

import "time"

// change has what one call has changed; the journal writes it as one line, so that it is
// applied completely or not at all.
type change struct {
	payment   *payment
	refund    *refund
	agreement *agreement
	notice    *notice
}

func (c change) empty() bool { return c == change{} }

// commit makes changes durable. It is called with the lock held and returns what to wait for
// without it; until then nothing may be answered.
func (p *Provider) commit(changes ...change) (wait func() error) {
	var last *batch
	for _, c := range changes {
		if c.empty() {
			continue
		}
		if p.journal != nil {
			last = p.journal.append(c.entry())
		}
		if c.notice != nil {
			c.notice.News.durable = last
			p.news.Send(c.notice)
		}
	}
	if p.journal == nil {
		return func() error { return nil }
	}
	if last == nil { // what was read may not be on disk yet
		last = p.journal.tail()
	}
	return func() error { return p.journal.commit(last) }
}

// locked runs f under the lock with one reading of the clock, then waits for the disk.
func locked[T any](p *Provider, f func(now time.Time) (T, []change)) (T, error) {
	p.mu.Lock()
	result, changes := f(p.cfg.Now())
	wait := p.commit(changes...)
	p.mu.Unlock()
	return result, wait()
}
