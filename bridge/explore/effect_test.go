package explore_test

import (
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// effect is what a wallet makes of a call that has arrived. The answer is that of the
// time when it is made, however late it goes out.
type effect struct {
	words string
	make  func() reply
	lost  bool // nothing goes out: the caller gets no answer
}

// reply is how a call or a commit goes on.
type reply struct {
	payment wallet.Payment
	refund  wallet.Refund
	err     error
	die     bool // the process ends here
	after   bool // the process ends after the commit
	unknown bool // the commit is made, and the store cannot say so
}

func answers(p wallet.Payment) func() reply { return func() reply { return reply{payment: p} } }

func fails(kind fault.Kind) func() reply {
	return func() reply { return reply{err: fault.New(kind, "explore", "")} }
}

var (
	refuses  = effect{words: "refuses", make: fails(fault.Declined)}
	never    = effect{words: "never gets the request", make: fails(fault.Unknown), lost: true}
	notFound = effect{words: "knows nothing of it", make: fails(fault.NotFound)}
)

// creating are the effects of a request for a payment. A repeat of one that was
// executed may be refused.
func (a *account) creating(req *wallet.PaymentRequest) []effect {
	if p := a.payment(wallet.Ref{RequestID: req.RequestID}); p != nil {
		if a.kit.has(refusesRepeats) {
			return []effect{{words: "has it already and refuses", make: fails(fault.Declined)}}
		}
		effects := []effect{
			{words: "has it already and says how it stands", make: answers(p.as(p.now))},
			{words: "has it already and refuses", make: fails(fault.Declined)},
		}
		if a.kit.has(renames) && p.now.status == wallet.Pending {
			effects = append(effects, effect{words: "has it already and gives it another id", make: func() reply {
				p.id += "-again"
				return reply{payment: p.as(p.now)}
			}})
		}
		return effects
	}
	return []effect{
		{words: "opens the payment", make: func() reply {
			p := a.open(req)
			if req.Agreement != "" {
				a.pay(p)
			}
			return reply{payment: p.as(p.now)}
		}},
		refuses, never,
	}
}

// querying are the effects of a query, which may lag.
func (a *account) querying(ref wallet.Ref) []effect {
	p := a.payment(ref)
	if p == nil {
		return []effect{notFound}
	}
	effects := []effect{{words: "says " + string(a.reports(p, p.now).Status), make: answers(a.reports(p, p.now))}}
	switch {
	case time.Since(p.changed) >= lag:
	case p.before.status == "":
		effects = append(effects, effect{words: "lags: knows nothing of it yet", make: fails(fault.NotFound)})
	default:
		effects = append(effects, effect{words: "lags: still says " + string(p.before.status), make: answers(a.reports(p, p.before))})
	}
	return effects
}

// canceling are the effects of a cancel, which may give back what was paid.
func (a *account) canceling(ref wallet.Ref) []effect {
	p := a.payment(ref)
	if p == nil {
		return []effect{notFound, never}
	}
	switch p.now.status {
	case wallet.Pending:
		if a.kit.has(clings) {
			return []effect{{words: "refuses to close it", make: fails(fault.Conflict)}, never}
		}
		return []effect{
			{words: "closes it", make: func() reply { a.change(p, farState{status: wallet.Canceled}); return reply{payment: p.as(p.now)} }},
			{words: "refuses to close it", make: fails(fault.Conflict)}, never,
		}
	case wallet.Paid, wallet.Authorized:
		stands := effect{words: "says that it is " + string(p.now.status), make: answers(p.as(p.now))}
		if p.refunded(a) > 0 || p.now.taken != "" {
			return []effect{stands, never}
		}
		return []effect{stands, {words: "gives the payer's money back and closes it", make: func() reply { return a.reverse(p) }}, never}
	}
	return []effect{{words: "says that it is " + string(p.now.status), make: answers(p.as(p.now))}, never}
}

func (a *account) reverse(p *farPayment) reply {
	a.change(p, farState{status: wallet.Canceled, captured: p.now.captured, reversed: true, gone: p.now.captured - p.refunded(a)})
	a.report(p)
	return reply{payment: p.as(p.now)}
}

// taking are the effects of a capture or void, which moves held money to a state.
func (a *account) taking(ref wallet.Ref, to farState) []effect {
	p := a.payment(ref)
	switch {
	case p == nil:
		return []effect{notFound}
	case p.now.taken == to.taken && a.kit.has(refusesRepeats):
		return []effect{{words: "has done it already and refuses", make: fails(fault.Declined)}}
	case p.now.taken == to.taken:
		return []effect{
			{words: "has done it already and says so", make: answers(p.as(p.now))},
			{words: "has done it already and refuses", make: func() reply {
				p.denied = true
				return reply{err: fault.New(fault.Declined, "explore", "")}
			}},
		}
	case p.now.status != wallet.Authorized:
		return []effect{refuses, never}
	}
	return []effect{
		{words: "does it", make: func() reply { a.change(p, to); a.report(p); return reply{payment: p.as(p.now)} }},
		refuses, never,
	}
}

// refunding are the effects of a refund.
func (a *account) refunding(req *wallet.RefundRequest) []effect {
	if r := a.refund(req.RequestID); r != nil {
		if a.kit.has(refusesRepeats) {
			return []effect{{words: "has made it already and refuses", make: fails(fault.Declined)}}
		}
		return []effect{
			{words: "has made it already and says so", make: func() reply { return reply{refund: r.answer()} }},
			{words: "has made it already and refuses", make: fails(fault.Declined)},
		}
	}
	p := a.payment(req.Payment)
	beyond := p != nil && p.refunded(a)+req.Amount.Minor > p.now.captured && slices.ContainsFunc(a.refunds, func(r *farRefund) bool { return r.request == "" })
	if p == nil || p.now.status != wallet.Paid || beyond {
		return []effect{refuses, never}
	}
	return []effect{
		{words: "gives back " + usd(req.Amount.Minor).String(), make: func() reply { return reply{refund: a.giveBack(p, req).answer()} }},
		refuses, never,
	}
}

// queryingRefund are the effects of a query for a refund, which may lag.
func (a *account) queryingRefund(ref wallet.RefundRef) []effect {
	r := a.refund(ref.RequestID)
	if r == nil {
		return []effect{notFound}
	}
	effects := []effect{{words: "says that it was made", make: func() reply { return reply{refund: r.answer()} }}}
	if time.Since(r.made) < lag {
		effects = append(effects, effect{words: "lags: knows nothing of it yet", make: fails(fault.NotFound)})
	}
	return effects
}
