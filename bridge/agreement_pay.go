package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// byAgreement makes of a request that names an agreement one at that agreement's wallet
// for its payer. When it may not be charged, the claim that holds the request's key is
// returned, if there is one: what was answered once is answered again, whatever has
// become of the agreement.
//
// Faults: Invalid; Forbidden; Unsupported; Conflict when it is not active.
func (e *Engine) byAgreement(ctx context.Context, req *OrderRequest, once *Once) (held *Claim, err error) {
	if req.Agreement == "" {
		return nil, nil
	}
	a, err := e.store.Agreement(ctx, req.Agreement)
	if err == nil || fault.KindOf(err) == fault.NotFound {
		err = e.chargeable(&a, req)
	}
	if err != nil {
		return e.heldBefore(ctx, req.Agreement, once, err)
	}
	req.Wallet, req.Payer, req.Unpaid = a.Wallet, Payer{ID: a.Payer.ID, Wallet: a.Wallet}, false
	return nil, nil
}

// chargeable says whether a request may be charged by an agreement. The zero agreement
// is one that is not there.
func (e *Engine) chargeable(a *Agreement, req *OrderRequest) error {
	const op = "bridge.CreateOrder"
	app, err := e.App(req.App)
	if err != nil {
		return err
	}
	if req.Price == nil {
		return fault.New(fault.Forbidden, op, "Only the merchant charges by an agreement.")
	}
	switch {
	case a.ID == "" || a.App != app.Name:
		return fault.InvalidField(op, "agreement", "is not an agreement of this app")
	case req.Wallet != "" && req.Wallet != a.Wallet:
		return fault.InvalidField(op, "wallet", "is not the agreement's")
	case req.Payer.ID != "" && req.Payer.ID != a.Payer.ID:
		return fault.InvalidField(op, "payer", "is not the agreement's")
	}
	if _, err := e.agreer(op, a.Wallet); err != nil {
		return err
	}
	if err := a.permits(req.Price.Amount); err != nil {
		return err
	}
	return a.inForce(e.clock())
}

// permits says whether an amount is within what the payer has agreed to.
//
// Faults: Invalid.
func (a *Agreement) permits(m wallet.Money) error {
	const op = "bridge.CreateOrder"
	switch {
	case !a.Limit.Positive():
		return nil
	case m.Currency != a.Limit.Currency:
		return fault.InvalidField(op, "amount.currency", "must be the agreement's, "+string(a.Limit.Currency))
	case m.Minor > a.Limit.Minor:
		return fault.InvalidField(op, "amount", "is more than the agreement's limit")
	}
	return nil
}

// inForce says whether an agreement can be charged as far as we know.
//
// Faults: Conflict.
func (a *Agreement) inForce(now time.Time) error {
	const op = "bridge.CreateOrder"
	switch {
	case a.Status == AgreementPending:
		return fault.New(fault.Conflict, op, "The payer has not signed the agreement.")
	case a.Status != AgreementActive:
		return errEnded(op)
	case a.stale(now) && !a.renewable(now):
		return fault.New(fault.Conflict, op, "The agreement has run out. The payer signs another one.")
	}
	return nil
}

// heldBefore returns the claim that holds a request's key, or else the refusal. An
// update that changes nothing takes no key, and tells who has taken it before.
func (e *Engine) heldBefore(ctx context.Context, id AgreementID, once *Once, refusal error) (*Claim, error) {
	if once == nil {
		return nil, refusal
	}
	_, held, err := e.store.UpdateAgreement(ctx, id, once.claim("", e.clock()), func(*AgreementChange) error { return refusal })
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil, refusal
	case err != nil:
		return nil, err
	}
	return &held, nil
}

// resumeUnless goes on with a key that is held, unless there is a fault.
func (e *Engine) resumeUnless(ctx context.Context, err error, held *Claim, once *Once) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	return e.resume(ctx, *held, once)
}

// mostCallsOfCharge bounds the calls, one behind the other, of which charging by an
// agreement is made: it is asked about, waits for another's renewal, renews, pays.
const mostCallsOfCharge = 4

// charge asks the wallet for an order's payment by its agreement and commits the answer.
// A payer who is asked nothing has nothing to do: there is no action.
func (e *Engine) charge(ctx context.Context, o Order, once *Once) (Outcome, error) {
	p := o.OpenPayment()
	token, err := e.tokenOf(ctx, o.Agreement)
	if err != nil {
		return e.settle(ctx, &o, p, wallet.Payment{}, unsent(err), once)
	}
	return e.chargeWith(ctx, &o, p, token, once)
}

func (e *Engine) chargeWith(ctx context.Context, o *Order, p *Payment, token wallet.Token, once *Once) (Outcome, error) {
	t := e.wallets[p.Wallet]
	req := e.paymentRequest(o, p)
	req.Agreement = token
	got, err := call(ctx, e, t, func(ctx context.Context) (wallet.Payment, error) { return t.CreatePayment(ctx, req) })
	got.Action = nil
	return e.settle(ctx, o, p, got, err, once)
}

// recharge goes on with a charge that may have been made. The wallet is asked first: it
// may look at the token before it looks at the request id, and a token that has changed
// or died since would make it refuse what it has paid. While it may have paid, that we
// cannot charge any more is no reason to call the order failed.
func (e *Engine) recharge(ctx context.Context, o Order, once *Once) (Outcome, error) {
	p := o.OpenPayment()
	t := e.wallets[p.Wallet]
	if canAsk(t) {
		got, err := query(ctx, e.timeout, t, p)
		if fault.KindOf(err) != fault.NotFound || err == nil {
			got.Action = nil
			return e.settle(ctx, &o, p, got, unheard(err), once)
		}
	}
	token, err := e.tokenOf(ctx, o.Agreement)
	if err != nil {
		return e.settle(ctx, &o, p, wallet.Payment{}, fault.Wrap(fault.Unavailable, "bridge.recharge", err), once)
	}
	return e.chargeWith(ctx, &o, p, token, once)
}

// unsent is a fault that came before the wallet was asked to charge: what is no refusal
// left everything undone.
func unsent(err error) error {
	if judge(err) == refused {
		return err
	}
	return fault.Wrap(fault.Unavailable, "bridge.charge", err)
}

// unheard is a query's fault, which says nothing of what was asked about.
func unheard(err error) error {
	if judge(err) == refused {
		return fault.Wrap(fault.Unknown, "bridge.recharge", err)
	}
	return err
}
