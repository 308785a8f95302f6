package engine

import (
	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// sealMethod puts a request's method token into the order.
//
// Faults: Unsupported when the wallet charges no such tokens, or the server has nothing to
// seal them with; Invalid for what looks like a card number.
func (e *Engine) sealMethod(o *bridge.Order, walletName string, token wallet.Token) error {
	const op = "engine.CreateOrder"
	if token == "" {
		return nil
	}
	t, err := e.wallets.Named(walletName)
	if err != nil {
		return err
	}
	switch {
	case wallet.MayBeCardNumber(string(token)):
		return fault.InvalidField(op, "methodToken", "must be the provider's token, never a card number")
	case !outbound.Can[wallet.MethodTokenCharger](t.Wallet):
		return fault.New(fault.Unsupported, op, "This wallet charges no method tokens.")
	case e.sealer == nil:
		return fault.New(fault.Unsupported, op, "This server keeps no tokens: it has nothing to seal them with.")
	}
	o.MethodToken = &bridge.MethodToken{Wallet: walletName, Sealed: e.sealer.Seal([]byte(token), o.ID.MethodContext(walletName))}
	return nil
}

// methodToken returns the method token that a payment of the order is charged with; empty
// for other payments.
//
// Faults: Unavailable when it cannot be opened: the operator can restore the key, and
// nothing is lost.
func (e *Engine) methodToken(o *bridge.Order, walletName string) (wallet.Token, error) {
	const op = "engine.methodToken"
	if !o.ChargedAtOnceAt(walletName) || o.MethodToken == nil {
		return "", nil
	}
	if e.sealer == nil {
		return "", fault.New(fault.Unavailable, op, "This server has nothing to open the order's token with.")
	}
	plain, err := e.sealer.Open(o.MethodToken.Sealed, o.ID.MethodContext(walletName))
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, op, err)
	}
	return wallet.Token(plain), nil
}
