package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// SignAgreement exchanges the code that signing gave the payer's client, after which
// the agreement can be charged. One that is signed already stays as it is: a wallet's
// own news may be quicker than the client.
//
// A code works once. When the process dies, or the store is lost, between the wallet's
// answer and our commit, the tokens are gone and the code is used up: the same key is
// declined then, and the payer signs again, which gives another code for the same
// agreement.
//
// Faults: NotFound; KeyReused; Unsupported; Conflict when it has ended or while a call
// for it is under way; Declined when the wallet does not take the code; Unavailable and
// Unknown when it gave no answer: the same key asks again.
func (e *Engine) SignAgreement(ctx context.Context, app string, id AgreementID, code string, once *Once[Agreement]) (Outcome[Agreement], error) {
	if done, err := e.takeFor(ctx, app, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	return e.sign(ctx, id, code, once, false)
}

// sign is SignAgreement for whoever is sure of the agreement. heard takes one that has
// ended as it is, since a wallet that tells of it has nothing to gain from a refusal.
func (e *Engine) sign(ctx context.Context, id AgreementID, code string, once *Once[Agreement], heard bool) (Outcome[Agreement], error) {
	const op = "bridge.SignAgreement"
	a, done, err := e.engage(ctx, id, once, func(a *Agreement) (bool, error) {
		_, err := e.agreer(op, a.Wallet)
		switch {
		case err != nil:
			return false, err
		case a.Status == AgreementActive:
			return true, nil
		case a.Status == AgreementEnded && !heard:
			return false, errEnded(op)
		case a.busy(e.clock()):
			return false, errBusy()
		}
		return a.Status == AgreementEnded, nil
	})
	if done != nil || err != nil {
		return orZero(done), err
	}
	agreer := e.wallets[a.Wallet].Wallet.(wallet.Agreer)
	signed, err := call(ctx, e, e.wallets[a.Wallet], func(ctx context.Context) (wallet.Agreement, error) {
		return agreer.SignAgreement(ctx, code)
	})
	keep := e.sealed(id, &signed)
	return e.settleAgreement(ctx, &a, err, once, verdictOn{
		refusal: "The wallet does not take the code. The payer signs again.",
		accept: func(a *Agreement) {
			if a.Status == AgreementPending {
				keep(a)
				a.Status, a.Payer, a.Action, a.SignedAt = AgreementActive, signed.Payer, nil, e.clock()
			}
		},
	})
}

func errEnded(op string) error { return fault.New(fault.Conflict, op, "The agreement has ended.") }
