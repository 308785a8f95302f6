package explore_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/wallet"
)

const (
	amount = 1000
	expiry = 5 * time.Minute
)

// world is one run of a scenario: two nodes over one store, two wallets, one order and
// those who deal with it. Its clock is the bubble's.
type world struct {
	scenario *scenario
	choices  *choices
	store    *memstore.Store
	accounts []*account
	nodes    [2]*node
	random   counter
	notices  []*notice
	script   []action // what has not happened yet
	also     []action
	calm     bool // wallets answer at once and as they should
	tracing  bool // the trace is wanted
	trace    []string

	agreement bridge.AgreementID
	resolved  map[bridge.Attention]bool // by a person
	requests  []*request                // of the merchant
	order     bridge.OrderID
	canceled  bool // the merchant was notified that the order is canceled
	expired   bool // the order has expired
	removed   bool // alpha is no longer configured
	found     []violation
	files     int64            // of the archive
	written   *history.History // that is archived and still in the store; nil when there is none
	archived  []bridge.Event   // that are no longer in the store
	queried   time.Time        // what was due in the store at the last run of the poller

	mu     sync.Mutex // guards what follows, and node.dead
	parked []*point   // the newest last
}

func newWorld(s *scenario, c *choices) *world {
	w := &world{scenario: s, choices: c, store: memstore.New()}
	w.accounts = []*account{
		{world: w, name: "alpha", kit: s.alpha, requested: map[string]string{}},
		{world: w, name: "beta", kit: s.beta, requested: map[string]string{}},
	}
	w.resolved = map[bridge.Attention]bool{}
	for i := range w.nodes {
		w.nodes[i] = w.start(i + 1)
	}
	if s.alpha.has(charges) {
		w.agree()
	}
	return w
}

// live runs the scenario to its end and judges it. It runs in a bubble of its own.
func (w *world) live() {
	w.calm = true
	for _, a := range w.scenario.before {
		w.run(a)
	}
	w.deliverAll()
	w.calm = false
	w.script, w.also = slices.Clone(w.scenario.script), slices.Clone(w.scenario.also)
	for moves := w.moves(); len(moves) > 0; moves = w.moves() {
		m := moves[0]
		if len(moves) > 1 {
			m = moves[w.choices.pick(len(moves))]
		}
		w.note(m.words)
		m.do()
		synctest.Wait()
	}
	w.calm = true
	w.quiet()
	w.judge()
}

func (w *world) note(words string) {
	if w.tracing {
		w.trace = append(w.trace, words)
	}
}

// moves are the alternatives at this moment, or none when nothing is left to do. The
// first is what happens when everybody behaves well: what is under way goes on, what was
// notified arrives, then the script does. A commit is not overtaken.
func (w *world) moves() []move {
	w.mu.Lock()
	parked := slices.Clone(w.parked)
	w.mu.Unlock()
	var moves []move
	for _, p := range slices.Backward(parked) {
		moves = append(moves, p.moves()...)
		if p.commit {
			return moves
		}
	}
	if len(parked) >= mostAtOnce {
		return moves
	}
	moves = slices.Concat(moves, w.notifying(), w.scripted())
	also := w.unscripted()
	if len(moves) == 0 && len(also) > 0 {
		moves = []move{{"nothing more", func() { w.also = nil }}}
	}
	return append(moves, also...)
}

// mostAtOnce bounds how many operations wait at once.
const mostAtOnce = 3

// scripted is the next action of the script that can happen now.
func (w *world) scripted() []move {
	for i, a := range w.script {
		if a.ready(w) {
			return []move{{a.words, func() {
				w.script = slices.Delete(slices.Clone(w.script), i, i+1)
				w.run(a)
			}}}
		}
	}
	return nil
}

// unscripted are the actions that may happen at any time.
func (w *world) unscripted() []move {
	var moves []move
	for i, a := range w.also {
		if a.ready(w) {
			moves = append(moves, move{a.words, func() {
				w.also = slices.Delete(slices.Clone(w.also), i, i+1)
				w.run(a)
			}})
		}
	}
	return moves
}

// run lets an action happen, until all that it has started waits or has ended.
func (w *world) run(a action) {
	a.do(w)
	synctest.Wait()
}

// operate runs f as an operation of node 1, or of node 2 when something is under way on
// node 1.
func (w *world) operate(f func(ctx context.Context, n *node)) {
	n := w.idle(0)
	go func() {
		defer w.caught()
		roomy(0)
		f(context.Background(), n)
	}()
}

// roomy makes the stack of a new goroutine as large as an operation needs. Left to grow step
// by step, stacks took a fifth of a walk's time.
//
//go:noinline
func roomy(i int) byte {
	var room [24 << 10]byte
	return room[i]
}

// caught makes a violation of a panic.
func (w *world) caught() {
	if p := recover(); p != nil {
		w.violated("the process panics", "%v", p)
	}
}

// idle is the node of an index when nothing is under way on it, or else the other one.
func (w *world) idle(index int) *node {
	for i, n := range w.nodes {
		if w.isDead(n) {
			w.nodes[i] = w.start(i + 1)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.ContainsFunc(w.parked, func(p *point) bool { return p.node == w.nodes[index] }) {
		index = 1 - index
	}
	return w.nodes[index]
}

func (w *world) isDead(n *node) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return n.dead
}

func (w *world) park(p *point) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked = append(w.parked, p)
}

func (w *world) unpark(p *point) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked = slices.DeleteFunc(slices.Clone(w.parked), func(q *point) bool { return p == q })
}

// notice is a notification of a wallet on its way.
type notice struct {
	account *account
	payment *farPayment
	event   wallet.Event
	number  int
	waits   bool           // it has not been acknowledged, and is not being delivered
	from    time.Time      // when it is delivered
	more    []wallet.Event // that come with it
	forged  bool           // it cannot be believed alone, and is untrue
	tries   int
	sure    bool // it is not lost, since nothing else reports it
}

// notify queues a notification.
func (w *world) notify(a *account, p *farPayment, event wallet.Event) {
	if a.kit.has(bundles) && w.bundle(a, event) {
		return
	}
	n := &notice{account: a, payment: p, number: len(w.notices), waits: true, from: time.Now()}
	event.ID = "event-" + strconv.Itoa(n.number)
	n.event = event
	w.notices = append(w.notices, n)
}

// retryNotice is when a wallet sends again what was not acknowledged.
const retryNotice = time.Minute

// notifying are the moves of the first notification that is waiting.
func (w *world) notifying() []move {
	for _, n := range w.notices {
		if !n.waits || n.from.After(time.Now()) {
			continue
		}
		what := n.words()
		if n.forged || n.sure {
			return []move{{what, func() { w.deliver(n) }}}
		}
		return []move{
			{what, func() { w.deliver(n) }},
			{what + " → lost", func() { w.lose(n) }},
			{what + " twice", func() {
				w.notify(n.account, n.payment, n.event)
				w.notices[len(w.notices)-1].event.ID = n.event.ID
				w.deliver(n)
			}},
		}
	}
	return nil
}

func (n *notice) words() string {
	if n.event.Kind == wallet.RefundEvent {
		return n.account.name + " notifies of the refund " + n.event.Refund.RefundID
	}
	return n.account.name + " notifies that " + short(n.payment.request) + " is " + string(n.event.Payment.Status)
}

// lose drops a notification. A wallet that cannot be queried sends it again later.
func (w *world) lose(n *notice) {
	n.waits = n.account.kit.has(noQuery)
	n.from = time.Now().Add(retryNotice)
}

// deliver takes a notification to a node. Until that has acknowledged it, it is to be
// delivered again.
func (w *world) deliver(n *notice) {
	n.tries++
	n.from = time.Now().Add(retryNotice)
	w.operate(func(ctx context.Context, node *node) {
		reply, err := node.Notify(ctx, n.account.name, wallet.Delivery{Body: []byte(strconv.Itoa(n.number)), ReceivedAt: time.Now()})
		if n.tries++; n.forged || n.tries >= mostTries {
			n.waits = false // no wallet sends it for ever
		}
		if err == nil && reply.Status == 200 {
			n.waits = false
			w.acknowledged(n)
		}
	})
}

// mostTries bounds how often a wallet sends what is not acknowledged.
const mostTries = 20

// deliverAll delivers what waits, again and again.
func (w *world) deliverAll() {
	for range mostTries {
		left := false
		for i := 0; i < len(w.notices); i++ {
			if n := w.notices[i]; n.waits && n.tries < mostTries {
				w.deliver(n)
				synctest.Wait()
				left = left || n.waits
			}
		}
		if !left {
			return
		}
		time.Sleep(retryNotice)
	}
}
