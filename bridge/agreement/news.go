package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Apply takes a wallet's news of an agreement: that it was signed, with the
// code for its tokens, or that it was ended. News that nothing can be made of is logged
// and acknowledged, never kept: it holds codes and tokens, and sending it again would
// change nothing.
//
// Faults: Conflict, Unavailable and Unknown, after all of which the wallet may tell it
// again.
func (c Charges) Apply(ctx context.Context, t *outbound.Wallet, news *wallet.AgreementNews, confirm bool) error {
	a, err := c.service.agreementOf(ctx, t, news)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		c.service.log.Warn("news of an agreement that is not known", "wallet", t.Name, "reference", news.Reference, "ended", news.Ended)
		return nil
	case err != nil:
		return err
	case news.Ended && confirm: // agreements cannot be asked about
		c.service.log.Warn("an agreement's end is told and not proven", "agreement", a.ID, "wallet", t.Name)
		return nil
	case news.Ended:
		return c.service.hearEnd(ctx, a.ID)
	case news.Code != "":
		return c.service.hearSigned(ctx, &a, news.Code)
	}
	return nil
}

// agreementOf is the agreement that news is about. The token decides where there is one:
// it is a secret, and the wallet may use the reference in its own way. An older token,
// which was renewed since, is not known any more; that it died ends nothing.
func (s *Service) agreementOf(ctx context.Context, t *outbound.Wallet, news *wallet.AgreementNews) (Agreement, error) {
	switch {
	case news.Ended && news.Token != "":
		return s.store.AgreementByToken(ctx, t.Name, tokenDigest(news.Token))
	case news.Reference != "":
		return s.store.AgreementByReference(ctx, t.Name, news.Reference)
	}
	return Agreement{}, fault.New(fault.NotFound, "agreement.agreementOf", "The news names no agreement.")
}

// hearEnd ends an agreement that has ended at its wallet, whatever is under way for it.
func (s *Service) hearEnd(ctx context.Context, id bridge.AgreementID) error {
	_, _, err := s.updateAgreement(ctx, id, nil, func(c *Change) error {
		c.Agreement.end(s.clock())
		return nil
	})
	return err
}

// hearSigned exchanges the code that the wallet sent. The client may have been quicker
// with its own.
func (s *Service) hearSigned(ctx context.Context, a *Agreement, code string) error {
	_, err := s.sign(ctx, a.ID, code, nil, true)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Declined || kind == fault.Unsupported) {
		s.log.Warn("the code of an agreement is of no use", "agreement", a.ID, "wallet", a.Wallet, "fault", err)
		return nil
	}
	return err
}
