package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// SignAgreement exchanges the code that the payer's client received for signing; then the
// agreement can be charged. An agreement that is signed already stays as it is: the wallet's
// notification may come before the client.
//
// A code works once. After a crash between the wallet's answer and our commit the tokens are
// lost and the code is used up: the same key is declined then, and the payer signs again,
// which gives another code for the same agreement.
//
// Faults: NotFound; KeyReused; Unsupported; Conflict when it has ended or while a call for it
// is under way; Declined when the wallet refuses the code; Unavailable and Unknown when it
// did not answer: the same key sends the request again.
func (s *Service) SignAgreement(ctx context.Context, app string, id bridge.AgreementID, code string, once *Once) (Outcome, error) {
	if done, ok, err := s.take(ctx, app, id, once); ok || err != nil {
		return done, err
	}
	return s.sign(ctx, id, code, once, false)
}

// sign is SignAgreement for a caller that has checked the agreement. With notified, an
// agreement that has ended is no fault, so that the wallet's notification is acknowledged.
func (s *Service) sign(ctx context.Context, id bridge.AgreementID, code string, once *Once, notified bool) (Outcome, error) {
	const op = "agreement.SignAgreement"
	a, outcome, done, err := s.reserve(ctx, id, once, func(a *Agreement) (bool, error) {
		_, err := s.agreer(op, a.Wallet)
		switch {
		case err != nil:
			return false, err
		case a.Status == Active:
			return true, nil
		case a.Status == Ended && !notified:
			return false, errEnded(op)
		case a.busy(s.clock()):
			return false, idempotency.ErrBusy()
		}
		return a.Status == Ended, nil
	})
	if done || err != nil {
		return outcome, err
	}
	agreer := s.wallets[a.Wallet].Wallet.(wallet.Agreer)
	signed, err := outbound.Call(ctx, s.wallets[a.Wallet], outbound.SignAgreement, func(ctx context.Context) (wallet.Agreement, error) {
		return agreer.SignAgreement(ctx, code)
	})
	keep := s.sealed(id, &signed)
	return s.settleAgreement(ctx, &a, err, once, settlement{
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
