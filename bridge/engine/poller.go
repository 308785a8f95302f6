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
// each wallet is queried at its own pace and a claimed order waits for nothing.
type poller struct {
	engine  *Engine
	serial  bool // one order is processed after the other
	running sync.WaitGroup
	freed   chan struct{} // a slot of a wallet with a backlog was released

	mu      sync.Mutex
	backlog map[string]bool // wallets that may have more due orders than were claimed
	working map[string]int  // the claimed orders under way, by wallet
}

func (e *Engine) newPoller() *poller {
	return &poller{engine: e, freed: make(chan struct{}, 1), backlog: map[string]bool{}, working: map[string]int{}}
}

// claim claims and processes the due orders of the wallets. n is how many were claimed.
func (p *poller) claim(ctx context.Context, wallets []string) (n int, err error) {
	for len(wallets) > 0 && err == nil && ctx.Err() == nil {
		limits := map[string]int{}
		wallets = p.reserve(limits, wallets)
		var claimed int
		claimed, err = p.query(ctx, limits)
		n += claimed
	}
	return n, err
}

// reserve acquires slots of the first wallets for one claim, and returns the other wallets.
func (p *poller) reserve(limits map[string]int, wallets []string) (rest []string) {
	room := claimBatch
	for i, name := range wallets {
		if room == 0 {
			return wallets[i:]
		}
		if n := p.acquire(name, room); n > 0 {
			limits[name] = n
			room -= n
		}
	}
	return nil
}

// acquire acquires up to most slots for due orders of a wallet. Unless the wallet cannot be
// queried, it is in the backlog from then on.
func (p *poller) acquire(name string, most int) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, now := p.engine.wallets[name], p.engine.clock()
	if t == nil {
		n = min(most, localSlots-p.working[name])
	} else if n = min(most, 2*t.QuerySlots()-p.working[name]); n > 0 {
		n = t.AcquireQueries(now, n)
	}
	n = max(n, 0)
	p.working[name] += n
	p.backlog[name] = t == nil || !t.Unqueryable(now) // until the claim finds fewer: slots may be released meanwhile
	return n
}

// query claims due orders and starts their status queries. It releases the slots that it
// needs not.
func (p *poller) query(ctx context.Context, limits map[string]int) (int, error) {
	if len(limits) == 0 {
		return 0, nil
	}
	e := p.engine
	spare := maps.Clone(limits)
	defer func() { p.cancel(spare) }()
	// The claim does not end with ctx, or its leases would be lost with its answer.
	orders, err := e.store.ClaimDueOrders(context.WithoutCancel(ctx), e.clock(), 2*e.timeout+schedule.BusyGrace, limits)
	for _, o := range orders {
		spare[newestWallet(&o)]--
	}
	p.mu.Lock()
	for name, n := range spare {
		p.backlog[name] = err == nil && n == 0
	}
	p.mu.Unlock()
	p.start(orders, func(o bridge.Order) {
		release := sync.OnceFunc(func() { p.release(newestWallet(&o)) })
		defer release()
		e.queryDue(ctx, o, release)
	})
	return len(orders), err
}

// cancel releases slots that no order was claimed for.
func (p *poller) cancel(spare map[string]int) {
	for name, n := range spare {
		for range n {
			p.release(name)
			p.finish(name)
		}
	}
}

// start processes claimed orders, each in a goroutine of its own, unless the poller is serial.
func (p *poller) start(orders []bridge.Order, process func(o bridge.Order)) {
	for _, o := range orders {
		p.running.Go(func() {
			defer p.finish(newestWallet(&o))
			process(o)
		})
		if p.serial {
			p.running.Wait()
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
		t, room := p.engine.wallets[name], localSlots-p.working[name]
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
		p.working[newestWallet(&o)]++
	}
	p.mu.Unlock()
	p.start(orders, func(o bridge.Order) { p.engine.raiseUnqueried(context.WithoutCancel(ctx), o.ID) })
	return len(orders), err
}

// release releases the query slot of one order.
func (p *poller) release(name string) {
	if t := p.engine.wallets[name]; t != nil {
		t.ReleaseQuery()
	}
	p.signal(name, 0)
}

// finish ends the processing of one order.
func (p *poller) finish(name string) { p.signal(name, -1) }

// signal changes the count of orders under way, and starts a claim when the wallet has a
// backlog.
func (p *poller) signal(name string, change int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.working[name] += change
	if !p.backlog[name] {
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
	for _, name := range slices.Sorted(maps.Keys(p.backlog)) {
		if p.backlog[name] {
			wallets = append(wallets, name)
		}
	}
	return wallets
}

// pollAll claims the due orders of all wallets once.
func (p *poller) pollAll(ctx context.Context) (int, error) {
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
