package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	// renewEarly is how long before its end a token is no longer used: it has to arrive,
	// and the wallet's clock is not ours.
	renewEarly = time.Minute
	// renewPause is how often a charge looks whether another one's renewal has ended.
	renewPause = 50 * time.Millisecond
)

// stale says that the agreement's token has to be renewed before it is used. Where the
// wallet does not say how long it is good, it is used until it is refused.
func (a *Agreement) stale(now time.Time) bool {
	return !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt.Add(-renewEarly))
}

// renewable says that there is something to renew the token with.
func (a *Agreement) renewable(now time.Time) bool {
	return a.Refresh != "" && (a.RefreshExpires.IsZero() || now.Before(a.RefreshExpires))
}

// tokenOf is the token that an agreement is charged with, renewed when its time is up.
//
// Faults: Declined when the agreement cannot be charged any more; else nothing is known
// against it and another try may have it.
func (e *Engine) tokenOf(ctx context.Context, id AgreementID) (wallet.Token, error) {
	const op = "bridge.tokenOf"
	a, err := e.store.Agreement(ctx, id)
	if err != nil {
		return "", err
	}
	if a.Status == AgreementActive && a.stale(e.clock()) {
		if a, err = e.renewed(ctx, id); err != nil {
			return "", err
		}
	}
	if a.Status != AgreementActive {
		return "", fault.New(fault.Declined, op, "The agreement has ended.")
	}
	if _, err := e.agreer(op, a.Wallet); err != nil {
		return "", err
	}
	held, err := e.opened(&a)
	if err == nil && held.Token == "" { // without one it would be a payment at the cashier
		err = fault.New(fault.Internal, op, "The agreement has no token.")
	}
	return held.Token, err
}

// renewed is an agreement whose token can be used. A refresh token works once, so one
// charge renews, on whichever node, and those beside it wait and use what it got.
func (e *Engine) renewed(ctx context.Context, id AgreementID) (Agreement, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.timeout)
	defer cancel()
	tick := time.NewTicker(renewPause)
	defer tick.Stop()
	for {
		a, done, err := e.engage(ctx, id, nil, e.planRenewal)
		switch {
		case err == nil && done == nil:
			return e.renew(ctx, &a)
		case fault.KindOf(err) != fault.Conflict || err == nil:
			return a, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Agreement{}, fault.Wrap(fault.Unavailable, "bridge.renew", err)
		}
	}
}

func (e *Engine) planRenewal(a *Agreement) (done bool, err error) {
	now := e.clock()
	switch _, err := e.agreer("bridge.renew", a.Wallet); {
	case err != nil:
		return false, err
	case a.Status != AgreementActive || !a.stale(now):
		return true, nil
	case !a.renewable(now):
		return false, fault.New(fault.Declined, "bridge.renew", "The agreement has run out.")
	case a.busy(now):
		return false, errBusy()
	}
	return false, nil
}

// renew exchanges the agreement's refresh token for a new pair and commits it before it
// is used. When the answer is lost, the old pair may be dead: the next renewal tells,
// and is declined then. The agreement is not ended for that: nobody has said so.
func (e *Engine) renew(ctx context.Context, a *Agreement) (Agreement, error) {
	held, err := e.opened(a)
	var fresh wallet.Agreement
	if err == nil {
		agreer := e.wallets[a.Wallet].Wallet.(wallet.Agreer)
		fresh, err = call(ctx, e, e.wallets[a.Wallet], func(ctx context.Context) (wallet.Agreement, error) {
			return agreer.RenewAgreement(ctx, held)
		})
	}
	keep := e.sealed(a.ID, &fresh)
	outcome, err := e.settleAgreement(ctx, a, err, nil, verdictOn{
		refusal: "The wallet does not renew the agreement. The payer signs another one.",
		accept: func(a *Agreement) {
			if a.Status == AgreementActive { // its end, told meanwhile, stands
				keep(a)
			}
		},
	})
	return outcome.Subject, err
}
