package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
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
func (s *Service) SignAgreement(ctx context.Context, app string, id bridge.AgreementID, code string, once *Once) (Outcome, error) {
	if done, ok, err := s.takeFor(ctx, app, id, once); ok || err != nil {
		return done, err
	}
	return s.sign(ctx, id, code, once, false)
}

// sign is SignAgreement for whoever is sure of the agreement. heard takes one that has
// ended as it is, since a wallet that tells of it has nothing to gain from a refusal.
func (s *Service) sign(ctx context.Context, id bridge.AgreementID, code string, once *Once, heard bool) (Outcome, error) {
	const op = "agreement.SignAgreement"
	a, outcome, done, err := s.engage(ctx, id, once, func(a *Agreement) (bool, error) {
		_, err := s.agreer(op, a.Wallet)
		switch {
		case err != nil:
			return false, err
		case a.Status == Active:
			return true, nil
		case a.Status == Ended && !heard:
			return false, errEnded(op)
		case a.busy(s.clock()):
			return false, bridge.ErrBusy()
		}
		return a.Status == Ended, nil
	})
	if done || err != nil {
		return outcome, err
	}
	agreer := s.wallets[a.Wallet].Wallet.(wallet.Agreer)
	signed, err := outbound.Call(ctx, s.wallets[a.Wallet], func(ctx context.Context) (wallet.Agreement, error) {
		return agreer.SignAgreement(ctx, code)
	})
	keep := s.sealed(id, &signed)
	return s.settleAgreement(ctx, &a, err, once, verdictOn{
		refusal: "The wallet does not take the code. The payer signs again.",
		accept: func(a *Agreement) {
			if a.Status == Pending {
				keep(a)
				a.Status, a.Payer, a.Action, a.SignedAt = Active, signed.Payer, nil, s.clock()
			}
		},
	})
}

func errEnded(op string) error { return fault.New(fault.Conflict, op, "The agreement has ended.") }
