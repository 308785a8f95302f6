package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/schedule"
)

const (
	pollEvery  = time.Second // how often the wallets' due orders are claimed
	claimBatch = 128         // bounds one claim, and so how long other commits wait for it
	localSlots = 32          // due orders of one name that are processed at once without a wallet's slots
	// unqueriedAge is how long an order is due before a node that cannot query its wallet
	// flags it: other nodes may be able to.
	unqueriedAge = 10 * time.Second
)

// poller claims due orders and sends their status queries. Of each wallet it claims as many
// as the wallet has free query slots for, and again as soon as a slot is released, so that
// each wallet is queried at its own pace. Of a wallet that answers quickly it also claims
// some ahead, and a slot that is released starts the next query without a transaction; see
// line.
type poller struct {
	engine  *Engine
	serial  bool // one order is processed after the other, and none is claimed ahead
	running sync.WaitGroup
	freed   chan struct{} // a slot of a wallet with a backlog was released

	mu    sync.Mutex
	lines map[string]*line // by wallet
}

func (e *Engine) newPoller() *poller {
	return &poller{engine: e, freed: make(chan struct{}, 1), lines: map[string]*line{}}
}

// reservation is what one claim may claim, by wallet.
type reservation struct {
	slots  map[string]int // query slots that are acquired
	limits map[string]int // due orders: one for each slot, and those ahead
}

// claim claims and processes the due orders of the wallets. n is how many were claimed.
func (p *poller) claim(ctx context.Context, wallets []string) (n int, err error) {
	for len(wallets) > 0 && err == nil && ctx.Err() == nil {
		r := reservation{map[string]int{}, map[string]int{}}
		wallets = p.reserve(ctx, r, wallets)
		var claimed int
		claimed, err = p.query(ctx, r)
		n += claimed
	}
	return n, err
}

// reserve acquires slots of the first wallets for one claim, and returns the other wallets.
func (p *poller) reserve(ctx context.Context, r reservation, wallets []string) (rest []string) {
	room := claimBatch
	for i, name := range wallets {
		if room == 0 {
			return wallets[i:]
		}
		if slots, ahead := p.acquire(ctx, name, room); slots+ahead > 0 {
			r.slots[name], r.limits[name] = slots, slots+ahead
			room -= slots + ahead
		}
	}
	return nil
}

// acquire acquires up to most slots for due orders of a wallet, and returns also how many
// orders may be claimed ahead. Unless the wallet cannot be queried, it is in the backlog from
// then on.
func (p *poller) acquire(ctx context.Context, name string, most int) (slots, ahead int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, t, now := p.line(name), p.engine.wallets[name], p.engine.clock()
	p.advance(ctx, name, l)
	if t == nil {
		slots = max(0, min(most, localSlots-l.working))
	} else if n := min(most, 2*t.QuerySlots()-l.working); n > 0 {
		slots = t.AcquireQueries(now, n)
	}
	if t != nil && !p.serial {
		ahead = min(most-slots, l.room(t, now))
	}
	l.working += slots
	l.backlog = t == nil || !t.Unqueryable(now) // until the claim finds fewer: slots may be released meanwhile
	return slots, ahead
}

// query claims due orders, starts the status queries of those that have a slot, and puts the
// others in line. It releases the slots that it needs not.
func (p *poller) query(ctx context.Context, r reservation) (int, error) {
	if len(r.limits) == 0 {
		return 0, nil
	}
	e := p.engine
	defer func() { p.cancel(ctx, r.slots) }()
	// The claim does not end with ctx, or its leases would be lost with its answer.
	now := e.clock()
	orders, err := e.store.ClaimDueOrders(context.WithoutCancel(ctx), now, 2*e.timeout+schedule.BusyGrace+aheadLimit, r.limits)
	p.queryAll(ctx, p.assign(r, orders, now))
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, unclaimed := range r.limits {
		l := p.line(name)
		l.backlog = err == nil && unclaimed == 0
		p.advance(ctx, name, l)
	}
	return len(orders), err
}

// assign returns the claimed orders that have a slot, and puts the others in line. What
// remains of r is what was not claimed.
func (p *poller) assign(r reservation, orders []bridge.Order, now time.Time) (first []bridge.Order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range orders {
		name := newestWallet(&o)
		r.limits[name]--
		if r.slots[name] > 0 {
			r.slots[name]--
			first = append(first, o)
		} else {
			l := p.line(name)
			l.ahead = append(l.ahead, claimed{o, now})
		}
	}
	return first
}

// queryAll starts the status queries of claimed orders that have a slot each.
func (p *poller) queryAll(ctx context.Context, orders []bridge.Order) {
	p.start(ctx, orders, func(o bridge.Order) {
		s := &slot{poller: p, ctx: ctx, wallet: newestWallet(&o), began: p.engine.clock()}
		defer s.release()
		p.engine.queryDue(ctx, o, s)
	})
}

// cancel releases slots that no order was claimed for.
func (p *poller) cancel(ctx context.Context, spare map[string]int) {
	for name, n := range spare {
		for range n {
			p.release(ctx, name)
			p.finish(ctx, name)
		}
	}
}

// start processes claimed orders, each in a goroutine of its own, unless the poller is serial.
func (p *poller) start(ctx context.Context, orders []bridge.Order, process func(o bridge.Order)) {
	for _, o := range orders {
		one := func() {
			defer p.finish(ctx, newestWallet(&o))
			process(o)
		}
		if p.serial {
			one()
		} else {
			p.running.Go(one)
		}
	}
}

// flag raises flags about orders of wallets that cannot be queried now and whose orders are
// due since a time of first. Such an order stays due, behind the others of its wallet.
func (p *poller) flag(ctx context.Context, first map[string]time.Time) (int, error) {
	limits, now := map[string]int{}, p.engine.clock()
	due := now.Add(-unqueriedAge)
	p.mu.Lock()
	for name, at := range first {
		t, room := p.engine.wallets[name], localSlots-p.line(name).working
		if t != nil && t.Unqueryable(now) && room > 0 && !at.After(due) {
			limits[name] = room
		}
	}
	p.mu.Unlock()
	if len(limits) == 0 {
		return 0, nil
	}
	orders, err := p.engine.store.ClaimDueOrders(ctx, due, unqueriedAge, limits)
	p.mu.Lock()
	for _, o := range orders {
		p.line(newestWallet(&o)).working++
	}
	p.mu.Unlock()
	p.start(ctx, orders, func(o bridge.Order) { p.engine.raiseUnqueried(context.WithoutCancel(ctx), o.ID) })
	return len(orders), err
}

// release releases the query slot of one order. The next order in line gets it.
func (p *poller) release(ctx context.Context, name string) {
	if t := p.engine.wallets[name]; t != nil {
		t.ReleaseQuery()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.goOn(ctx, name, p.line(name))
}

// finish ends the processing of one order.
func (p *poller) finish(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.line(name)
	l.working--
	p.goOn(ctx, name, l)
}

// goOn starts the next status queries in line, and a claim when the wallet has a backlog.
func (p *poller) goOn(ctx context.Context, name string, l *line) {
	p.advance(ctx, name, l)
	if !l.backlog {
		return
	}
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

// behind returns the wallets that have a backlog.
func (p *poller) behind() (wallets []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(p.lines)) {
		if p.lines[name].backlog {
			wallets = append(wallets, name)
		}
	}
	return wallets
}

// pollAll claims the due orders of all wallets once.
func (p *poller) pollAll(ctx context.Context) (int, error) {
	p.sweep(ctx)
	first, err := p.engine.store.DueWallets(ctx)
	if err != nil {
		return 0, err
	}
	now := p.engine.clock()
	maps.DeleteFunc(first, func(_ string, at time.Time) bool { return at.After(now) })
	n, err := p.claim(ctx, slices.Sorted(maps.Keys(first)))
	if err != nil {
		return n, err
	}
	flagged, err := p.flag(ctx, first)
	return n + flagged, err
}

// newestWallet returns the wallet of an order's newest payment.
func newestWallet(o *bridge.Order) string {
	if p := o.LastPayment(); p != nil {
		return p.Wallet
	}
	return ""
}
