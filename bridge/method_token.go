package bridge

import (
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// MethodToken is a provider's token of the payer's card or account, by which an order is
// charged at that wallet, and at no other. It is sealed for this order alone and shown to
// no caller.
type MethodToken struct {
	Wallet string `json:"wallet"`
	Sealed string `json:"sealed"`
}

// sealMethod puts a request's method token into the order.
//
// Faults: Unsupported when the wallet charges no such tokens, or the server has nothing to
// seal them with; Invalid for what looks like a card number.
func (e *Engine) sealMethod(o *Order, walletName string, token wallet.Token) error {
	const op = "bridge.CreateOrder"
	if token == "" {
		return nil
	}
	t, err := e.reach(walletName)
	if err != nil {
		return err
	}
	switch {
	case wallet.MayBeCardNumber(string(token)):
		return fault.InvalidField(op, "methodToken", "must be the provider's token, never a card number")
	case !can[wallet.MethodTokenCharger](t.Wallet):
		return fault.New(fault.Unsupported, op, "This wallet charges no method tokens.")
	case e.sealer == nil:
		return fault.New(fault.Unsupported, op, "This server keeps no tokens: it has nothing to seal them with.")
	}
	o.MethodToken = &MethodToken{Wallet: walletName, Sealed: e.sealer.Seal([]byte(token), o.ID.methodContext(walletName))}
	return nil
}

// methodToken is the token by which a payment of the order is charged; empty for others.
//
// Faults: Unavailable when it cannot be opened: an operator's mistake that can be mended,
// with nothing lost.
func (e *Engine) methodToken(o *Order, walletName string) (wallet.Token, error) {
	const op = "bridge.methodToken"
	if !o.chargedAtOnceAt(walletName) || o.MethodToken == nil {
		return "", nil
	}
	if e.sealer == nil {
		return "", fault.New(fault.Unavailable, op, "This server has nothing to open the order's token with.")
	}
	plain, err := e.sealer.Open(o.MethodToken.Sealed, o.ID.methodContext(walletName))
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, op, err)
	}
	return wallet.Token(plain), nil
}

// methodContext is what a sealed token belongs to: it opens in no other place.
func (id OrderID) methodContext(walletName string) string {
	return "order\x00" + string(id) + "\x00method\x00" + walletName
}

// chargedAtOnceAt says that a payment of the order at this wallet is charged without the
// payer at a cashier, by an agreement or by a method token.
func (o *Order) chargedAtOnceAt(walletName string) bool {
	return o.Agreement != "" || o.MethodToken != nil && o.MethodToken.Wallet == walletName
}
