package explore_test

import (
	"context"
	"encoding/binary"
	"runtime"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// node is one process: an engine over the store that all nodes share. A node that died
// is replaced by a new one of the same number.
type node struct {
	*engine.Engine
	world  *world
	number int // from 1
	dead   bool
}

func (n *node) name() string { return "node " + strconv.Itoa(n.number) }

// start returns a new process.
func (w *world) start(number int) *node {
	n := &node{world: w, number: number}
	skew := time.Duration(number-1) * w.scenario.skew
	config := engine.Config{
		Store: &storeOf{w.store, n}, PublicURL: "https://till.test", Random: &w.random,
		Now:     func() time.Time { return time.Now().Add(skew) },
		Wallets: map[string]wallet.Wallet{}, Sealer: plain{},
	}
	app := engine.App{Name: "shop"}
	for _, a := range w.accounts {
		if a.name == "alpha" && w.removed {
			continue
		}
		config.Wallets[a.name] = a.connect(n)
		app.Wallets = append(app.Wallets, a.name)
	}
	if w.scenario.approvals {
		app.Approvals.Limits = map[wallet.Currency]refund.Limit{"USD": {Order: 250}}
	}
	config.Apps = []engine.App{app}
	engine, err := engine.New(config)
	if err != nil {
		panic(err)
	}
	n.Engine = engine
	return n
}

// alive ends the calling goroutine when its process has died.
func (n *node) alive() {
	n.world.mu.Lock()
	dead := n.dead
	n.world.mu.Unlock()
	if dead {
		runtime.Goexit()
	}
}

// kill ends a process with all that is under way in it.
func (w *world) kill(n *node) {
	w.mu.Lock()
	n.dead = true
	var waiting []*point
	for _, p := range w.parked {
		if p.node == n {
			waiting = append(waiting, p)
		}
	}
	w.mu.Unlock()
	for _, p := range waiting {
		p.resume(reply{die: true})
	}
}

// counter is a source of ids that every run repeats.
type counter uint64

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0
	}
	*c++
	binary.BigEndian.PutUint64(p[len(p)-8:], uint64(*c))
	return len(p), nil
}

// store is the store as a node sees it: each commit is a place to die.
type storeOf struct {
	storetest.Store
	node *node
}

func (s *storeOf) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	s.node.alive()
	return s.Store.Order(ctx, id)
}

func (s *storeOf) DueWallets(ctx context.Context) (map[string]time.Time, error) {
	s.node.alive()
	return s.Store.DueWallets(ctx)
}

func (s *storeOf) ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error) {
	s.node.alive()
	return s.Store.ClaimDueOrders(ctx, now, lease, limits)
}

func (s *storeOf) Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error) {
	s.node.alive()
	return s.Store.Claim(ctx, claim)
}

func (s *storeOf) KeepNotification(ctx context.Context, item store.InboxItem) error {
	how := s.node.commit("a notification that it keeps")
	if how.err != nil {
		return how.err
	}
	return s.committed(how, s.Store.KeepNotification(ctx, item))
}

func (s *storeOf) ForgetNotification(ctx context.Context, wallet, eventID string) error {
	how := s.node.commit("that a notification is applied")
	if how.err != nil {
		return how.err
	}
	return s.committed(how, s.Store.ForgetNotification(ctx, wallet, eventID))
}

func (s *storeOf) CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error) {
	how := s.node.commit("the order")
	if how.err != nil {
		return bridge.Claim{}, how.err
	}
	claim, err := s.Store.CreateOrder(ctx, c)
	if err == nil && (c.Claim == nil || claim.Subject == string(c.Order.ID)) {
		s.node.world.committed(nil, &c.Order)
	}
	return claim, s.committed(how, err)
}

func (s *storeOf) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	s.node.alive()
	var how reply
	var before *bridge.Order
	order, err := s.Store.UpdateOrder(ctx, id, func(c *bridge.Change) error {
		how, before = reply{}, nil
		if err := change(c); err != nil || c.Empty() {
			return err
		}
		if how = s.node.commit(subject(c)); how.err == nil {
			before = c.Before()
		}
		return how.err
	})
	if err == nil && before != nil {
		s.node.world.committed(before, &order)
	}
	return order, s.committed(how, err)
}

// committed ends the process, or hides the outcome, where that was chosen.
func (s *storeOf) committed(how reply, err error) error {
	switch {
	case how.after:
		s.node.world.kill(s.node)
		runtime.Goexit()
	case how.unknown && err == nil:
		return fault.New(fault.Unknown, "explore", "The commit's outcome is unknown.")
	}
	return err
}

// subject is what a change is about, in a trace.
func subject(c *bridge.Change) string {
	if len(c.Events) == 0 {
		return "a schedule"
	}
	return string(c.Events[0].Type)
}
