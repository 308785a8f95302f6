package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// byAgreement makes of a request that names an agreement one at that agreement's wallet
// for its payer.
//
// Faults: Invalid; Forbidden; Unsupported; Conflict when it is not active.
func (e *Engine) byAgreement(ctx context.Context, req *OrderRequest) error {
	if req.Agreement == "" {
		return nil
	}
	a, err := e.store.Agreement(ctx, req.Agreement)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err := e.chargeable(&a, req); err != nil {
		return err
	}
	req.Wallet, req.Payer, req.Unpaid = a.Wallet, Payer{ID: a.Payer.ID, Wallet: a.Wallet}, false
	return nil
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

// resumeUnless goes on with a key that is held, unless there is a fault.
func (e *Engine) resumeUnless(ctx context.Context, err error, held *Claim, once *Once[Order]) (Outcome[Order], error) {
	if err != nil {
		return Outcome[Order]{}, err
	}
	return e.resume(ctx, *held, once)
}

// mostCallsOfCharge bounds the calls, one behind the other, of which charging by an
// agreement is made: it is asked about, waits for another's renewal, renews, pays.
const mostCallsOfCharge = 4

// charge asks the wallet for an order's payment by its agreement and commits the answer.
// A payer who is asked nothing has nothing to do: there is no action.
func (e *Engine) charge(ctx context.Context, o Order, sent sending, once *Once[Order]) (Outcome[Order], error) {
	p := o.OpenPayment()
	token, err := e.tokenOf(ctx, o.Agreement)
	if err != nil {
		return e.settle(ctx, &o, p, sent, wallet.Payment{}, unsent(err), once)
	}
	req := e.paymentRequest(&o, p, sent)
	req.Agreement = token
	got, err := callWallet(ctx, e, p.Wallet, func(ctx context.Context, t *till) (wallet.Payment, error) { return t.CreatePayment(ctx, req) })
	got.Action = nil
	return e.settle(ctx, &o, p, sent, got, err, once)
}

// unsent is a fault that came before the wallet was asked to charge: what is no refusal
// left everything undone.
func unsent(err error) error {
	if judge(err) == refused {
		return err
	}
	return fault.Wrap(fault.Unavailable, "bridge.charge", err)
}
