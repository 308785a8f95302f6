package explore_test

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/wallet"
)

// What follows is what wallets, payers and people do without a request of the engine.

// plain seals nothing.
type plain struct{}

func (plain) Seal(text []byte, _ string) string   { return string(text) }
func (plain) Open(text, _ string) ([]byte, error) { return []byte(text), nil }

// agreer is a wallet whose only payer has agreed.
type agreer struct{ l line }

func (agreer) PrepareAgreement(context.Context, wallet.AgreementRequest) (wallet.Action, error) {
	return wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/sign"}, nil
}

func (agreer) SignAgreement(context.Context, string) (wallet.Agreement, error) {
	return wallet.Agreement{Payer: wallet.Payer{ID: "payer"}, Token: "token"}, nil
}

func (agreer) RenewAgreement(_ context.Context, a wallet.Agreement) (wallet.Agreement, error) {
	return a, nil
}
func (agreer) EndAgreement(context.Context, wallet.Agreement) error { return nil }

// agree lets the payer sign an agreement at alpha.
func (w *world) agree() {
	ctx := context.Background()
	made, err := w.nodes[0].CreateAgreement(ctx, agreement.Request{App: "shop", Wallet: "alpha", Title: "Rides"}, nil)
	if err != nil {
		panic(err)
	}
	w.agreement = made.Subject.ID
	if _, err := w.nodes[0].SignAgreement(ctx, "shop", w.agreement, "code", nil); err != nil {
		panic(err)
	}
}

var chargesAgreement = requests(create, func(ctx context.Context, n *node, _ bridge.OrderID, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return n.CreateOrder(ctx, engine.OrderRequest{
		App: "shop", Agreement: n.world.agreement, Price: &pricing.Price{Amount: usd(amount)}, Expiry: expiry, Source: bridge.FromMerchant,
	}, once)
})

// is reports whether ours is this payment and not one that was charged under the same request.
func (p *farPayment) is(ours *bridge.Payment, a *account) bool {
	twins := 0
	for _, q := range a.payments {
		if q.request == p.request {
			twins++
		}
	}
	return twins == 1 || ours.PaidID == p.id || ours.PaidID == "" && !p.second
}

// payerPaysTwice lets the payer pay once more what is paid at alpha: another charge under
// the same request. The order knows of the first: a wallet that reports one charge only,
// under either id, reports a payment that has changed its id.
var payerPaysTwice = action{
	words: "the payer pays at alpha what is paid already",
	ready: func(w *world) bool {
		return w.account("alpha").standing() != nil && w.order != "" && w.read().Paid > 0
	},
	do: func(w *world) {
		a := w.account("alpha")
		p := *a.standing()
		p.id, p.second, p.late, p.before = p.id+"-second", true, true, farState{}
		a.payments = append(a.payments, &p)
		a.change(&p, farState{status: wallet.Paid, captured: p.amount})
		a.report(&p)
		w.notices[len(w.notices)-1].sure = true
	},
}

// standing is a payment that is paid, or nil.
func (a *account) standing() *farPayment {
	for _, p := range a.payments {
		if p.now.status == wallet.Paid {
			return p
		}
	}
	return nil
}

// alphaReverses lets alpha take back what is left of a payment.
var alphaReverses = action{
	words: "alpha takes back what was paid",
	ready: func(w *world) bool {
		p := w.account("alpha").standing()
		return p != nil && p.refunded(w.account("alpha")) < p.now.captured
	},
	do: func(w *world) {
		a := w.account("alpha")
		a.reverse(a.standing())
	},
}

// consoleRefunds lets an operator refund a part at alpha's console.
var consoleRefunds = action{
	words: "somebody refunds 2.00 at alpha's console",
	ready: func(w *world) bool {
		p := w.account("alpha").standing()
		return p != nil && p.refunded(w.account("alpha")) <= p.now.captured-200
	},
	do: func(w *world) {
		a := w.account("alpha")
		p := a.standing()
		a.giveBack(p, &wallet.RefundRequest{Payment: wallet.Ref{RequestID: p.request, PaymentID: p.id}, Amount: usd(200), Reason: "console " + strconv.Itoa(len(a.refunds))})
		w.notices[len(w.notices)-1].sure = true
	},
}

// refundBounces lets a refund that was made come back to the merchant.
var refundBounces = action{
	words: "a refund comes back from the payer's bank",
	ready: func(w *world) bool { return len(w.account("alpha").refunds) > 0 && len(w.parked) == 0 },
	do: func(w *world) {
		a := w.account("alpha")
		r := a.refunds[0]
		a.refunds = slices.Delete(slices.Clone(a.refunds), 0, 1)
		news := r.answer()
		news.Status = wallet.RefundFailed
		w.notify(a, r.payment, wallet.Event{Kind: wallet.RefundEvent, Refund: news})
		w.notices[len(w.notices)-1].sure = true
	},
}

// forges lets an attacker send a notification that alpha's weak signature covers.
func forges(what string, change func(p *wallet.Payment)) action {
	return action{
		words: "somebody forges " + what,
		ready: func(w *world) bool { return len(w.account("alpha").payments) > 0 },
		do: func(w *world) {
			a := w.account("alpha")
			p := a.payments[len(a.payments)-1]
			news := p.as(farState{status: wallet.Paid, captured: p.amount})
			change(&news)
			w.notify(a, p, wallet.Event{Kind: wallet.PaymentEvent, Payment: news})
			w.notices[len(w.notices)-1].forged = true // it comes once
		},
	}
}

var (
	forgesPaid   = forges("that all is paid", func(*wallet.Payment) {})
	forgesAmount = forges("that another amount is paid", func(p *wallet.Payment) { p.Amount, p.Captured = usd(1), wallet.Money{} })
	forgesClosed = forges("that it is canceled", func(p *wallet.Payment) { p.Status, p.Captured = wallet.Canceled, wallet.Money{} })
)

// restores begins a new epoch, with new processes, and lifts the hold on money later.
var restores = action{
	words: "the store is marked as restored, and the nodes start anew",
	ready: func(w *world) bool { return w.order != "" && len(w.parked) == 0 },
	do: func(w *world) {
		if _, err := w.store.MarkRestored(context.Background(), time.Now(), time.Now().Add(-time.Hour)); err != nil {
			panic(err)
		}
		for i := range w.nodes {
			w.nodes[i] = w.start(i + 1)
		}
	},
}

// lifts lets a person lift the hold, which needs every order to have been queried.
var lifts = action{
	words: "a person lifts the hold on money",
	ready: func(w *world) bool { return w.order != "" && w.isHeld() },
	do: func(w *world) {
		if _, err := w.idle(0).LiftRestoration(context.Background(), "ann", "checked"); err != nil {
			w.note("… " + err.Error())
		}
	},
}

func (w *world) isHeld() bool {
	r, err := w.store.Restoration(context.Background())
	if err != nil {
		panic(err)
	}
	return r.Held()
}

// hoursPass lets time pass, well, until an open matter is a person's.
func hoursPass(n int) action {
	return action{
		words: strconv.Itoa(n) + " hours pass",
		ready: func(w *world) bool { return w.order != "" && len(w.parked) == 0 },
		do: func(w *world) {
			for range n {
				w.passUntil(time.Now().Add(time.Hour))
			}
		},
	}
}

// resolves lets a person who has looked at the wallets' consoles resolve the first reason
// that stands, with the truth of that moment.
var resolves = action{
	words: "a person resolves what stands",
	ready: func(w *world) bool {
		if w.order == "" {
			return false
		}
		o := w.read()
		_, _, ok := w.truth(&o)
		return ok
	},
	do: func(w *world) {
		o := w.read()
		why, outcome, _ := w.truth(&o)
		w.operate(func(ctx context.Context, n *node) {
			_, err := n.Resolve(ctx, w.order, resolution.Decision{Attention: why, Outcome: outcome, By: "ann", Note: "seen", Source: bridge.FromOperator}, nil)
			w.note("… " + string(why) + " is resolved as " + outcome + ": " + answerOf(&idempotency.Outcome[bridge.Order]{}, err))
			if err == nil {
				w.resolved[why] = true
			}
		})
	},
}

// truth is what a person finds out about the first reason that has an outcome.
func (w *world) truth(o *bridge.Order) (why bridge.Attention, outcome string, ok bool) {
	for _, f := range o.Flags {
		if f.Cleared {
			continue
		}
		var far *farPayment
		if p := o.Payment(f.Payment); p != nil {
			far = w.account(p.Wallet).payment(p.Ref())
		}
		switch f.Why {
		case bridge.PaymentUnresolved, bridge.AmountUnknown, bridge.AmountMismatch:
			switch {
			case far != nil && far.now.status == wallet.Paid && far.now.captured == far.amount:
				return f.Why, resolution.Paid, true
			case far == nil || far.now.status == wallet.Canceled || far.now.status == wallet.Failed:
				return f.Why, resolution.Failed, true
			}
		case bridge.OperationUnresolved:
			switch far.now.status {
			case wallet.Paid:
				return f.Why, resolution.Paid, true
			case wallet.Voided:
				return f.Why, resolution.Voided, true
			case wallet.Authorized:
				return f.Why, resolution.Failed, true
			}
		case bridge.RefundUnconfirmed, bridge.RefundUnresolved:
			if w.account(o.Payment(f.Payment).Wallet).refund(o.Refunds[f.Refund-1].RequestID) != nil {
				return f.Why, resolution.Refunded, true
			}
			return f.Why, resolution.Failed, true
		case bridge.PaymentReversed:
			if far.now.reversed {
				return f.Why, "", true
			}
			return f.Why, resolution.Paid, true
		case bridge.LatePayment, bridge.DoublePayment, bridge.ForeignRefund, bridge.RefundMismatch, bridge.UnknownPayment, bridge.UnconfirmedNews:
			return f.Why, "", true
		}
	}
	return "", "", false
}

// raised reports whether a reason stands, or that a person has resolved it.
func (w *world) raised(o *bridge.Order, why bridge.Attention) bool {
	return flagged(o, why) || w.resolved[why]
}

// mostSteps is more than any order needs in the time of patience.
const mostSteps = 400

// judgeNet requires the sums of the order to be those of the wallets, unless a person is
// flagged now.
func (w *world) judgeNet(o *bridge.Order) {
	var net int64
	for _, a := range w.accounts {
		for _, p := range a.payments {
			net += p.now.captured - p.now.gone
		}
		for _, r := range a.refunds {
			net -= r.amount
		}
	}
	if ours := o.Paid - o.Refunded - o.Reversed; ours != net && len(o.Attention()) == 0 {
		w.violated("the wallets have another net than the order, and no attention is raised", "%d at the wallets, %d in the order", net, ours)
	}
	if o.Refunded+o.RefundOpen > o.Paid {
		w.violated("more is refunded or promised than was paid", "%d + %d of %d", o.Refunded, o.RefundOpen, o.Paid)
	}
}

// bundle puts news beside news that waits already.
func (w *world) bundle(a *account, event wallet.Event) bool {
	for _, n := range w.notices {
		if n.account == a && n.waits && !n.forged {
			event.ID = n.event.ID + "-" + strconv.Itoa(len(n.more))
			n.more = append(n.more, event)
			return true
		}
	}
	return false
}

func init() {
	scenarios = append(scenarios, []*scenario{
		{
			name: "hostile: a charge by an agreement", core: true, alpha: charges, script: []action{chargesAgreement, timePasses},
			also: []action{chargesAgreement, cancels, timePasses, timeIsUp},
		},
		{
			name: "hostile: a charge by an agreement at a wallet that refuses repeats", alpha: charges | refusesRepeats, script: []action{chargesAgreement, timePasses},
			also: []action{chargesAgreement, cancels, timePasses},
		},
		{
			name: "hostile: a charge by an agreement and processes that die", deaths: true, alpha: charges, script: []action{chargesAgreement, timePasses},
			also: []action{chargesAgreement, timePasses},
		},
		{
			name: "hostile: a payment at a wallet that refuses repeats", core: true, alpha: refusesRepeats, script: []action{creates, payerPays("alpha"), timePasses, paysAlpha},
			also: []action{creates, cancels, timePasses, timeIsUp, paysBeta},
		},
		{
			name: "hostile: refunds at a wallet that refuses repeats", core: true, alpha: refusesRepeats, before: paid, script: refunding,
			also: []action{refundsPart, refundsRest, timePasses},
		},
		{
			name: "hostile: held money at a wallet that refuses repeats", core: true, hold: true, alpha: refusesRepeats, before: paid,
			script: []action{capturesPart, timePasses, capturesPart}, also: []action{voids, timePasses},
		},
		{
			name: "hostile: held money at a wallet that names no sum and refuses repeats", hold: true, alpha: noSum | refusesRepeats, before: paid,
			script: []action{capturesPart, timePasses, capturesPart}, also: []action{voids, timePasses},
		},
		{
			name: "hostile: a payment that is named by the wallet", alpha: namesMethod, script: paying, also: []action{creates, timePasses, paysAlpha},
		},
		{
			name: "hostile: a payment that is paid under another id", alpha: paidElsewhere, script: paying,
			also: []action{creates, cancels, timePasses, timeIsUp},
		},
		{
			name: "hostile: a second charge under one request", core: true, alpha: tellsRefunds, script: []action{creates, payerPays("alpha"), payerPaysTwice, timePasses, refundsAll},
			also: []action{timePasses, refundsAll, resolves},
		},
		{
			name: "hostile: several events in one notification", alpha: bundles | tellsRefunds, script: []action{creates, payerPays("alpha"), refundsPart, timePasses},
			also: []action{consoleRefunds, alphaReverses, timePasses},
		},
		{
			name: "hostile: forged notifications", alpha: 0, script: []action{creates, payerPays("alpha"), timePasses},
			also: []action{forgesPaid, forgesAmount, forgesClosed, timePasses, cancels},
		},
		{
			name: "hostile: forged notifications of a partial capture", hold: true, before: []action{creates, payerPays("alpha"), capturesPart}, script: []action{forgesPaid, timePasses},
			also: []action{forgesAmount, forgesClosed, timePasses},
		},
		{
			name: "hostile: refunds at the console", core: true, alpha: tellsRefunds, before: paid, script: []action{refundsPart, consoleRefunds, timePasses, refundsRest},
			also: []action{consoleRefunds, timePasses, resolves},
		},
		{
			name: "hostile: refunds at the console that are told by id", alpha: tellsRefunds | byID, before: paid, script: []action{refundsPart, consoleRefunds, timePasses, refundsRest},
			also: []action{consoleRefunds, timePasses},
		},
		{
			name: "hostile: a reversal beside refunds", core: true, alpha: tellsRefunds, before: paid, script: []action{refundsPart, timePasses, refundsRest},
			also: []action{alphaReverses, timePasses, resolves, refundsPart},
		},
		{
			name: "hostile: a refund that comes back", alpha: tellsRefunds, before: paid, script: []action{refundsPart, refundBounces, timePasses},
			also: []action{refundsRest, timePasses},
		},
		{
			name: "hostile: a person resolves a payment", alpha: noQuery, script: []action{creates, timeIsUp, hoursPass(3), resolves, payerPays("alpha"), timePasses},
			also: []action{payerPays("alpha"), resolves, timePasses},
		},
		{
			name: "hostile: a person resolves a payment without an amount", alpha: noAmount, script: []action{creates, payerPays("alpha"), timePasses, resolves},
			also: []action{cancels, resolves, timePasses},
		},
		{
			name: "hostile: late money without an amount", alpha: noAmount, before: []action{creates, cancels}, script: []action{paysClosed, timePasses},
			also: []action{timePasses, resolves},
		},
		{
			name: "hostile: a person resolves refunds that cannot be queried", alpha: noRefundQuery, before: paid, script: []action{refundsPart, timePasses, resolves, refundsRest},
			also: []action{resolves, refundsPart, timePasses},
		},
		{
			name: "hostile: a person resolves refunds", before: paid, script: []action{refundsPart, hoursPass(26), resolves, refundsRest},
			also: []action{resolves, refundsPart, timePasses},
		},
		{
			name: "hostile: a person resolves a reversal", before: paid, script: []action{alphaReverses, resolves, timePasses},
			also: []action{refundsPart, timePasses, resolves},
		},
		{
			name: "hostile: a restore", core: true, before: paid, script: []action{refundsPart, restores, timePasses, lifts, refundsRest, timePasses},
			also: []action{timePasses, lifts, refundsPart},
		},
		{
			name: "hostile: refunds on nodes whose clocks differ", core: true, skew: 20 * time.Second, before: paid, script: refunding,
			also: []action{refundsPart, refundsRest, timePasses},
		},
		{
			name: "hostile: captures on nodes whose clocks differ", hold: true, skew: 20 * time.Second, before: paid, script: []action{capturesPart, timePasses, capturesPart},
			also: []action{voids, timePasses},
		},
		{
			name: "hostile: a payment on nodes whose clocks differ", skew: 20 * time.Second, script: slices.Concat(paying, []action{paysAlpha}),
			also: []action{creates, cancels, paysBeta, timePasses},
		},
		{
			name: "hostile: another wallet and processes that die", deaths: true, before: paying[:1], script: other,
			also: []action{payerPays("alpha"), cancels},
		},
		{
			name: "hostile: a cancel and processes that die", deaths: true, before: paying[:1], script: []action{cancels, timePasses, cancels},
			also: []action{payerPays("alpha"), paysBeta},
		},
		{
			name: "hostile: news that must be confirmed, and processes that die", deaths: true, alpha: confirms, script: paying,
			also: []action{timePasses},
		},
	}...)
}
