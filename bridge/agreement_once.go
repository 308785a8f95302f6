package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
)

// AgreementOnce ties an operation on an agreement to its caller's idempotency key, as
// Once ties one on an order.
type AgreementOnce struct {
	Scope, Key string
	Digest     [32]byte // of the request: same key and other digest is KeyReused
	// Render makes the answer that is kept with the key and replayed byte for byte.
	// It is pure and may run more than once. err is Declined or Unsupported.
	Render func(a Agreement, err error) Answer
}

// AgreementOutcome is what became of a request.
type AgreementOutcome struct {
	Agreement Agreement
	Answer    *Answer // what to send, when the request had a key
	Replayed  bool    // the answer was given before
}

func (once *AgreementOnce) claim(id AgreementID, now time.Time) *Claim {
	if once == nil {
		return nil
	}
	return &Claim{Scope: once.Scope, Key: once.Key, Digest: once.Digest, Order: OrderID(id), CreatedAt: now}
}

// keep puts the answer to a request into the change that settles it. An outcome that is
// open has no answer yet: the same key goes on with it.
func (once *AgreementOnce) keep(c *AgreementChange, failure error) *Answer {
	if once == nil || failure != nil && !final(failure) {
		return nil
	}
	answer := once.Render(c.Agreement, failure)
	c.Answer = &KeyAnswer{Scope: once.Scope, Key: once.Key, Answer: answer}
	return &answer
}

// final says that asking again would bring the same refusal.
func final(failure error) bool {
	kind := fault.KindOf(failure)
	return kind == fault.Declined || kind == fault.Unsupported
}

// replayed is the outcome of a key that is held already; nil when its request has no
// answer yet and goes on with what was begun.
//
// Faults: KeyReused.
func (once *AgreementOnce) replayed(held *Claim) (*AgreementOutcome, error) {
	switch {
	case held.Digest != once.Digest:
		return nil, errKeyReused()
	case held.Answer == nil:
		return nil, nil
	}
	return &AgreementOutcome{Agreement: Agreement{ID: AgreementID(held.Order)}, Answer: held.Answer, Replayed: true}, nil
}

// takeFor takes a request's key for an agreement of the app. When the key has been
// answered already, the answer is the outcome; else both results are nil.
//
// Faults: NotFound; KeyReused.
func (e *Engine) takeFor(ctx context.Context, app string, id AgreementID, once *AgreementOnce) (*AgreementOutcome, error) {
	if once == nil {
		_, err := e.Agreement(ctx, app, id)
		return nil, err
	}
	_, held, err := e.store.UpdateAgreement(ctx, id, once.claim(id, e.clock()), func(c *AgreementChange) error {
		return c.Agreement.ownedBy(app)
	})
	if err != nil {
		return nil, err
	}
	return once.replayed(&held)
}

// Agreement returns an agreement of an app. Another app's does not exist.
//
// Faults: NotFound.
func (e *Engine) Agreement(ctx context.Context, app string, id AgreementID) (Agreement, error) {
	a, err := e.store.Agreement(ctx, id)
	if err == nil {
		err = a.ownedBy(app)
	}
	if err != nil {
		return Agreement{}, err
	}
	return a, nil
}

// Agreements returns agreements of an app, the newest first.
//
// Faults: NotFound when Before is no agreement of the app.
func (e *Engine) Agreements(ctx context.Context, q AgreementQuery) ([]Agreement, error) {
	if q.Attention != "" {
		return e.flaggedAgreements(ctx, q)
	}
	return e.store.Agreements(ctx, q)
}

func (a *Agreement) ownedBy(app string) error {
	if a.App != app {
		return fault.New(fault.NotFound, "bridge.Agreement", "There is no such agreement.")
	}
	return nil
}

// plan decides what an operation has to do, and may change the agreement. done says
// that nothing is left to do at the wallet.
type plan func(a *Agreement) (done bool, err error)

// engage makes an agreement busy for one call to its wallet. done is the outcome, with
// the answer kept, when plan finds nothing to do there.
//
// Faults: those of plan.
func (e *Engine) engage(ctx context.Context, id AgreementID, once *AgreementOnce, decide plan) (a Agreement, done *AgreementOutcome, err error) {
	a, _, err = e.store.UpdateAgreement(ctx, id, nil, func(c *AgreementChange) error {
		done = nil
		ready, err := decide(&c.Agreement)
		switch {
		case err != nil:
			return err
		case ready:
			done = &AgreementOutcome{Answer: once.keep(c, nil)}
		default:
			c.Agreement.BusyUntil = e.clock().Add(e.timeout + busyGrace)
		}
		return nil
	})
	if err != nil {
		return Agreement{}, nil, err
	}
	if done != nil {
		done.Agreement = a
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
func (e *Engine) settleAgreement(ctx context.Context, a *Agreement, callErr error, once *AgreementOnce, v verdictOn) (AgreementOutcome, error) {
	var outcome AgreementOutcome
	var failure error
	result := judgeConsent(callErr)
	if callErr != nil {
		e.log.Warn("wallet call failed", "agreement", a.ID, "wallet", a.Wallet, "fault", callErr)
	}
	stored, _, err := e.store.UpdateAgreement(context.WithoutCancel(ctx), a.ID, nil, func(c *AgreementChange) error {
		outcome, failure = AgreementOutcome{}, nil
		c.Agreement.BusyUntil = time.Time{}
		c.Agreement.answered(result, e.clock())
		switch {
		case result == accepted:
			v.accept(&c.Agreement)
		case result == refused && v.refuse != nil:
			v.refuse(&c.Agreement)
		}
		failure = consentFault(v.refusal, result, callErr)
		outcome.Answer = once.keep(c, failure)
		return nil
	})
	if err != nil {
		return AgreementOutcome{}, err
	}
	outcome.Agreement = stored
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
