package bridge

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// applyAgreement takes a wallet's news of an agreement: that it was signed, with the
// code for its tokens, or that it was ended. News that nothing can be made of is logged
// and acknowledged, never kept: it holds codes and tokens, and sending it again would
// change nothing.
//
// Faults: Conflict, Unavailable and Unknown, after all of which the wallet may tell it
// again.
func (e *Engine) applyAgreement(ctx context.Context, t *till, news *wallet.AgreementNews, confirm bool) error {
	a, err := e.agreementOf(ctx, t, news)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		e.log.Warn("news of an agreement that is not known", "wallet", t.name, "reference", news.Reference, "ended", news.Ended)
		return nil
	case err != nil:
		return err
	case news.Ended && confirm: // agreements cannot be asked about
		e.log.Warn("an agreement's end is told and not proven", "agreement", a.ID, "wallet", t.name)
		return nil
	case news.Ended:
		return e.hearEnd(ctx, a.ID)
	case news.Code != "":
		return e.hearSigned(ctx, &a, news.Code)
	}
	return nil
}

// agreementOf is the agreement that news is about. The token decides where there is one:
// it is a secret, and the wallet may use the reference in its own way. An older token,
// which was renewed since, is not known any more; that it died ends nothing.
func (e *Engine) agreementOf(ctx context.Context, t *till, news *wallet.AgreementNews) (Agreement, error) {
	switch {
	case news.Ended && news.Token != "":
		return e.store.AgreementByToken(ctx, t.name, tokenDigest(news.Token))
	case news.Reference != "":
		return e.store.AgreementByReference(ctx, t.name, news.Reference)
	}
	return Agreement{}, fault.New(fault.NotFound, "bridge.agreementOf", "The news names no agreement.")
}

// hearEnd ends an agreement that has ended at its wallet, whatever is under way for it.
func (e *Engine) hearEnd(ctx context.Context, id AgreementID) error {
	_, _, err := e.updateAgreement(ctx, id, nil, func(c *AgreementChange) error {
		c.Agreement.end(e.clock())
		return nil
	})
	return err
}

// hearSigned exchanges the code that the wallet sent. The client may have been quicker
// with its own.
func (e *Engine) hearSigned(ctx context.Context, a *Agreement, code string) error {
	_, err := e.sign(ctx, a.ID, code, nil, true)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Declined || kind == fault.Unsupported) {
		e.log.Warn("the code of an agreement is of no use", "agreement", a.ID, "wallet", a.Wallet, "fault", err)
		return nil
	}
	return err
}
