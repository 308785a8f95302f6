package engine

import (
	"context"

	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// SignIn exchanges an auth code for the payer it belongs to.
//
// Faults: NotFound for an unknown wallet; Unsupported when the wallet has no auth codes;
// Unauthenticated or Declined when it refuses the code; those of a call.
func (e *Engine) SignIn(ctx context.Context, walletName, authCode string) (wallet.Payer, error) {
	t := e.wallets[walletName]
	if t == nil {
		return wallet.Payer{}, fault.New(fault.NotFound, "engine.SignIn", "There is no such wallet.")
	}
	authenticator, ok := wallet.As[wallet.Authenticator](t.Wallet)
	if !ok {
		return wallet.Payer{}, fault.New(fault.Unsupported, "engine.SignIn", "This wallet cannot identify the payer.")
	}
	return outbound.Call(ctx, t, outbound.ExchangeAuthCode, func(ctx context.Context) (wallet.Payer, error) {
		return authenticator.ExchangeAuthCode(ctx, authCode)
	})
}
