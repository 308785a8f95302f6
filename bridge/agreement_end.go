package bridge

import (
	"context"

	"github.com/minitill/minitill/wallet"
)

// EndAgreement ends an agreement, at its wallet too when it was signed. Ending one twice
// is no mistake. A payer who signs one that was ended before finds it ended.
//
// Faults: NotFound; KeyReused; Unsupported; Conflict while a call for it is under way;
// Declined when the wallet refuses, and then it stays as it was; Unavailable and Unknown
// when it gave no answer: the same key asks again.
func (e *Engine) EndAgreement(ctx context.Context, app string, id AgreementID, once *Once[Agreement]) (Outcome[Agreement], error) {
	if done, err := e.takeFor(ctx, app, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	a, done, err := e.engage(ctx, id, once, e.planEnd)
	if done != nil || err != nil {
		return orZero(done), err
	}
	held, err := e.opened(&a)
	if err == nil {
		agreer := e.wallets[a.Wallet].Wallet.(wallet.Agreer)
		_, err = call(ctx, e, e.wallets[a.Wallet], func(ctx context.Context) (struct{}, error) {
			return struct{}{}, agreer.EndAgreement(ctx, held)
		})
	}
	return e.settleAgreement(ctx, &a, err, once, verdictOn{
		refusal: "The wallet refused to end the agreement.",
		accept:  func(a *Agreement) { a.end(e.clock()) },
	})
}

// planEnd ends at once what the wallet need not hear of.
func (e *Engine) planEnd(a *Agreement) (done bool, err error) {
	switch {
	case a.Status == AgreementEnded:
		return true, nil
	case a.busy(e.clock()):
		return false, errBusy()
	case a.Status == AgreementPending:
		a.end(e.clock())
		return true, nil
	}
	_, err = e.agreer("bridge.EndAgreement", a.Wallet)
	return false, err
}
