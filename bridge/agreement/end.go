package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/wallet"
)

// EndAgreement ends an agreement, at its wallet too when it was signed. Ending it again
// changes nothing. A payer cannot sign an agreement that was ended before.
//
// Faults: NotFound; KeyReused; Unsupported; Conflict while a call for it is under way;
// Declined when the wallet refuses, and then it stays as it was; Unavailable and Unknown
// when it did not answer: the same key sends the request again.
func (s *Service) EndAgreement(ctx context.Context, app string, id bridge.AgreementID, once *Once) (Outcome, error) {
	if done, ok, err := s.take(ctx, app, id, once); ok || err != nil {
		return done, err
	}
	a, outcome, done, err := s.reserve(ctx, id, once, s.planEnd)
	if done || err != nil {
		return outcome, err
	}
	held, err := s.opened(&a)
	if err == nil {
		agreer := s.wallets[a.Wallet].Wallet.(wallet.Agreer)
		_, err = outbound.Call(ctx, s.wallets[a.Wallet], outbound.EndAgreement, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, agreer.EndAgreement(ctx, held)
		})
	}
	return s.settleAgreement(ctx, &a, err, once, settlement{
		refusal: "The wallet refused to end the agreement.",
		accept:  func(a *Agreement) { a.end(s.clock()) },
	})
}

// planEnd ends an agreement that was not signed at once, without a call to the wallet.
func (s *Service) planEnd(a *Agreement) (done bool, err error) {
	switch {
	case a.Status == Ended:
		return true, nil
	case a.busy(s.clock()):
		return false, idempotency.ErrBusy()
	case a.Status == Pending:
		a.end(s.clock())
		return true, nil
	}
	_, err = s.agreer("agreement.EndAgreement", a.Wallet)
	return false, err
}
