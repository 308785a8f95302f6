package wallettest

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var failures = []question{
	{
		"a refusal is Declined",
		"only a certain refusal lets the payer try again with another order",
		refusedIsDeclined,
	},
	{
		"a refused connection is Unavailable",
		"a request that was not executed may be repeated at once",
		refusedConnection,
	},
	{
		"a canceled call is not sent",
		"a phone that disconnected before the call should cost nothing",
		canceledCall,
	},
	{
		"a lost answer is Unknown and creation can be resumed",
		"the payment may exist: calling it failed would lose the payer's money",
		lostAnswer,
	},
	{
		"an answer that cannot be relied on is Unknown",
		"a proxy's error page or an attacker's JSON is no refusal and no success",
		unbelievable,
	},
	{
		"an altered or unsigned answer is Unknown",
		"an attacker who alters answers could redirect payers or fake refusals",
		alteredAnswer,
	},
	{
		"a call is made once",
		"retries belong to the engine, which knows what may be repeated",
		calledOnce,
	},
	{
		"a traffic limit is Unavailable or Unknown",
		"a limit is no refusal: the same request may succeed a second later",
		trafficLimit,
	},
	{
		"an outcome the provider does not know is Unknown",
		"the provider itself says that it may have been executed",
		unknownOutcome,
	},
}

func refusedIsDeclined(a *trial) {
	a.can(farSide[Refuser](a).RefuseNext(a.Context()), "refuse a call")
	req := a.request(a.money(1234))
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.isKind(err, "a refused CreatePayment", fault.Declined)
	if fault.Of(err).Detail == "" {
		a.wrong("the fault has no detail to show")
	}
}

func refusedConnection(a *trial) {
	a.Line.Next(Refuse)
	_, err := a.Wallet.CreatePayment(a.Context(), a.request(a.money(1234)))
	a.isKind(err, "CreatePayment without a connection", fault.Unavailable)
}

func canceledCall(a *trial) {
	ctx, cancel := context.WithCancel(a.Context())
	cancel()
	req := a.request(a.money(1234))
	_, err := a.Wallet.CreatePayment(ctx, req)
	a.isKind(err, "CreatePayment under a canceled context", fault.Unavailable, fault.Unknown)
	if got := a.books(wallet.Ref{RequestID: req.RequestID}).Payments; got != 0 {
		a.wrong("payments on the provider's books: got %d, want 0", got)
	}
}

func lostAnswer(a *trial) {
	for _, trouble := range []Trouble{CutBefore, CutAfter} {
		payment := a.create(a.troubledCreate(trouble))
		a.onePayment(payment.Ref)
	}
}

// troubledCreate sends a payment request over a line in trouble, whose outcome is unknown, and
// returns the request.
func (a *trial) troubledCreate(trouble Trouble) wallet.PaymentRequest {
	a.Helper()
	req := a.request(a.money(1234))
	a.Line.Next(trouble)
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.isKind(err, "CreatePayment, line: "+string(trouble), fault.Unknown)
	return req
}

func unbelievable(a *trial) {
	for _, trouble := range []Trouble{ServerError, Garbage, Empty, Truncate, Oversize, Redirect} {
		a.troubledCreate(trouble)
	}
}

func alteredAnswer(a *trial) {
	if a.UnsignedAnswers {
		a.Skip("the provider does not sign its answers")
	}
	for _, trouble := range []Trouble{Alter, Unsign} {
		if trouble == Unsign && len(a.Signed.Headers) == 0 {
			continue // the proof of an answer is in its body
		}
		a.troubledCreate(trouble)
	}
}

func calledOnce(a *trial) {
	for _, trouble := range []Trouble{CutBefore, CutAfter, ServerError} {
		before := a.Line.Calls()
		a.Line.Next(trouble)
		_, err := a.Wallet.CreatePayment(a.Context(), a.request(a.money(1234)))
		a.searchSecrets(err)
		if got := a.Line.Calls() - before; got != 1 {
			a.wrong("calls after %s: got %d, want 1", trouble, got)
		}
	}
}

func trafficLimit(a *trial) {
	a.can(farSide[Limiter](a).LimitNext(a.Context()), "limit traffic")
	req := a.request(a.money(1234))
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.isKind(err, "a limited CreatePayment", fault.Unavailable, fault.Unknown)
	a.onePayment(a.create(req).Ref)
}

func unknownOutcome(a *trial) {
	a.can(farSide[UnknownOutcomer](a).UnknownOutcomeNext(a.Context()), "answer with an unknown outcome")
	req := a.request(a.money(1234))
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.isKind(err, "CreatePayment of unknown outcome", fault.Unknown)
	a.onePayment(a.create(req).Ref)
}
