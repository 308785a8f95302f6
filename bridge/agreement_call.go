package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
)

// takeFor takes a request's key for an agreement of the app. When the key has been
// answered already, the answer is the outcome; else both results are nil.
//
// Faults: NotFound; KeyReused.
func (e *Engine) takeFor(ctx context.Context, app string, id AgreementID, once *Once[Agreement]) (*Outcome[Agreement], error) {
	if once == nil {
		_, err := e.Agreement(ctx, app, id)
		return nil, err
	}
	_, held, err := e.updateAgreement(ctx, id, once.claim(string(id), e.clock()), func(c *AgreementChange) error {
		return c.Agreement.ownedBy(app)
	})
	if err != nil {
		return nil, err
	}
	return replayed(e, once, &held, Agreement{ID: AgreementID(held.Subject)})
}

// updateAgreement runs change on an agreement in one transaction, and seals the answer that
// is kept.
func (e *Engine) updateAgreement(ctx context.Context, id AgreementID, claim *Claim, change func(*AgreementChange) error) (Agreement, Claim, error) {
	return e.store.UpdateAgreement(ctx, id, claim, func(c *AgreementChange) error {
		if err := change(c); err != nil {
			return err
		}
		c.Answer = c.Answer.sealed(e.sealer)
		return nil
	})
}

// plan decides what an operation has to do, and may change the agreement. done says
// that nothing is left to do at the wallet.
type plan func(a *Agreement) (done bool, err error)

// engage makes an agreement busy for one call to its wallet. done is the outcome, with
// the answer kept, when plan finds nothing to do there.
//
// Faults: those of plan.
func (e *Engine) engage(ctx context.Context, id AgreementID, once *Once[Agreement], decide plan) (a Agreement, done *Outcome[Agreement], err error) {
	a, _, err = e.updateAgreement(ctx, id, nil, func(c *AgreementChange) error {
		done = nil
		ready, err := decide(&c.Agreement)
		switch {
		case err != nil:
			return err
		case ready:
			done = &Outcome[Agreement]{Answer: once.keep(&c.Answer, c.Agreement, nil)}
		default:
			c.Agreement.BusyUntil = e.clock().Add(e.timeout + busyGrace)
		}
		return nil
	})
	if err != nil {
		return Agreement{}, nil, err
	}
	if done != nil {
		done.Subject = a
	}
	return a, done, nil
}

// verdictOn is what a wallet's answer to an operation on an agreement means.
type verdictOn struct {
	refusal string           // in words for the caller
	accept  func(*Agreement) // what the wallet's yes makes of it
	refuse  func(*Agreement) // and its no; nil: nothing
}

// settleAgreement commits what a wallet answered. When the outcome is open it says so.
func (e *Engine) settleAgreement(ctx context.Context, a *Agreement, callErr error, once *Once[Agreement], v verdictOn) (Outcome[Agreement], error) {
	var outcome Outcome[Agreement]
	var failure error
	result := judgeConsent(callErr)
	if callErr != nil {
		e.log.Warn("wallet call failed", "agreement", a.ID, "wallet", a.Wallet, "fault", callErr)
	}
	stored, _, err := e.updateAgreement(context.WithoutCancel(ctx), a.ID, nil, func(c *AgreementChange) error {
		outcome, failure = Outcome[Agreement]{}, nil
		c.Agreement.BusyUntil = time.Time{}
		c.Agreement.answered(result, e.clock())
		switch {
		case result == accepted:
			v.accept(&c.Agreement)
		case result == refused && v.refuse != nil:
			v.refuse(&c.Agreement)
		}
		failure = consentFault(v.refusal, result, callErr)
		outcome.Answer = once.keep(&c.Answer, c.Agreement, failure)
		return nil
	})
	if err != nil {
		return Outcome[Agreement]{}, err
	}
	outcome.Subject = stored
	if outcome.Answer != nil {
		failure = nil
	}
	return outcome, failure
}

// judgeConsent is judge for calls that move no money, where a code or a token that the
// wallet does not take is its no, and ours to hear rather than the caller's.
func judgeConsent(err error) verdict {
	switch kind := fault.KindOf(err); {
	case err == nil:
		return accepted
	case kind == fault.Unauthenticated, kind == fault.NotFound, kind == fault.Conflict:
		return refused
	}
	return judge(err)
}

func consentFault(refusal string, result verdict, err error) error {
	switch {
	case result == accepted:
		return nil
	case result == refused && fault.KindOf(err) == fault.Unsupported:
		return err
	case result == refused:
		return declined(refusal, err)
	}
	return openFault(err)
}
