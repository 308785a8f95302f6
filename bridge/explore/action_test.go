package explore_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// action is something that the merchant, the payer or the clock does.
type action struct {
	words string
	ready func(w *world) bool // it can happen now
	do    func(w *world)
}

// request is something that the merchant wants once. It is repeated under its key until
// it is answered, and requested anew, under another key, when the answer was no.
type request struct {
	what     string
	key      int  // how many keys have been used
	underWay int  // requests without an answer yet
	done     bool // the answer was yes
	declined bool // the answer to the last key was no
	begun    bool // it was requested
}

func (w *world) request(what string) *request {
	for _, r := range w.requests {
		if r.what == what {
			return r
		}
	}
	r := &request{what: what, key: 1}
	w.requests = append(w.requests, r)
	return r
}

// operation is a request to an engine under a key.
type operation func(ctx context.Context, n *node, id bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error)

// requests is the action of a request, for the first time or again. It can be
// done until the answer is yes.
func requests(what string, op operation) action {
	return action{
		words: "the merchant requests: " + what,
		ready: func(w *world) bool {
			r := w.request(what)
			switch {
			case r.done || r.underWay == 2:
				return false
			case what == create:
				return !r.declined
			}
			return w.order != "" && (!r.declined || r.key == 1)
		},
		do: func(w *world) { w.send(w.request(what), op) },
	}
}

func (w *world) send(r *request, op operation) {
	if r.declined {
		r.key++
		r.declined = false
	}
	key := fmt.Sprintf("%s %d", r.what, r.key)
	once := &idempotency.Once[bridge.Order]{Scope: "shop", Key: key, Digest: sha256.Sum256([]byte(key)), Render: render}
	r.begun = true
	r.underWay++
	w.operate(func(ctx context.Context, n *node) {
		defer func() { r.underWay-- }()
		outcome, err := op(ctx, n, w.order, once)
		w.note("… " + r.what + " is answered: " + answerOf(&outcome, err))
		switch {
		case outcome.Answer != nil && outcome.Answer.Status < 300:
			r.done = true
		case outcome.Answer != nil || final(err):
			r.declined = true
		}
	})
}

// render distinguishes success from failure.
func render(_ bridge.Order, err error) bridge.Answer {
	if err != nil {
		return bridge.Answer{Status: 402}
	}
	return bridge.Answer{Status: 201}
}

// final reports whether a fault is an answer, after which the request is not repeated.
func final(err error) bool {
	switch fault.KindOf(err) {
	case fault.Declined, fault.Invalid, fault.Unsupported, fault.Expired:
		return err != nil
	}
	return false
}

func answerOf(outcome *idempotency.Outcome[bridge.Order], err error) string {
	switch {
	case err != nil:
		return err.Error()
	case outcome.Answer != nil:
		return strconv.Itoa(outcome.Answer.Status)
	}
	return "yes"
}

const create = "create the order"

var (
	creates = requests(create, func(ctx context.Context, n *node, _ bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
		return n.CreateOrder(ctx, engine.OrderRequest{
			App: "shop", Wallet: "alpha", Price: &pricing.Price{Amount: usd(amount)}, Hold: &n.world.scenario.hold,
			Expiry: expiry, Source: bridge.FromMerchant,
		}, once)
	})
	paysAlpha    = requests("a payment at alpha", paysAt("alpha"))
	paysBeta     = requests("a payment at beta", paysAt("beta"))
	refundsPart  = requests("refund 3.00", refunds("refund 3.00", usd(300)))
	refundsAll   = requests("refund 10.00", refunds("refund 10.00", usd(1000)))
	refundsRest  = requests("refund the rest", refunds("refund the rest", wallet.Money{}))
	capturesPart = requests("capture 6.00", captures(usd(600)))
	capturesAll  = requests("capture all", captures(wallet.Money{}))
	voids        = requests("void", func(ctx context.Context, n *node, id bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
		return n.Void(ctx, id, bridge.FromMerchant, once)
	})
)

// approves and rejects are what two operators decide about the first refund, which the
// merchant has requested.
var (
	approves = decides("the first operator approves", func(ctx context.Context, n *node, id bridge.OrderID) error {
		_, err := n.ApproveRefund(engine.WithPerson(ctx, bridge.Person{ID: "opr_1"}), id, refund.Decision{Refund: 1, Source: bridge.FromOperator}, nil)
		return err
	})
	rejects = decides("the second operator rejects", func(ctx context.Context, n *node, id bridge.OrderID) error {
		_, err := n.RejectRefund(engine.WithPerson(ctx, bridge.Person{ID: "opr_2"}), id, refund.Decision{Refund: 1, Source: bridge.FromOperator}, nil)
		return err
	})
)

func decides(words string, decide func(ctx context.Context, n *node, id bridge.OrderID) error) action {
	return action{
		words: words,
		ready: func(w *world) bool { return w.order != "" && len(w.read().Refunds) > 0 },
		do: func(w *world) {
			w.operate(func(ctx context.Context, n *node) {
				if err := decide(ctx, n, w.order); err != nil {
					w.note("… " + words + ": " + err.Error())
				}
			})
		},
	}
}

func paysAt(name string) operation {
	return func(ctx context.Context, n *node, id bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
		payer := bridge.Payer{ID: "payer", Wallet: name}
		return n.Pay(ctx, id, bridge.PayRequest{Wallet: name, Payer: payer, Source: bridge.FromClient}, once)
	}
}

// refunds requests a refund whose reason names the request that it is for.
func refunds(what string, sum wallet.Money) operation {
	return func(ctx context.Context, n *node, id bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
		return n.Refund(ctx, id, refund.Request{Amount: sum, Reason: what, Source: bridge.FromMerchant}, once)
	}
}

func captures(sum wallet.Money) operation {
	return func(ctx context.Context, n *node, id bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
		return n.Capture(ctx, id, engine.CaptureRequest{Amount: sum, Source: bridge.FromMerchant}, once)
	}
}

// cancels requests the cancel of an order, until it is.
var cancels = action{
	words: "the merchant cancels",
	ready: func(w *world) bool { return w.order != "" && !w.canceled },
	do: func(w *world) {
		w.operate(func(ctx context.Context, n *node) {
			o, err := n.Cancel(ctx, w.order, bridge.FromMerchant)
			w.note("… cancel is answered: " + string(o.Status) + ", " + answerOf(&idempotency.Outcome[bridge.Order]{}, err))
			if err == nil && o.Final() && o.Status != wallet.Paid {
				w.canceled = true
			}
		})
	},
}

// payerPays lets the payer pay what is open at a wallet.
func payerPays(name string) action {
	return action{
		words: "the payer pays at " + name,
		ready: func(w *world) bool { return w.account(name).payable() != nil },
		do: func(w *world) {
			a := w.account(name)
			a.pay(a.payable())
		},
	}
}

// payerDeclines lets the payer decline what is open at alpha.
var payerDeclines = action{
	words: "the payer declines at alpha",
	ready: func(w *world) bool { return w.account("alpha").payable() != nil },
	do: func(w *world) {
		a := w.account("alpha")
		p := a.payable()
		a.change(p, farState{status: wallet.Failed})
		a.report(p)
	},
}

// paysClosed lets the payer pay what is closed at alpha, which a wallet should not allow.
var paysClosed = action{
	words: "the payer pays what is closed at alpha",
	ready: func(w *world) bool { return w.account("alpha").closed() != nil },
	do: func(w *world) {
		a := w.account("alpha")
		p := a.closed()
		p.late = true
		a.pay(p)
	},
}

// closed is a payment that ended without money, or nil.
func (a *account) closed() *farPayment {
	for _, p := range a.payments {
		switch p.now.status {
		case wallet.Failed, wallet.Canceled:
			if !p.now.reversed {
				return p
			}
		}
	}
	return nil
}

// alphaIsGone lets alpha answer nothing any more.
var alphaIsGone = action{
	words: "alpha is gone",
	ready: func(w *world) bool { return !w.account("alpha").gone && len(w.parked) == 0 },
	do:    func(w *world) { w.account("alpha").gone = true },
}

// alphaIsRemoved starts both processes again, with a configuration that has no alpha.
var alphaIsRemoved = action{
	words: "alpha is removed from the configuration",
	ready: func(w *world) bool { return w.order != "" && !w.removed && len(w.parked) == 0 },
	do: func(w *world) {
		w.removed = true
		w.account("alpha").gone = true
		for _, n := range w.nodes {
			w.kill(n)
		}
	},
}

// queriesAll lets a client read the status, which queries the wallets.
var queriesAll = action{
	words: "the client reads the status",
	ready: func(w *world) bool { return w.order != "" },
	do: func(w *world) {
		w.operate(func(ctx context.Context, n *node) {
			if _, err := n.Refresh(ctx, w.order); err != nil {
				w.note("… reading the status: " + err.Error())
			}
		})
	},
}

// daysPass lets time pass, without faults, until nothing is due.
var daysPass = action{
	words: "days pass until nothing is due",
	ready: func(w *world) bool { return len(w.parked) == 0 && !w.due().IsZero() },
	do: func(w *world) {
		w.calm = true
		w.settle()
		w.calm = false
	},
}

func (w *world) account(name string) *account {
	if name == w.accounts[0].name {
		return w.accounts[0]
	}
	return w.accounts[1]
}

// payable is the newest payment that the payer can pay, or nil.
func (a *account) payable() *farPayment {
	for i := len(a.payments) - 1; i >= 0; i-- {
		if a.payments[i].now.status == wallet.Pending {
			return a.payments[i]
		}
	}
	return nil
}

// timePasses until something is due, and the poller of one of the nodes runs.
var timePasses = action{
	words: "time passes until something is due, and the poller runs",
	ready: func(w *world) bool { return !w.due().IsZero() },
	do:    func(w *world) { w.passTo(w.due()) },
}

// timeIsUp passes the time until the order has expired.
var timeIsUp = action{
	words: "time passes until the order's time is up",
	ready: func(w *world) bool { return w.order != "" && time.Now().Before(w.expiresAt()) },
	do:    func(w *world) { w.passTo(w.expiresAt()) },
}

func (w *world) expiresAt() time.Time { return w.read().ExpiresAt.Add(3 * time.Second) }

// due is when something is due and a node can do something about it. What a node could not
// query when it was due, since its wallet is not called for a while, stays due.
func (w *world) due() time.Time {
	due := w.dueInStore()
	if !due.IsZero() && due.Equal(w.queried) && !due.After(time.Now()) {
		return time.Now().Add(nextStep)
	}
	return due
}

// nextStep is after how long a node flags what it could not query.
const nextStep = 10 * time.Second

func (w *world) dueInStore() time.Time {
	due, err := storetest.NextDue(context.Background(), w.store)
	if err != nil {
		panic(err)
	}
	return due
}

// read is the order as it is stored.
func (w *world) read() bridge.Order {
	o, err := w.store.Order(context.Background(), w.order)
	if err != nil {
		panic(err)
	}
	return o
}

// passTo lets time pass, and runs the poller of node 2.
func (w *world) passTo(t time.Time) {
	w.passUntil(t)
	w.queried = w.dueInStore()
	n := w.idle(1)
	go func() {
		if _, err := n.RunOnce(context.Background()); err != nil {
			w.note("… querying what is due: " + err.Error())
		}
	}()
}
