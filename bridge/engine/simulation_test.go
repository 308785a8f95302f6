package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/retention"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

var (
	simOrders = flag.Int("sim.orders", 2000, "how many orders the simulation makes in memory")
	simSeed   = flag.Uint64("sim.seed", 0, "run only this seed of the simulation")
)

const ordersPerWorld = 100

// TestSimulatedYears lets orders live through everything that can go wrong, with a
// virtual clock and faults drawn from a seed, and requires the same money in our books
// as at the provider when all is quiet again. A seed that fails fails again.
func TestSimulatedYears(t *testing.T) {
	stores := []struct {
		name   string
		worlds int
		open   func(t testing.TB) storetest.Store
	}{
		{"in memory", *simOrders / ordersPerWorld, func(testing.TB) storetest.Store { return memstore.New() }},
		{"on SQLite", max(1, *simOrders/ordersPerWorld/10), func(t testing.TB) storetest.Store { return sqlitetest.Open(t) }},
	}
	for _, s := range stores {
		if raceEnabled {
			s.worlds = (s.worlds + 4) / 5
		}
		t.Run(s.name, func(t *testing.T) {
			for i := range max(1, s.worlds) {
				seed := uint64(i + 1)
				if *simSeed != 0 {
					seed = *simSeed
				}
				if !t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { live(t, seed, s.open(t)) }) || *simSeed != 0 {
					return
				}
			}
		})
	}
}

// TestASimulationRunsTheSameWayTwice, or a failing seed would be worth little.
func TestASimulationRunsTheSameWayTwice(t *testing.T) {
	first, second := live(t, 42, memstore.New()), live(t, 42, memstore.New())
	if first != second {
		t.Errorf("one seed had two histories: %x and %x", first, second)
	}
}

// sim is two nodes over one store, their wallets, and the payers.
type sim struct {
	*testing.T
	ctx      context.Context
	dice     *rand.Rand
	clock    *testclock.Clock
	store    *dyingStore
	provider *simulator.Provider
	nodes    []*engine.Engine
	skew     []time.Duration // of the nodes' clocks
	config   engine.Config
	backend  *backend
	orders   []bridge.OrderID
	unsure   map[string]int64 // keys whose answer was lost, with what they requested
	made     int
	storm    bool // things go wrong
	sending  bool // the provider is sending notifications
	queried  bool // everything was queried once more
	decided  map[bridge.ApprovalState]int
	depth    int  // how many operations are inside one another
	retains  bool // events are archived, in every fourth world
	folder   *retention.Folder
	// compacted is how many events are only in the archive.
	compacted int64
	stop      context.CancelFunc // stops the node that sends the status queries of due orders
}

func live(t *testing.T, seed uint64, store storetest.Store) [32]byte {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one operation goes on at a time; handing over to another core is half of the time
	s := &sim{
		T: t, ctx: context.Background(), dice: rand.New(rand.NewPCG(seed, 7)), storm: true, unsure: map[string]int64{},
		decided: map[bridge.ApprovalState]int{},
		clock:   testclock.New(), folder: retention.NewFolder(t.TempDir()), retains: seed%4 == 2,
	}
	s.store = &dyingStore{Store: store, sim: s}
	s.build(seed)
	for n := 1; s.made < ordersPerWorld; n++ {
		s.operation(s.step)
		s.clock.Advance(time.Duration(s.dice.IntN(4000)) * time.Millisecond)
		if s.retains && n%retainEvery == 0 {
			s.retain()
		}
	}
	s.quiet()
	if s.retains {
		s.retain()
		s.wantArchive()
	}
	return s.settled()
}

func (s *sim) build(seed uint64) {
	var err error
	s.provider, err = simulator.New(simulator.Config{
		PublicURL: "http://wallet.test", KeyID: "k1", Key: testKey, Now: s.clock.Now, Workers: 1, Seed: seed,
		HTTP: &http.Client{Transport: tripFunc(s.notify)}, Later: 90 * time.Second,
	})
	if err != nil {
		s.Fatal(err)
	}
	for _, rule := range []simulator.Rule{
		{Fault: simulator.LoseNotification, Rate: .15}, {Fault: simulator.DoubleNotification, Rate: .1},
		{Fault: simulator.DelayNotification, Rate: .1, Delay: time.Minute}, {Fault: simulator.ReorderNotification, Rate: .1, Delay: 20 * time.Second},
		{Fault: simulator.ForgeNotification, Rate: .05}, {Fault: simulator.LieAmount, Rate: .02}, {Fault: simulator.LieCurrency, Rate: .02},
		{Fault: simulator.CutAfter, Rate: .06}, {Fault: simulator.CutBefore, Rate: .04}, {Fault: simulator.ServerError, Rate: .03},
		{Fault: simulator.GarbageAnswer, Rate: .02}, {Fault: simulator.UnsignedAnswer, Rate: .02}, {Fault: simulator.UnknownOutcome, Rate: .03},
		{Fault: simulator.TrafficLimit, Rate: .03}, {Fault: simulator.Refused, Rate: .02, Endpoint: "/v1/payments"},
		{Fault: simulator.RefuseRepeat, Rate: .5}, {Fault: simulator.LagQuery, Rate: .2, Delay: 20 * time.Second},
		{Fault: simulator.CancelReverses, Rate: .5}, {Fault: simulator.RefuseCancel, Rate: .05}, {Fault: simulator.ChangeID, Rate: .1},
		{Fault: simulator.BatchEvents, Rate: .1, Delay: 10 * time.Second}, {Fault: simulator.PaymentIDOnly, Rate: .1},
		{Fault: simulator.AmountMissing, Rate: .02}, {Fault: simulator.AmountHuge, Rate: .01}, {Fault: simulator.TimeHuge, Rate: .02},
		{Fault: simulator.UnknownStatus, Rate: .02},
	} {
		s.provider.Inject(rule)
	}
	s.config = engine.Config{
		Store: s.store, PublicURL: "http://till.test", Now: s.clock.Now, Random: randomReader{s.dice},
		Apps: []engine.App{
			{Name: "shop", Wallets: []string{"sandbox", "second"}, Pricer: mustCatalog(s.T), Endpoints: []string{"hook"},
				Approvals: engine.Approvals{Limits: map[wallet.Currency]refund.Limit{"USD": {Order: 150, Day: 900}}}},
			{Name: "hotel", Wallets: []string{"holding"}, Pricer: mustCatalog(s.T), Hold: true},
		},
		Wallets: map[string]wallet.Wallet{"sandbox": s.wallet("sandbox"), "second": s.wallet("second"), "holding": s.wallet("holding")},
	}
	s.skew = []time.Duration{0, time.Duration(s.dice.IntN(30)-15) * time.Second}
	s.nodes = []*engine.Engine{s.node(0), s.node(1)}
	s.backend = newBackend(s)
}

type randomReader struct{ dice *rand.Rand }

func (r randomReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.dice.Uint32())
	}
	return len(p), nil
}

// node is a new process of a node. Its clock differs from the others', and in the storm a
// wallet may be missing from its configuration.
func (s *sim) node(n int) *engine.Engine {
	config := s.config
	config.Now = func() time.Time { return s.clock.Now().Add(s.skew[n]) }
	if s.storm && n > 0 && s.dice.IntN(10) == 0 {
		config.Wallets = maps.Clone(config.Wallets)
		delete(config.Wallets, "second")
		config.Apps = slices.Clone(config.Apps)
		config.Apps[0].Wallets = []string{"sandbox"}
	}
	e, err := engine.New(config)
	if err != nil {
		s.Fatal(err)
	}
	return e
}

func (s *sim) wallet(name string) wallet.Wallet {
	w, err := sandbox.Config{BaseURL: "http://wallet.test", Insecure: true, KeyID: "k1", Key: testKey}.Open(
		wallet.Env{Name: name, Now: s.clock.Now, HTTP: &http.Client{Transport: tripFunc(s.call)}})
	if err != nil {
		s.Fatal(err)
	}
	return w
}

type tripFunc func(*http.Request) (*http.Response, error)

func (f tripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// call is a node's call to the provider. While it is under way the other node may do
// something, and either side of it is a place to die.
func (s *sim) call(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	s.maybeDie()
	s.maybeRace()
	if s.storm && s.stop != nil && s.dice.IntN(10) == 0 {
		s.stop()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp, err := serve(s.provider, r)
	s.maybeRace()
	s.maybeDie()
	return resp, err
}

// notify is the provider's call to one of the nodes.
func (s *sim) notify(r *http.Request) (*http.Response, error) {
	node := s.anyNode()
	var resp *http.Response
	err := errors.New("the node died")
	s.operation(func() {
		resp, err = serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			reply, err := s.nodes[node].Notify(r.Context(), strings.TrimPrefix(r.URL.Path, "/notify/"), wallet.Delivery{
				Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: s.clock.Now(),
			})
			if err != nil {
				panic(err)
			}
			w.WriteHeader(reply.Status)
			_, _ = w.Write(reply.Body)
		}), r)
	})
	return resp, err
}

// serve calls a handler without a network. A handler that cuts the connection leaves
// an error.
func serve(h http.Handler, r *http.Request) (resp *http.Response, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	in.Header = r.Header
	w := httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	h.ServeHTTP(w, in)
	return w.Result(), nil
}

// operation runs f as a process that may die in it: its goroutine ends on that line.
func (s *sim) operation(f func()) {
	ended := make(chan struct{})
	s.depth++
	go func() {
		defer close(ended)
		f()
	}()
	<-ended
	s.depth--
}

// maybeDie ends the operation under way, and the memory of its process with it.
func (s *sim) maybeDie() {
	if s.storm && s.dice.IntN(40) == 0 {
		n := s.anyNode()
		s.nodes[n] = s.node(n)
		runtime.Goexit()
	}
}

// maybeRace lets something else happen in the middle of the operation under way.
func (s *sim) maybeRace() {
	if s.storm && s.depth < 3 && s.dice.IntN(8) == 0 {
		s.operation(s.step)
	}
}

func (s *sim) anyNode() int { return s.dice.IntN(len(s.nodes)) }

var errLost = fault.New(fault.Unknown, "dyingStore", "the answer to the commit was lost")

// step is one action of a participant.
func (s *sim) step() {
	node := s.nodes[s.anyNode()]
	id := s.anyOrder()
	switch n := s.dice.IntN(20); {
	case n < 4 || id == "":
		s.create(node)
	case n < 9:
		s.payer(id)
	case n < 12:
		s.deliver()
	case n < 15:
		s.runOnce(node)
	case n < 16:
		_, _ = node.Refresh(s.ctx, id)
	case n < 17:
		s.backend.deliver()
	case n < 18:
		s.clock.Advance(time.Duration(s.dice.IntN(300)) * time.Second)
	case n < 19 && s.dice.IntN(12) == 0:
		s.surprise(id)
	default:
		s.merchant(node, id)
	}
}

// runOnce sends the status queries of what is due, on a node that may be stopped meanwhile.
func (s *sim) runOnce(node *engine.Engine) {
	ctx, stop := context.WithCancel(s.ctx)
	before := s.stop
	s.stop = stop
	defer func() {
		stop()
		s.stop = before
	}()
	_, _ = node.RunOnce(ctx)
}

func (s *sim) anyOrder() bridge.OrderID {
	if len(s.orders) == 0 {
		return ""
	}
	recent := s.orders[max(0, len(s.orders)-12):]
	return recent[s.dice.IntN(len(recent))]
}

// create makes an order, or repeats a request whose answer was lost.
func (s *sim) create(node *engine.Engine) {
	key, quantity := "", int64(0)
	keys := make([]string, 0, len(s.unsure))
	for k := range s.unsure {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if len(keys) > 0 && s.dice.IntN(2) == 0 {
		key = keys[s.dice.IntN(len(keys))]
		quantity = s.unsure[key]
	} else {
		s.made++
		key, quantity = fmt.Sprintf("key-%d", s.made), int64(1+s.dice.IntN(5))
	}
	s.unsure[key] = quantity
	req := oneLatte()
	req.Items[0].Quantity = quantity
	if strings.HasSuffix(key, "3") {
		req.App, req.Wallet = "hotel", "holding"
	}
	o := once(key)
	o.Digest = sha256.Sum256([]byte(key))
	o.Render = func(o bridge.Order, err error) bridge.Answer {
		return bridge.Answer{Status: 201, Body: []byte(fmt.Sprint(o.ID, err))}
	}
	if outcome, err := node.CreateOrder(s.ctx, req, o); err == nil && outcome.Answer != nil || fault.KindOf(err) == fault.NotFound {
		delete(s.unsure, key)
	}
}

// payer does something at the cashier of the order's newest payment.
func (s *sim) payer(id bridge.OrderID) {
	o, err := s.store.Store.Order(s.ctx, id)
	if err != nil || o.LastPayment() == nil {
		return
	}
	outcome := []string{"pay", "pay", "pay", "decline", "leave", "later"}[s.dice.IntN(6)]
	p := o.Payments[s.dice.IntN(len(o.Payments))]
	if err := s.provider.Settle(p.RequestID, outcome); err != nil && !errors.Is(err, simulator.ErrNoPayment) {
		s.Error(err)
	}
}

// deliver lets the provider send what is due, unless it is sending already and a node
// calls it before it answers.
func (s *sim) deliver() {
	if s.sending {
		return
	}
	s.sending = true
	defer func() { s.sending = false }()
	s.provider.RunOnce(s.ctx)
}

// surprise does something with a paid payment of an order without a request: it is
// taken back, or charged a second time under another id.
func (s *sim) surprise(id bridge.OrderID) {
	o, err := s.store.Store.Order(s.ctx, id)
	if err != nil || o.LastPayment() == nil {
		return
	}
	request := o.LastPayment().RequestID
	if s.dice.IntN(2) == 0 {
		err = s.provider.Reverse(request)
	} else {
		err = s.provider.SecondCharge(request)
	}
	if err != nil && !errors.Is(err, simulator.ErrNoPayment) && !errors.Is(err, simulator.ErrNotPaid) {
		s.Error(err)
	}
}

// merchant does something with an order that the payer does not.
func (s *sim) merchant(node *engine.Engine, id bridge.OrderID) {
	switch s.dice.IntN(12) {
	case 0:
		_, _ = node.Cancel(s.ctx, id, bridge.FromClient)
	case 1:
		_, _ = node.Pay(s.ctx, id, bridge.PayRequest{Source: bridge.FromClient}, nil)
	case 2:
		_, _ = node.Pay(s.ctx, id, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil)
	case 3:
		_, _ = node.Capture(s.ctx, id, engine.CaptureRequest{Amount: usd(int64(100 + s.dice.IntN(400))), Source: bridge.FromMerchant}, nil)
	case 4:
		_, _ = node.Void(s.ctx, id, bridge.FromMerchant, nil)
	case 5, 6:
		id, d := s.decision(id)
		_, _ = node.ApproveRefund(s.anyPerson(), id, d, nil)
	case 7:
		id, d := s.decision(id)
		_, _ = node.RejectRefund(s.anyPerson(), id, d, nil)
	default:
		_, _ = node.Refund(s.anyPerson(), id, refund.Request{Amount: usd(int64(1 + s.dice.IntN(400))), Source: bridge.FromMerchant}, nil)
	}
}

// anyPerson is a context of one of three persons who request refunds and approve them.
func (s *sim) anyPerson() context.Context {
	return engine.WithPerson(s.ctx, []bridge.Person{ann, annsKey, ben}[s.dice.IntN(3)])
}

// decision is about a refund that waits for approval, or the first of the order when none does.
func (s *sim) decision(id bridge.OrderID) (bridge.OrderID, refund.Decision) {
	for _, recent := range s.orders[max(0, len(s.orders)-30):] {
		o, err := s.store.Store.Order(s.ctx, recent)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(o.Refunds, func(r bridge.Refund) bool { return r.Awaiting() }); i >= 0 {
			return recent, refund.Decision{Refund: i + 1, Source: bridge.FromOperator}
		}
	}
	return id, refund.Decision{Refund: 1, Source: bridge.FromOperator}
}
