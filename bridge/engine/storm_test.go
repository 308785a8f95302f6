package engine_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
)

// stormy is a wallet's simulator as a storm plays with it.
type stormy struct {
	server http.Handler
	open   func(base string, env wallet.Env) (wallet.Wallet, error)
	// calls are the faults of calls, news those of notifications, and doubts those that
	// combine with both. An empty one is none, and weighs as much as the others.
	calls, news, doubts []string
	inject              func(fault, endpoint string, times, skip int) // endpoint is empty, or notify
	notify              string                                        // the endpoint of notifications
	clear               func()
	deeds               []string // what payers do
	methods             []string // of which the payer chooses one; empty where there are none
	settle              func(requestID, deed string) error
	run                 func(context.Context) int // delivers what is due
	// after, when set, is what else happens at the provider in the life of an order, such as
	// a person's decision about a refund.
	after func(dice *rand.Rand)
	// books is what the provider has of the payments under a request id, in minor units.
	books func(requestID string) (captured, refunded int64)
}

// storm is an engine in memory beside one wallet whose calls and notifications fail.
type storm struct {
	*testing.T
	stormy
	name     string // the wallet's
	dice     *rand.Rand
	clock    *testclock.Clock
	config   engine.Config
	far      string         // the simulator's address
	engine   *engine.Engine // the node whose turn it is
	nodes    []*engine.Engine
	world    *world // whose engine takes the notifications
	currency wallet.Currency
	smallest int64 // amounts are drawn from here on, in minor units
	orders   []bridge.OrderID
}

// site is where a simulator of a storm stands.
type site struct {
	base   string // its own address
	notify string // where the till takes the wallet's notifications
	now    func() time.Time
}

// newStorm starts the engine beside the simulator that build makes.
func newStorm(t *testing.T, name string, currency wallet.Currency, seed uint64, build func(site) stormy) *storm {
	t.Helper()
	s := &storm{
		T: t, name: name, dice: rand.New(rand.NewPCG(seed, 11)), currency: currency, smallest: 1000,
		clock: testclock.New(),
	}
	s.world = &world{T: t, ctx: t.Context(), clock: s.clock}
	till := httptest.NewServer(http.HandlerFunc(s.world.takeNotification))
	t.Cleanup(till.Close)
	far := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(rw, r) }))
	t.Cleanup(far.Close)
	s.far = far.URL
	s.stormy = build(site{far.URL, till.URL + "/notify/" + name, s.clock.Now})
	opened, err := s.open(far.URL, wallet.Env{Name: name, Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.config = engine.Config{
		Store: memstore.New(), PublicURL: till.URL, Now: s.clock.Now, Wallets: map[string]wallet.Wallet{name: opened},
		Apps: []engine.App{{Name: "shop", Wallets: []string{name}, Expiry: 8 * time.Minute}},
	}
	s.restart()
	return s
}

// restart is a new process over the store that is configured now.
func (s *storm) restart() {
	s.Helper()
	var err error
	if s.engine, err = engine.New(s.config); err != nil {
		s.Fatal(err)
	}
	s.world.engine, s.nodes = s.engine, []*engine.Engine{s.engine}
}

// join adds a node over the same store, with a wallet of its own, whose clock is ahead.
func (s *storm) join(ahead time.Duration) {
	s.Helper()
	config, now := s.config, func() time.Time { return s.clock.Now().Add(ahead) }
	opened, err := s.open(s.far, wallet.Env{Name: s.name, Now: now})
	if err != nil {
		s.Fatal(err)
	}
	config.Now, config.Wallets = now, map[string]wallet.Wallet{s.name: opened}
	node, err := engine.New(config)
	if err != nil {
		s.Fatal(err)
	}
	s.nodes = append(s.nodes, node)
}

// turn draws the node that serves what comes next, and the one that is notified.
func (s *storm) turn() {
	if len(s.nodes) > 1 {
		s.engine = s.nodes[s.dice.IntN(len(s.nodes))]
		s.world.engine = s.nodes[s.dice.IntN(len(s.nodes))]
	}
}

// rage lets orders live in the storm, and requires the same money in both books when all is
// quiet again.
func (s *storm) rage(orders int) {
	s.Helper()
	for range stormOrders(orders) {
		s.life()
		s.clock.Advance(time.Duration(s.dice.IntN(3)) * time.Second)
	}
	s.quiet()
	for _, id := range s.orders {
		s.agrees(id)
	}
}

var manySeeds = flag.Uint64("storm.seeds", 0, "run the wallets' storms with this many seeds")

// stormSeeds are the seeds of a storm: the usual ones, or as many as the flag names, from 1.
func stormSeeds(usual ...uint64) []uint64 {
	if *manySeeds == 0 {
		return usual
	}
	var all []uint64
	for seed := range *manySeeds {
		all = append(all, seed+1)
	}
	return all
}

// stormOrders is how many of so many orders are made: fewer under the race detector.
func stormOrders(orders int) int {
	if raceEnabled {
		return (orders + 2) / 3
	}
	return orders
}

// breakThings draws which faults the next order meets.
func (s *storm) breakThings() {
	s.clear()
	if fault := s.calls[s.dice.IntN(len(s.calls))]; fault != "" {
		s.inject(fault, "", 1+s.dice.IntN(2), s.dice.IntN(2))
	}
	for _, fault := range s.doubts {
		if s.dice.IntN(3) == 0 {
			s.inject(fault, "", 1+s.dice.IntN(2), 0)
		}
	}
	if fault := s.news[s.dice.IntN(len(s.news))]; fault != "" {
		s.inject(fault, s.notify, 1+s.dice.IntN(2), 0)
	}
}

// life is an order from its making to its refunds.
func (s *storm) life() {
	s.Helper()
	s.breakThings()
	s.turn()
	amount := wallet.Money{Minor: s.smallest + int64(s.dice.IntN(100_000)), Currency: s.currency}
	outcome, err := s.engine.CreateOrder(s.Context(), engine.OrderRequest{
		App: "shop", Channel: wallet.MiniProgram, Source: bridge.FromMerchant, Payer: bridge.Payer{ID: "c-1", Wallet: s.name},
		Price: &pricing.Price{Amount: amount, Description: "Two teas"},
	}, nil)
	id := outcome.Subject.ID
	if id == "" {
		s.Fatalf("no order: %v", err)
	}
	s.orders = append(s.orders, id)
	if s.dice.IntN(4) == 0 {
		_, _ = s.engine.Pay(s.Context(), id, bridge.PayRequest{Source: bridge.FromClient}, nil)
	}
	if len(s.methods) > 0 {
		for range s.dice.IntN(5) {
			_, _ = s.engine.Pay(s.Context(), id, bridge.PayRequest{Method: s.methods[s.dice.IntN(len(s.methods))], Source: bridge.FromClient}, nil)
		}
	}
	_ = s.settle(outcome.Subject.LastPayment().RequestID, s.deeds[s.dice.IntN(len(s.deeds))]) // one that never came cannot be paid
	s.turn()
	s.run(s.Context())
	s.queryAll(time.Duration(s.dice.IntN(12)) * time.Second)
	s.turn()
	for range s.dice.IntN(3) {
		part := wallet.Money{Minor: 1 + s.dice.Int64N(amount.Minor), Currency: s.currency}
		_, _ = s.engine.Refund(s.Context(), id, refund.Request{Amount: part, Source: bridge.FromMerchant}, nil)
	}
	if s.dice.IntN(6) == 0 {
		_, _ = s.engine.Cancel(s.Context(), id, bridge.FromMerchant)
	}
	if s.after != nil {
		s.after(s.dice)
	}
}

// loses makes an order whose payment the provider opens, and whose answer is lost.
func (s *storm) loses(endpoint string) {
	s.Helper()
	s.clear()
	s.inject("cut_after", endpoint, 1, 0)
	outcome, err := s.engine.CreateOrder(s.Context(), engine.OrderRequest{
		App: "shop", Channel: wallet.MiniProgram, Source: bridge.FromMerchant,
		Price: &pricing.Price{Amount: wallet.Money{Minor: s.smallest, Currency: s.currency}, Description: "Two teas"},
	}, nil)
	if err == nil || outcome.Subject.ID == "" {
		s.Fatalf("the order %s got an answer: %v", outcome.Subject.ID, err)
	}
	s.orders = append(s.orders, outcome.Subject.ID)
}

// queryAll lets time pass and all nodes query what is due, at once.
func (s *storm) queryAll(d time.Duration) {
	s.Helper()
	s.clock.Advance(d)
	var all sync.WaitGroup
	for _, node := range s.nodes {
		all.Go(func() {
			if _, err := node.RunOnce(context.WithoutCancel(s.Context())); err != nil {
				s.Error(err)
			}
		})
	}
	all.Wait()
}

// quiet lets two days pass without faults.
func (s *storm) quiet() {
	s.Helper()
	s.clear()
	for range 12 {
		s.queryAll(time.Minute)
		s.run(s.Context())
	}
	for range 8 {
		if s.after != nil {
			s.after(s.dice)
		}
		s.queryAll(6 * time.Hour)
		for range 6 { // an order that found the wallet busy is queried a little later
			s.queryAll(time.Minute)
		}
		s.run(s.Context())
	}
}

// agrees compares an order with the wallet's books.
func (s *storm) agrees(id bridge.OrderID) {
	s.Helper()
	o, err := s.engine.Order(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	var captured, refunded int64
	for _, p := range o.Payments {
		c, r := s.books(p.RequestID)
		captured, refunded = captured+c, refunded+r
	}
	story := fmt.Sprintf("%s is %s with %d paid, %d refunded, %d open, attention %q; the wallet has %d captured, %d refunded",
		id, o.Status, o.Paid, o.Refunded, o.RefundOpen, o.Attention(), captured, refunded)
	if !o.Final() || o.OpenPayment() != nil {
		s.Errorf("not at its end: %s", story)
	}
	lied := slices.Contains(o.Attention(), bridge.RefundMismatch) // a signed answer about a refund's amount is booked, and flagged
	net := o.Paid-o.Reversed-o.Refunded == captured-refunded      // a cancel may have given back what was never booked
	if !net && (o.Paid != captured || o.Refunded != refunded && !lied) || o.RefundOpen != 0 {
		s.Errorf("the books differ: %s", story)
	}
	if (o.Paid > 0) != (o.Status == wallet.Paid) {
		s.Errorf("the status is not the money's: %s", story)
	}
}
