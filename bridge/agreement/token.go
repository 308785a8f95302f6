package agreement

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	// renewEarly is how long before its expiry a token is renewed: the call takes time, and
	// the wallet's clock may differ from ours.
	renewEarly = time.Minute
	// renewPause is how often a charge checks whether another one's renewal has ended.
	renewPause = 50 * time.Millisecond
)

// stale reports whether the agreement's token has to be renewed before it is used. A token
// without an expiry is used until the wallet refuses it.
func (a *Agreement) stale(now time.Time) bool {
	return !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt.Add(-renewEarly))
}

// renewable reports whether the agreement has a refresh token that has not expired.
func (a *Agreement) renewable(now time.Time) bool {
	return a.Refresh != "" && (a.RefreshExpires.IsZero() || now.Before(a.RefreshExpires))
}

// Token returns the token that an agreement is charged with. It renews the token first when
// that is about to expire.
//
// Faults: Declined when the agreement cannot be charged any more; after other faults a retry
// may succeed.
func (c Charges) Token(ctx context.Context, id bridge.AgreementID) (wallet.Token, error) {
	const op = "agreement.Token"
	a, err := c.service.store.Agreement(ctx, id)
	if err != nil {
		return "", err
	}
	if a.Status == Active && a.stale(c.service.clock()) {
		if a, err = c.service.renewed(ctx, id); err != nil {
			return "", err
		}
	}
	if a.Status != Active {
		return "", fault.New(fault.Declined, op, "The agreement has ended.")
	}
	if _, err := c.service.agreer(op, a.Wallet); err != nil {
		return "", err
	}
	held, err := c.service.opened(&a)
	if err == nil && held.Token == "" { // without one it would be a payment at the cashier
		err = fault.New(fault.Internal, op, "The agreement has no token.")
	}
	return held.Token, err
}

// renewed returns an agreement whose token can be used. A refresh token works once, so one
// charge on one node renews, and concurrent charges wait for its result.
func (s *Service) renewed(ctx context.Context, id bridge.AgreementID) (Agreement, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	tick := time.NewTicker(renewPause)
	defer tick.Stop()
	for {
		a, _, done, err := s.reserve(ctx, id, nil, s.planRenewal)
		switch {
		case err == nil && !done:
			return s.renew(ctx, &a)
		case fault.KindOf(err) != fault.Conflict || err == nil:
			return a, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Agreement{}, fault.Wrap(fault.Unavailable, "agreement.renew", err)
		}
	}
}

// planRenewal reports that the token is usable, or reserves its renewal.
func (s *Service) planRenewal(a *Agreement) (done bool, err error) {
	now := s.clock()
	switch _, err := s.agreer("agreement.renew", a.Wallet); {
	case err != nil:
		return false, err
	case a.Status != Active || !a.stale(now):
		return true, nil
	case !a.renewable(now):
		return false, fault.New(fault.Declined, "agreement.renew", "The agreement has expired.")
	case a.busy(now):
		return false, idempotency.ErrBusy()
	}
	return false, nil
}

// renew exchanges the agreement's refresh token for a new pair and commits that before it is
// used. When the answer is lost, the old pair may be invalid: then the next renewal is
// declined. That does not end the agreement, since the wallet has not ended it.
func (s *Service) renew(ctx context.Context, a *Agreement) (Agreement, error) {
	held, err := s.opened(a)
	var fresh wallet.Agreement
	if err == nil {
		agreer := s.wallets[a.Wallet].Wallet.(wallet.Agreer)
		fresh, err = outbound.Call(ctx, s.wallets[a.Wallet], outbound.RenewAgreement, func(ctx context.Context) (wallet.Agreement, error) {
			return agreer.RenewAgreement(ctx, held)
		})
	}
	keep := s.sealed(a.ID, &fresh)
	outcome, err := s.settleAgreement(ctx, a, err, nil, settlement{
		refusal: "The wallet does not renew the agreement. The payer signs another one.",
		accept: func(a *Agreement) {
			if a.Status == Active { // an end that was notified meanwhile stands
				keep(a)
			}
		},
	})
	return outcome.Subject, err
}
