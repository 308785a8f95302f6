package simulator

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// mostEvents bounds a notification of several events.
const mostEvents = 16

// park keeps a notice for a while, to be told together with the others that are kept for
// its URL by then. Those of its payment that come later wait behind it.
func (p *Provider) park(n *notice, rule Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n.parked = true
	n.postponed = p.cfg.Now().Add(or(rule.Delay, 2*time.Second)).UnixMilli()
	p.parked[n.url] = append(p.parked[n.url], n)
}

// sendBatch makes one attempt to tell a batch, and says whether the notice whose turn it
// was is done with. What is not acknowledged is told alone from then on.
func (p *Provider) sendBatch(ctx context.Context, n *notice, batch []*notice) (done bool) {
	if done = p.durable(batch); done {
		a := p.postBody(ctx, n.url, p.batchBody(batch), BatchEvents)
		for _, m := range batch {
			p.record(m, a)
		}
		done = a.Acknowledged()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release(ctx, n, batch, done)
	return done
}

// durable waits until all of a batch is on disk.
func (p *Provider) durable(batch []*notice) bool {
	for _, m := range batch {
		if m.durable != nil && p.journal.commit(m.durable) != nil {
			return false
		}
	}
	return true
}

// batchBody is several notices in one, each as the switches have it told.
func (p *Provider) batchBody(batch []*notice) []byte {
	body := batchJSON{EventID: "sb_" + batch[0].event}
	for _, m := range batch {
		body.Events = append(body.Events, json.RawMessage(p.toldIn(m.body)))
	}
	return text(body)
}

// unpark claims what is told in one notification: the notice whose turn it is, the others
// that are kept for its URL, and what waits right behind each.
func (p *Provider) unpark(n *notice, now int64) []*notice {
	var batch, left []*notice
	for _, m := range append([]*notice{n}, p.parked[n.url]...) {
		switch {
		case slices.Contains(batch, m):
		case len(batch) >= mostEvents || m.postponed != 0: // the latter is being put there at this moment
			left = append(left, m)
		default:
			m.parked = false
			m.payment.more.claimed = m.payment != n.payment
			batch = append(append(batch, m), m.behind(now)...)
		}
	}
	if p.parked[n.url] = left; len(left) == 0 {
		delete(p.parked, n.url)
	}
	return batch
}

// behind are the notices that could be sent next were this one done with.
func (n *notice) behind(now int64) []*notice {
	var next []*notice
	all := n.payment.more.notices
	for _, m := range all[slices.Index(all, n)+1:] {
		if m.due > now || m.parked || m.url != n.url {
			return next
		}
		next = append(next, m)
	}
	return next
}

// release plans what follows for all of a batch but n, whose worker does that: what was
// acknowledged is done with; else the first of each payment is tried again, and what
// stood behind it waits for its turn.
func (p *Provider) release(ctx context.Context, n *notice, batch []*notice, done bool) {
	tried := map[*payment]bool{n.payment: true}
	for _, m := range batch {
		first := !tried[m.payment]
		tried[m.payment] = true
		if m != n && (done || first) && ctx.Err() == nil {
			p.conclude(m, done)
		}
	}
	for pay := range tried {
		if pay == n.payment {
			continue
		}
		pay.more.claimed = false
		if !pay.more.delivering {
			p.rearm(pay)
		}
	}
}
