package engine_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// paced is a wallet that opens payments at once, and answers status queries after latency
// that they are paid. answer, if any, decides instead.
type paced struct {
	nullWallet
	latency time.Duration

	mu       sync.Mutex
	answer   func(ref wallet.Ref) error
	amount   wallet.Money
	queries  map[string]int // by request id
	underWay map[string]bool
	atOnce   int
	tally
}

// tally counts queries.
type tally struct {
	most            int       // under way at once
	twice           int       // about a payment beside another one about it
	last            time.Time // when the last answer was sent
	canceled, total int
}

func (p *paced) seen() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

func (p *paced) queriesOf(requestID string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queries[requestID]
}

// answers sets the errors that queries are answered with, and counts anew how many are under
// way at once.
func (p *paced) answers(f func(ref wallet.Ref) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer, p.most = f, 0
}

func (p *paced) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.amount = req.Amount
	return p.nullWallet.CreatePayment(ctx, req)
}

func (p *paced) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	p.begin(ref)
	defer p.end(ref)
	select {
	case <-ctx.Done():
		p.mu.Lock()
		p.canceled++
		p.mu.Unlock()
		return wallet.Payment{}, fault.Wrap(fault.Unknown, "paced", ctx.Err())
	case <-time.After(p.latency):
	}
	p.mu.Lock()
	answer, amount := p.answer, p.amount
	p.mu.Unlock()
	if answer != nil {
		if err := answer(ref); err != nil {
			return wallet.Payment{}, err
		}
	}
	return wallet.Payment{Ref: ref, Status: wallet.Paid, Amount: amount}, nil
}

func (p *paced) begin(ref wallet.Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queries == nil {
		p.queries, p.underWay = map[string]int{}, map[string]bool{}
	}
	p.total++
	p.queries[ref.RequestID]++
	if p.underWay[ref.RequestID] {
		p.twice++
	}
	p.underWay[ref.RequestID] = true
	p.atOnce++
	p.most = max(p.most, p.atOnce)
}

func (p *paced) end(ref wallet.Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.underWay, ref.RequestID)
	p.atOnce--
	p.last = time.Now()
}

// pace is engines over one store, in a synctest bubble. Each wallet has eight query slots.
type pace struct {
	*testing.T
	store  storetest.Store
	config engine.Config
}

func newPace(t *testing.T, wallets map[string]wallet.Wallet) *pace {
	p := &pace{T: t, store: memstore.New()}
	p.config = engine.Config{
		Store: p.store, Wallets: wallets, PublicURL: "http://till.test", CallsPerWallet: 64, CallTimeout: 30 * time.Second,
		Apps: []engine.App{{Name: "shop", Pricer: mustCatalog(t)}},
	}
	for name := range wallets {
		p.config.Apps[0].Wallets = append(p.config.Apps[0].Wallets, name)
	}
	return p
}

func (p *pace) node() *engine.Engine {
	p.Helper()
	e, err := engine.New(p.config)
	if err != nil {
		p.Fatal(err)
	}
	return e
}

// run starts the engine; stop ends it.
func (p *pace) run(e *engine.Engine) (stop func()) {
	ctx, cancel := context.WithCancel(p.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// due creates orders at a wallet, whose notifications are lost, and waits until they are due.
func (p *pace) due(names ...string) (ids []bridge.OrderID) {
	p.Helper()
	e := p.node()
	for _, name := range names {
		req := oneLatte()
		req.Wallet = name
		outcome, err := e.CreateOrder(p.Context(), req, nil)
		if err != nil {
			p.Fatal(err)
		}
		ids = append(ids, outcome.Subject.ID)
	}
	time.Sleep(7 * time.Second) // of the bubble: the first query is due after 5 s, with jitter
	return ids
}

func times(n int, name string) (names []string) {
	for range n {
		names = append(names, name)
	}
	return names
}

// paid counts the orders that are paid.
func (p *pace) paid(ids []bridge.OrderID) (n int) {
	p.Helper()
	for _, id := range ids {
		o, err := p.store.Order(p.Context(), id)
		if err != nil {
			p.Fatal(err)
		}
		if o.Status == wallet.Paid {
			n++
		}
	}
	return n
}

func TestASlowWalletIsQueriedInAllItsSlotsAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &paced{latency: 100 * time.Millisecond}
		p := newPace(t, map[string]wallet.Wallet{"slow": slow})
		ids := p.due(times(400, "slow")...)
		began := time.Now()
		stop := p.run(p.node())
		time.Sleep(400 / 8 * slow.latency)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n != 400 || slow.seen().most != 8 || slow.seen().total != 400 {
			t.Errorf("after the time that eight slots need for 400 orders: got %d paid by %d queries, %d at once; want 400, 400 and 8", n, slow.seen().total, slow.seen().most)
		}
		if took := slow.seen().last.Sub(began); took != 5*time.Second {
			t.Errorf("the last answer came after %v, want 5s", took)
		}
	})
}

func TestASlowWalletDelaysNoQueryOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := &paced{latency: 20 * time.Second}, &paced{}
		p := newPace(t, map[string]wallet.Wallet{"slow": slow, "quick": quick})
		ids := p.due(append(times(100, "slow"), times(300, "quick")...)...)
		stop := p.run(p.node())
		synctest.Wait() // no time passes
		if n := p.paid(ids[100:]); n != 300 || quick.seen().total != 300 {
			t.Errorf("at once: got %d of 300 orders of the quick wallet paid", n)
		}
		for _, id := range ids[:100] {
			o, err := p.store.Order(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if o.DueAt.After(time.Now()) != (slow.queriesOf(o.Payments[0].RequestID) > 0) {
				t.Errorf("an order is due at %v, though it was queried %d times", o.DueAt, slow.queriesOf(o.Payments[0].RequestID))
			}
		}
		stop()
		if slow.seen().most != 8 {
			t.Errorf("got %d queries at once at the slow wallet, want 8", slow.seen().most)
		}
	})
}

// A pause begins with the first answer that has a Retry-After. What was not sent then is not
// sent, and waits for no lease when the pause ends.
func TestAPausedWalletHoldsNoLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := &paced{latency: time.Millisecond}
		limited.answers(func(wallet.Ref) error {
			return &fault.Error{Kind: fault.RateLimited, Op: "paced", RetryAfter: 5 * time.Second}
		})
		p := newPace(t, map[string]wallet.Wallet{"limited": limited})
		ids := p.due(times(100, "limited")...)
		stop := p.run(p.node())
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if limited.seen().total != 8 {
			t.Errorf("in the pause: got %d queries, want the 8 that were under way when it began", limited.seen().total)
		}
		limited.answers(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n < 92 {
			t.Errorf("after the pause: got %d orders paid, want the 92 that were not queried before", n)
		}
	})
}

// What a stopping engine has claimed is due at once, and another one queries it. The first
// has no less trust in the wallet for it.
func TestAStoppingEngineGivesItsDueOrdersBack(t *testing.T) {
	for name, end := range map[string]func(e *engine.Engine, stop func()){
		"by Drain":           func(e *engine.Engine, _ func()) { e.Drain() },
		"by the end of Run":  func(_ *engine.Engine, stop func()) { stop() },
		"by one, then other": func(e *engine.Engine, stop func()) { e.Drain(); stop() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hangs, quick := &paced{latency: 25 * time.Second}, &paced{}
				p := newPace(t, map[string]wallet.Wallet{"purse": hangs})
				ids := p.due(times(30, "purse")...)
				first := p.node()
				stop := p.run(first)
				synctest.Wait()
				end(first, stop)
				synctest.Wait()
				quick.amount = hangs.amount
				p.config.Wallets = map[string]wallet.Wallet{"purse": quick}
				stopSecond := p.run(p.node())
				synctest.Wait() // no time passes
				stopSecond()
				stop()
				if n := p.paid(ids); n != 30 || hangs.seen().canceled != 8 || hangs.seen().total != 8 {
					t.Errorf("got %d of 30 orders paid, %d of %d queries canceled; want 30, 8 and 8", n, hangs.seen().canceled, hangs.seen().total)
				}
				if info := first.Wallets("shop")[0]; info.Failing != "" {
					t.Errorf("the wallet is failing since its queries were canceled: %s %s", info.Failing, info.FailingReason)
				}
			})
		})
	}
}

// The last orders may all be claimed ahead by one node while the other one has none left, which
// takes one latency more than all slots together need.
func TestTwoNodesQueryNoOrderTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &paced{latency: 100 * time.Millisecond}
		p := newPace(t, map[string]wallet.Wallet{"slow": slow})
		ids := p.due(times(320, "slow")...)
		stops := []func(){p.run(p.node()), p.run(p.node())}
		time.Sleep((320/16 + 1) * slow.latency)
		synctest.Wait()
		for _, stop := range stops {
			stop()
		}
		if n := p.paid(ids); n != 320 || slow.seen().total != 320 || slow.seen().twice != 0 || slow.seen().most != 16 {
			t.Errorf("got %d paid by %d queries, %d beside another one, %d at once; want 320, 320, 0 and 16", n, slow.seen().total, slow.seen().twice, slow.seen().most)
		}
	})
}

// A breaker that is half-open is probed by one query; the other due orders wait for its answer.
func TestAWalletThatIsDownIsProbedByOneQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &paced{latency: time.Millisecond}
		noAnswer := func(wallet.Ref) error { return fault.New(fault.Unknown, "paced", "No answer.") }
		down.answers(noAnswer)
		p := newPace(t, map[string]wallet.Wallet{"down": down})
		ids := p.due(times(100, "down")...)
		e := p.node()
		stop := p.run(e)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		opened := down.seen().total
		down.answers(noAnswer)
		if !e.Wallets("shop")[0].Down || opened > 20+8 {
			t.Fatalf("the breaker is open: %v, after %d queries", e.Wallets("shop")[0].Down, opened)
		}
		time.Sleep(60 * time.Second)
		synctest.Wait()
		if probes := down.seen().total - opened; probes == 0 || probes > 6 || down.seen().most != 1 {
			t.Errorf("in a minute: got %d queries, %d at once, want one after each pause of the breaker", probes, down.seen().most)
		}
		down.answers(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n != 100 {
			t.Errorf("when the wallet is back: got %d of 100 orders paid", n)
		}
	})
}

// interrupted is a store whose first claim is under way when the engine begins to stop. A
// claim whose context has ended by then commits, and its answer is lost.
type interrupted struct {
	storetest.Store
	stop func()
}

func (s *interrupted) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	s.stop()
	orders, err := s.Store.ClaimDueOrders(context.WithoutCancel(ctx), now, lease, limits)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return orders, err
}

func TestAClaimThatIsUnderWayWhenTheEngineStopsLeavesNoLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paced{latency: time.Second}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(5, "purse")...)
		ctx, cancel := context.WithCancel(t.Context())
		p.config.Store = &interrupted{p.store, cancel}
		if err := p.node().Run(ctx); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if o, err := p.store.Order(t.Context(), id); err != nil || o.DueAt.After(time.Now()) {
				t.Errorf("an order that was not queried is due at %v, %v; want it due now", o.DueAt, err)
			}
		}
	})
}
