package agreement

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
)

// take claims a request's key for an agreement of the app. ok reports that the key has an
// answer already, which is in outcome.
//
// Faults: NotFound; KeyReused.
func (s *Service) take(ctx context.Context, app string, id bridge.AgreementID, once *Once) (outcome Outcome, ok bool, err error) {
	if once == nil {
		_, err := s.Agreement(ctx, app, id)
		return outcome, false, err
	}
	_, held, err := s.updateAgreement(ctx, id, once.Claim(string(id), s.clock()), func(c *Change) error {
		return c.Agreement.ownedBy(app)
	})
	if err != nil {
		return outcome, false, err
	}
	return once.Replay(s.sealer, &held, Agreement{ID: bridge.AgreementID(held.Subject)})
}

// updateAgreement runs change on an agreement in one transaction, and seals the answer that
// is stored.
func (s *Service) updateAgreement(ctx context.Context, id bridge.AgreementID, claim *bridge.Claim, change func(*Change) error) (Agreement, bridge.Claim, error) {
	return s.store.UpdateAgreement(ctx, id, claim, func(c *Change) error {
		if err := change(c); err != nil {
			return err
		}
		c.Answer = idempotency.Sealed(s.sealer, c.Answer)
		return nil
	})
}

// plan decides what an operation has to do, and may change the agreement. done reports that
// no call to the wallet is needed.
type plan func(a *Agreement) (done bool, err error)

// reserve reserves an agreement for one call to its wallet. done reports that plan finds no
// call to make: then the outcome is final.
//
// Faults: those of plan.
func (s *Service) reserve(ctx context.Context, id bridge.AgreementID, once *Once, decide plan) (a Agreement, outcome Outcome, done bool, err error) {
	a, _, err = s.updateAgreement(ctx, id, nil, func(c *Change) (err error) {
		outcome = Outcome{}
		done, err = decide(&c.Agreement)
		switch {
		case err != nil:
			return err
		case done:
			outcome.Answer = once.Keep(&c.Answer, c.Agreement, nil)
		default:
			c.Agreement.BusyUntil = s.clock().Add(s.timeout + schedule.BusyGrace)
		}
		return nil
	})
	if err != nil {
		return Agreement{}, Outcome{}, false, err
	}
	outcome.Subject = a
	return a, outcome, done, nil
}

// settlement is how a wallet's answer is applied to an agreement.
type settlement struct {
	refusal string           // the detail of a refusal, for the caller
	accept  func(*Agreement) // applies a success
	refuse  func(*Agreement) // applies a refusal; nil: it changes nothing
}

// settleAgreement commits a wallet's answer, and the answer to the request with it.
//
// Faults: Declined; Unsupported; those of outbound.OpenFault when the outcome is open.
func (s *Service) settleAgreement(ctx context.Context, a *Agreement, callErr error, once *Once, v settlement) (Outcome, error) {
	var outcome Outcome
	var failure error
	result := judgeAgreementCall(callErr)
	if callErr != nil {
		s.log.WarnContext(ctx, "wallet call failed", "agreement", a.ID, "wallet", a.Wallet, "fault", callErr)
	}
	stored, _, err := s.updateAgreement(context.WithoutCancel(ctx), a.ID, nil, func(c *Change) error {
		outcome, failure = Outcome{}, nil
		c.Agreement.BusyUntil = time.Time{}
		c.Agreement.recordAnswer(result, s.clock())
		switch {
		case result == outbound.Accepted:
			v.accept(&c.Agreement)
		case result == outbound.Refused && v.refuse != nil:
			v.refuse(&c.Agreement)
		}
		failure = agreementFault(v.refusal, result, callErr)
		outcome.Answer = once.Keep(&c.Answer, c.Agreement, failure)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	outcome.Subject = stored
	if outcome.Answer != nil {
		failure = nil
	}
	return outcome, failure
}

// judgeAgreementCall is outbound.Judge for calls that move no money: here a code or a token
// that the wallet does not accept is a refusal.
func judgeAgreementCall(err error) outbound.Verdict {
	switch kind := fault.KindOf(err); {
	case err == nil:
		return outbound.Accepted
	case kind == fault.Unauthenticated, kind == fault.NotFound, kind == fault.Conflict:
		return outbound.Refused
	}
	return outbound.Judge(err)
}

// agreementFault returns the fault of a call for the caller.
func agreementFault(refusal string, result outbound.Verdict, err error) error {
	switch {
	case result == outbound.Accepted:
		return nil
	case result == outbound.Refused && fault.KindOf(err) == fault.Unsupported:
		return err
	case result == outbound.Refused:
		return outbound.Declined(refusal, err)
	}
	return outbound.OpenFault(err)
}
