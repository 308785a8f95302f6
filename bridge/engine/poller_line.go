package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
)

const (
	// aheadLatency is the longest latency of a wallet whose orders are claimed ahead. At a
	// slower one the transaction of a claim takes no noticeable share of the time.
	aheadLatency = 500 * time.Millisecond
	// aheadLimit bounds how long an order that was claimed ahead waits for a slot.
	aheadLimit = 2 * time.Second
)

// line is the claimed orders of one wallet.
//
//	due ─ claim ─┬─ slots ─ status query ─ commit
//	             └─ ahead ─┘ as soon as a slot is released
//
// An order waits ahead only while the wallet answers, and for aheadLimit at most. Otherwise
// its lease ends at once, so that it is due for every node.
type line struct {
	backlog bool      // the wallet may have more due orders than were claimed
	working int       // claimed orders under way: their query, and the commit of its answer
	quick   bool      // the last query was answered within aheadLatency
	ahead   []claimed // orders without a slot, longest waiting first
}

// claimed is an order that was claimed ahead.
type claimed struct {
	order bridge.Order
	at    time.Time
}

// line returns the line of a wallet. The caller holds mu.
func (p *poller) line(name string) *line {
	l := p.lines[name]
	if l == nil {
		l = new(line)
		p.lines[name] = l
	}
	return l
}

// room returns how many orders may be claimed ahead: as many as the wallet has slots, in
// claims of half of that at least.
func (l *line) room(t *outbound.Wallet, now time.Time) int {
	slots := t.QuerySlots()
	if !l.quick || len(l.ahead) > slots/2 || t.Unqueryable(now) {
		return 0
	}
	return slots - len(l.ahead)
}

// advance starts the status queries of orders that were claimed ahead, as many as slots are
// free. When the wallet cannot be queried now, it hands them back. The caller holds mu.
func (p *poller) advance(ctx context.Context, name string, l *line) {
	if len(l.ahead) == 0 {
		return
	}
	t, now := p.engine.wallets[name], p.engine.clock()
	if t.Unqueryable(now) {
		p.handBackAhead(ctx, l, len(l.ahead), now)
		return
	}
	n := min(len(l.ahead), 2*t.QuerySlots()-l.working)
	if n > 0 {
		n = t.AcquireQueries(now, n)
		l.working += n
		p.queryAll(ctx, l.take(n))
	}
}

// take removes the first n orders from those ahead.
func (l *line) take(n int) []bridge.Order {
	orders := make([]bridge.Order, 0, n)
	for _, c := range l.ahead[:n] {
		orders = append(orders, c.order)
	}
	l.ahead = slices.Delete(l.ahead, 0, n)
	return orders
}

// handBackAhead hands back the first n orders of those ahead, which are due from then on. The
// caller holds mu.
func (p *poller) handBackAhead(ctx context.Context, l *line, n int, due time.Time) {
	for _, o := range l.take(n) {
		p.running.Go(func() { p.engine.handBack(context.WithoutCancel(ctx), o, due) })
	}
}

// sweep hands back the orders that were claimed ahead too long ago.
func (p *poller) sweep(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.engine.clock()
	for name, l := range p.lines {
		p.advance(ctx, name, l)
		n := 0
		for n < len(l.ahead) && now.Sub(l.ahead[n].at) >= aheadLimit {
			n++
		}
		if n > 0 {
			l.quick = false
			p.handBackAhead(ctx, l, n, now)
		}
	}
}

// close hands back all orders that were claimed ahead, and waits for what is under way.
func (p *poller) close(ctx context.Context) {
	p.mu.Lock()
	due := p.engine.clock().Add(-bridge.ClockSkew) // for every node, whatever its clock says
	for _, l := range p.lines {
		p.handBackAhead(ctx, l, len(l.ahead), due)
	}
	p.mu.Unlock()
	p.running.Wait()
}

// slot is the query slot of one claimed order.
type slot struct {
	poller *poller
	ctx    context.Context
	wallet string
	began  time.Time
	once   sync.Once
}

// answered records whether the wallet has answered the queries, and how quickly.
func (s *slot) answered(err error) {
	p := s.poller
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(s.wallet).quick = err == nil && p.engine.clock().Sub(s.began) <= aheadLatency
}

// release releases the slot, once.
func (s *slot) release() {
	s.once.Do(func() { s.poller.release(s.ctx, s.wallet) })
}
