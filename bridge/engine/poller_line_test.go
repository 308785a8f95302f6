package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// claiming is a store whose claims of due orders take a while.
type claiming struct {
	storetest.Store
	takes  time.Duration
	claims int
}

func (s *claiming) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	time.Sleep(s.takes) // of the bubble
	s.claims++
	return s.Store.ClaimDueOrders(ctx, now, lease, limits)
}

// leased counts the orders that are leased though they were not queried.
func (p *pace) leased(w *paced, ids []bridge.OrderID) (n int) {
	p.Helper()
	for _, id := range ids {
		o, err := p.store.Order(p.Context(), id)
		if err != nil {
			p.Fatal(err)
		}
		if o.DueAt.After(time.Now()) && w.queriesOf(o.Payments[0].RequestID) == 0 {
			n++
		}
	}
	return n
}

func TestASlotOfAQuickWalletWaitsForNoClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paced{latency: 100 * time.Millisecond}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(400, "purse")...)
		store := &claiming{Store: p.store, takes: 40 * time.Millisecond}
		p.config.Store = store
		began := time.Now()
		stop := p.run(p.node())
		time.Sleep(10 * time.Second)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n != 400 || w.seen().total != 400 || w.seen().most != 8 {
			t.Errorf("got %d of 400 orders paid by %d queries, %d at once; want 400, 400 and 8", n, w.seen().total, w.seen().most)
		}
		// The first claim and the second, before the wallet has answered once, are waited for.
		if took := w.seen().last.Sub(began); took > 5*time.Second+200*time.Millisecond {
			t.Errorf("eight slots needed %v for 400 orders, though the answers alone take 5s", took)
		}
		if store.claims > 150 {
			t.Errorf("got %d claims for 400 orders", store.claims)
		}
	})
}

// committing is a store whose commits take a while.
type committing struct {
	storetest.Store
	takes time.Duration
}

func (s *committing) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	time.Sleep(s.takes) // of the bubble
	return s.Store.UpdateOrder(ctx, id, change)
}

// Commits under way bound what is queried beside them. The last of them starts what waits
// ahead, though no slot is released then and nothing more is claimed.
func TestAnOrderAheadWaitsForCommitsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paced{}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(8+8+3, "purse")...) // before an answer, in slots, ahead
		p.config.Store = &committing{p.store, 10 * time.Millisecond}
		began := time.Now()
		stop := p.run(p.node())
		time.Sleep(5 * time.Second)
		synctest.Wait()
		stop()
		if n, took := p.paid(ids), w.seen().last.Sub(began); n != 19 || took > 30*time.Millisecond {
			t.Errorf("got %d of 19 orders paid, the last one queried after %v; want 19 after the commits of the others", n, took)
		}
	})
}

func TestAWalletThatBecomesSlowHoldsNoLeaseOfWhatIsNotQueried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paced{latency: 100 * time.Millisecond}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(200, "purse")...)
		stop := p.run(p.node())
		time.Sleep(time.Second)
		synctest.Wait()
		if n := p.leased(w, ids); n == 0 || n > 8 {
			t.Errorf("while the wallet is quick: got %d orders claimed ahead, want 1 to 8", n)
		}
		w.answers(func(wallet.Ref) error { time.Sleep(20 * time.Second); return nil })
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := p.leased(w, ids); n != 0 {
			t.Errorf("while the wallet is slow: got %d leases of orders that are not queried", n)
		}
		w.answers(nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n != 200 || w.seen().twice != 0 {
			t.Errorf("when it is quick again: got %d of 200 orders paid, and %d queries beside another one of the same order", n, w.seen().twice)
		}
	})
}

func TestAPauseEndsTheLeasesOfOrdersThatWereClaimedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paced{latency: 100 * time.Millisecond}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(200, "purse")...)
		stop := p.run(p.node())
		time.Sleep(time.Second)
		synctest.Wait()
		w.answers(func(wallet.Ref) error {
			return &fault.Error{Kind: fault.RateLimited, Op: "paced", RetryAfter: 5 * time.Second}
		})
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if n := p.leased(w, ids); n != 0 {
			t.Errorf("in the pause: got %d leases of orders that are not queried", n)
		}
		sent := w.seen().total
		w.answers(nil)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if n := w.seen().total; n != sent {
			t.Errorf("in the pause: got %d queries", n-sent)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		stop()
		if n := p.paid(ids); n < 200-8 {
			t.Errorf("after the pause: got %d orders paid, want all but the 8 that were refused", n)
		}
	})
}

func TestAStoppingEngineGivesBackWhatItClaimedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, quick := &paced{latency: 100 * time.Millisecond}, &paced{}
		p := newPace(t, map[string]wallet.Wallet{"purse": w})
		ids := p.due(times(200, "purse")...)
		stop := p.run(p.node())
		time.Sleep(time.Second + 50*time.Millisecond)
		synctest.Wait()
		if p.leased(w, ids) == 0 {
			t.Error("no order was claimed ahead")
		}
		stop()
		quick.amount = w.amount
		p.config.Wallets = map[string]wallet.Wallet{"purse": quick}
		stopSecond := p.run(p.node())
		synctest.Wait() // no time passes
		stopSecond()
		if n := p.paid(ids); n != 200 {
			t.Errorf("got %d of 200 orders paid by the engine after it", n)
		}
	})
}
