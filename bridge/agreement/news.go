package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Apply applies a wallet's news of an agreement: that it was signed, with the code for its
// tokens, or that it has ended. News that cannot be applied is logged and acknowledged, and
// never stored: it contains codes and tokens, and a repeat would change nothing.
//
// Faults: Conflict, Unavailable and Unknown; after each the wallet may send the news again.
func (c Charges) Apply(ctx context.Context, t *outbound.Wallet, news *wallet.AgreementNews, confirm bool) error {
	a, err := c.service.agreementOf(ctx, t, news)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		c.service.log.Warn("news of an agreement that is not known", "wallet", t.Name, "reference", news.Reference, "ended", news.Ended)
		return nil
	case err != nil:
		return err
	case news.Ended && confirm: // agreements have no status query
		c.service.log.Warn("an unproven end of an agreement was ignored", "agreement", a.ID, "wallet", t.Name)
		return nil
	case news.Ended:
		return c.service.applyEnd(ctx, a.ID)
	case news.Code != "":
		return c.service.applySigned(ctx, &a, news.Code)
	}
	return nil
}

// agreementOf returns the agreement that news is about. The token decides where there is
// one: it is a secret, and the wallet may use the reference in its own way. A token that was
// renewed since finds no agreement; its end ends nothing.
func (s *Service) agreementOf(ctx context.Context, t *outbound.Wallet, news *wallet.AgreementNews) (Agreement, error) {
	switch {
	case news.Ended && news.Token != "":
		return s.store.AgreementByToken(ctx, t.Name, tokenDigest(news.Token))
	case news.Reference != "":
		return s.store.AgreementByReference(ctx, t.Name, news.Reference)
	}
	return Agreement{}, fault.New(fault.NotFound, "agreement.agreementOf", "The news names no agreement.")
}

// applyEnd ends an agreement that has ended at its wallet, also while a call for it is under
// way.
func (s *Service) applyEnd(ctx context.Context, id bridge.AgreementID) error {
	_, _, err := s.updateAgreement(ctx, id, nil, func(c *Change) error {
		c.Agreement.end(s.clock())
		return nil
	})
	return err
}

// applySigned exchanges the code that the wallet sent. When the client has sent its own code
// before, the agreement stays as it is.
func (s *Service) applySigned(ctx context.Context, a *Agreement, code string) error {
	_, err := s.sign(ctx, a.ID, code, nil, true)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Declined || kind == fault.Unsupported) {
		s.log.Warn("the code of an agreement was refused", "agreement", a.ID, "wallet", a.Wallet, "fault", err)
		return nil
	}
	return err
}
